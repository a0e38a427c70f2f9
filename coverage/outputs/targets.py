"""Files and folders to write: refused before anything is computed, written whole or not at all."""

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from camgap.coverage.errors import OutputError


def refuse_inputs(out: Path, inputs: Iterable[Path]) -> None:
    """Refuse to write over what is read: a result never takes the place of what it is made of, asked for or not.

    Parameters
    ----------
    out : Path
        File or folder to write.
    inputs : iterable of Path
        Files or folders that are read.

    Raises
    ------
    OutputError
        If `out` is one of them, under whatever name, or a folder that holds one of them.
    """
    target = out.resolve()
    for path in inputs:
        held = path.resolve().is_relative_to(target)
        if held or (out.is_file() and path.is_file() and out.samefile(path)):
            what = "is read here, and" if out.is_file() or out.absolute() == path.absolute() else f"holds {path}, which"
            raise OutputError(f"{out}: {what} is never replaced by a result; choose another name")


def check_file(path: Path, overwrite: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuse a file that is read, one that exists and may not be replaced, or a folder that cannot be written."""
    refuse_inputs(path, inputs)
    if path.exists() and not (overwrite and path.is_file()):
        raise OutputError(f"{path}: exists; choose another name or add --overwrite")
    if not path.absolute().parent.is_dir() or not os.access(path.absolute().parent, os.W_OK):
        raise OutputError(f"{path}: its folder does not exist or cannot be written; choose another")


def write_whole(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `target`, which takes its name when that ends well."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.absolute().parent)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}; choose another name") from None
    os.close(handle)
    making = Path(name)
    try:
        making.unlink()  # some writers refuse a file that is there
        write(making)
        making.chmod(0o644)
        making.replace(target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror or error}; nothing was changed") from None
    finally:
        making.unlink(missing_ok=True)
