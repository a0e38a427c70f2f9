"""Text files of any usual encoding, and files that are no text refused by what they are."""

import codecs
import re
from pathlib import Path

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.quantities import tidy

_MAGIC = {
    b"PK\x03\x04": "a spreadsheet or ZIP archive; save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet; save it as CSV",
    b"SQLite format 3": "a GeoPackage or SQLite file; export the layer as GeoJSON",
    b"%PDF": "a PDF; a CSV or GeoJSON file is needed",
    b"\x1f\x8b": "compressed; unpack it first",
    b"BZh": "compressed; unpack it first",
}


def read_text(path: Path) -> tuple[str, str]:
    """Return a file's text and the name of its encoding.

    Raises
    ------
    CameraError
        If the file cannot be read, is empty or is no text.
    """
    source = tidy(path.name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CameraError(f"{source}: cannot be read: {error.strerror or error}") from None
    if not data.strip(b" \t\r\n\x00" + codecs.BOM_UTF8):
        raise CameraError(f"{source}: the file is empty")
    _refuse_binary(data, source)
    return _decode(data, source)


def _refuse_binary(data: bytes, source: str) -> None:
    if b"OSMHeader" in data[:32]:
        raise CameraError(
            f"{source}: this is an OpenStreetMap PBF; give it as --osm, and --cameras osm for its cameras"
        )
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise CameraError(f"{source}: this is {what}")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    control = sum(data.count(bytes([code])) for code in (*range(1, 9), *range(14, 26)))
    if b"\x00" in data or control > len(data) // 100:
        raise CameraError(f"{source}: a binary file is no list of places; give CSV or GeoJSON")


def _decode(data: bytes, source: str) -> tuple[str, str]:
    """Return the text and its encoding's name.

    Unicode first: a byte order mark, else UTF-8. Otherwise, in this order: the legacy encoding in which most column
    names are understood; Windows-1252 where half of the runs of bytes above 127 are odd, as those of accented letters
    are; CP949 where they are nearly all Hangul; GB18030; Windows-1252.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "UTF-8"),
        (codecs.BOM_UTF16_LE, "UTF-16"),
        (codecs.BOM_UTF16_BE, "UTF-16"),
    ):
        if data.startswith(mark):
            return _strictly(data, "utf-8-sig" if encoding == "UTF-8" else "utf-16", source), encoding
    legacy: dict[str, str] = {}
    for encoding in ("utf-8", "cp949", "gb18030", "cp1252"):
        try:
            legacy[encoding] = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8":
            return legacy[encoding], "UTF-8"
    if not legacy:
        raise CameraError(f"{source}: the text is in no encoding camgap knows; save the file as UTF-8")
    best = _best_legacy(data, legacy)
    return legacy[best], best.upper()


def _best_legacy(data: bytes, texts: dict[str, str]) -> str:
    names = {encoding: _names_understood(text) for encoding, text in texts.items()}
    best = max(names, key=lambda encoding: names[encoding])
    if names[best] > 0 and list(names.values()).count(names[best]) == 1:
        return best
    runs = re.findall(rb"[\x80-\xff]+", data)
    odd = sum(len(run) % 2 for run in runs)
    if "cp1252" in texts and 2 * odd >= len(runs):
        return "cp1252"
    if "cp949" in texts:
        letters = re.findall(r"[^\W\d_a-zA-Z]", texts["cp949"])
        if sum("가" <= letter <= "힣" for letter in letters) > 0.9 * len(letters):
            return "cp949"
    return next(encoding for encoding in ("gb18030", "cp1252", "cp949") if encoding in texts)


def _names_understood(text: str) -> int:
    """Count the non-ASCII column names of the first line that are understood."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    columns = [cell for cell in re.split(r"[,;\t|\"]", header) if not cell.isascii()]
    return len(columns) - len(understand(dict.fromkeys(columns)).not_read)


def _strictly(data: bytes, encoding: str, source: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CameraError(f"{source}: broken {encoding} text at byte {error.start}; save the file as UTF-8") from None
