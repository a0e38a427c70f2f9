"""The error family: every failure camgap announces by itself is a :class:`CamgapError`.

    CamgapError
    ├── InputError      a file or a value in it cannot be used (file, row, what to do)
    │   ├── StreetError     the street network
    │   ├── CameraError     a camera, a view, an inventory
    │   └── AreaError       a study area, district or forbidden polygon
    ├── SettingsError   a setting or a combination of options
    ├── InfeasibleError demands on a plan that no plan can meet
    ├── DownloadError   a place could not be fetched
    └── OutputError     a result could not be written

A message is one line: what is wrong, where, and how to mend it.
"""


class CamgapError(Exception):
    """Base of everything camgap raises on purpose; the command line turns it into exit code 2."""


class InputError(CamgapError, ValueError):
    """An input file, or a value in it, cannot be used."""


class StreetError(InputError):
    """The street network cannot be built."""


class CameraError(InputError):
    """A camera, a view or a camera list cannot be used."""


class AreaError(InputError):
    """A study area, district or forbidden polygon cannot be used."""


class SettingsError(CamgapError, ValueError):
    """A setting, or a combination of options, makes no sense."""


class InfeasibleError(CamgapError, ValueError):
    """No plan can meet what is demanded of it."""


class DownloadError(CamgapError, OSError):
    """A place could not be downloaded."""


class OutputError(CamgapError, OSError):
    """A result could not be written."""
