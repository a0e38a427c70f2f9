"""camgap: the camera-coverage gap planner."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("camgap")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
