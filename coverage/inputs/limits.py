"""How large an input may be. What is larger is refused at once, so that no file can fill memory or disk."""

import io
import zipfile
from pathlib import Path, PurePosixPath

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.quantities import tidy

MOST_BYTES = 256_000_000  # of a file, packed or not
MOST_UNPACKED = 1_000_000_000  # of all of an archive's parts together
MOST_RATIO = 200  # unpacked to packed size of a part above 10 MB; a spreadsheet's XML reaches 50
RATIO_FROM = 10_000_000
MOST_PARTS = 10_000
MOST_ROWS = 1_000_000
MOST_COLUMNS = 2_000
MOST_DEPTH = 100  # of nested XML or JSON


def read_limited(path: Path) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    CameraError
        If it cannot be read or is larger than :data:`MOST_BYTES`.
    """
    source = tidy(path.name)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            most = f"{MOST_BYTES / 1e6:,.0f} MB"
            raise CameraError(f"{source}: {size / 1e6:,.0f} MB; camera lists are read up to {most}, split the file")
        return path.read_bytes()
    except OSError as error:
        raise CameraError(f"{source}: cannot be read: {error.strerror or error}") from None


def open_archive(data: bytes, source: str) -> zipfile.ZipFile:
    """Return a ZIP archive whose parts are few and small enough, none encrypted, none outside of its own folder.

    Raises
    ------
    CameraError
        If it is broken, encrypted or unpacks to more than the limits allow.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise CameraError(f"{source}: broken archive: {error}; save it again") from None
    if len(parts) > MOST_PARTS:
        raise CameraError(f"{source}: the archive has {len(parts):,} parts; at most {MOST_PARTS:,} are read")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise CameraError(f"{source}: the archive unpacks to more than {MOST_UNPACKED / 1e6:,.0f} MB and is not read")
    for part in parts:
        name = tidy(part.filename, 60)
        if not part.filename:
            raise CameraError(f"{source}: broken archive: a part of it has no name; save it again")
        if part.flag_bits & 0x1:
            raise CameraError(f"{source}: {name!r} in it is encrypted; save it without a password")
        if part.file_size > RATIO_FROM and part.file_size > MOST_RATIO * max(part.compress_size, 1):
            raise CameraError(f"{source}: {name!r} in it unpacks to over {MOST_RATIO} times its size and is not read")
        if PurePosixPath(part.filename).is_absolute() or ".." in PurePosixPath(part.filename).parts:
            raise CameraError(f"{source}: {name!r} in it points outside of the archive; it is not read")
    return archive


def unpack(archive: zipfile.ZipFile, name: str, source: str) -> bytes:
    """Return one part of an archive, never more bytes than it announces.

    Raises
    ------
    CameraError
        If the part is broken or longer than announced.
    """
    announced = archive.getinfo(name).file_size
    try:
        with archive.open(name) as part:
            data = part.read(announced + 1)
    except Exception as error:  # zipfile and its decompressors raise a dozen kinds, zlib.error and lzma's among them
        raise CameraError(f"{source}: {tidy(name, 60)!r} in it cannot be unpacked: {tidy(str(error), 80)}") from None
    if len(data) > announced:
        raise CameraError(f"{source}: {tidy(name, 60)!r} in it is longer than announced; save it again")
    return data


def check_rows(count: int, source: str) -> None:
    """Raise a CameraError if a list has too many rows."""
    if count > MOST_ROWS:
        raise CameraError(f"{source}: more than {MOST_ROWS:,} rows; split the list")
