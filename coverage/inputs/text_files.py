"""Text files of any usual encoding, and files that are no text refused by what they are."""

import codecs
import re
from pathlib import Path

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.limits import read_limited
from camgap.coverage.inputs.quantities import tidy

_MAGIC = {
    b"PK\x03\x04": "a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet; save it as XLSX or CSV",
    b"%PDF": "a PDF; a spreadsheet, CSV or GeoJSON file is needed",
    b"\x1f\x8b": "compressed; unpack it first",
    b"BZh": "compressed; unpack it first",
}
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.\-]{1,40})["']""")
_RUNS = re.compile(rb"(?:(?<=([a-z]))|)([\x80-\xff]+)(?=([a-z])|)")  # with a small letter before and behind, if any
_XML_ENCODINGS = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936"), "gb18030"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "cp949"), "cp949"),
    **dict.fromkeys(("iso-8859-1", "latin1", "windows-1252"), "cp1252"),
}


def read_text(path: Path) -> tuple[str, str]:
    """Return a file's text and the name of its encoding.

    Raises
    ------
    CameraError
        If the file cannot be read, is empty, too large or no text.
    """
    return decode_text(read_limited(path), tidy(path.name))


def read_xml_text(path: Path) -> str:
    """Return an XML file's text, in the encoding it declares."""
    return decode_xml(read_limited(path), tidy(path.name))


def decode_text(data: bytes, source: str) -> tuple[str, str]:
    """Return text and the name of its encoding; CameraError if it is empty or no text."""
    if not data.strip(b" \t\r\n\x00" + codecs.BOM_UTF8):
        raise CameraError(f"{source}: the file is empty")
    order = _unmarked_utf16(data)
    if order:
        return _strictly(data, order, source), "UTF-16"
    _refuse_binary(data, source)
    return _decode(data, source)


def _unmarked_utf16(data: bytes) -> str:
    """Return utf-16-le or utf-16-be where a text without a byte order mark can only be that, else ""."""
    head = data[:4000]
    if len(data) % 2 or b"\x00" not in head:
        return ""
    for encoding, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if 3 * zeros.count(0) > len(zeros) and others.count(0) == 0:
            return encoding
    return ""


def decode_xml(data: bytes, source: str) -> str:
    """Return an XML text in the encoding it declares, GB 18030 for GB 2312; as any other text if that does not hold."""
    declared = _DECLARED.search(data[:1000])
    encoding = _XML_ENCODINGS.get(declared[1].decode("ascii").lower()) if declared else None
    if encoding:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass  # the declaration is wrong; catalogues that say GB2312 and are UTF-8 are common
    return decode_text(data, source)[0]


def encoding_of(data: bytes) -> str:
    """Return the encoding of a table's bytes, whose end may be cut off; the first line holds the column names."""
    texts = {}
    for encoding in ("utf-8", "cp949", "gb18030", "cp1252"):
        for cut in range(4):  # the last character may be incomplete
            try:
                texts[encoding] = data[: len(data) - cut].decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    if "utf-8" in texts or not texts:
        return "UTF-8"
    return _best_legacy(data, texts).upper()


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
    names are understood; Windows-1252 where half of the runs of bytes above 127 look like accented letters; CP949
    where they are nearly all Hangul; GB18030; Windows-1252.
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
    runs = _RUNS.findall(data)
    western = sum(_looks_western(*run) for run in runs)
    if "cp1252" in texts and 2 * western >= len(runs):
        return "cp1252"
    if "cp949" in texts:
        letters = re.findall(r"[^\W\d_a-zA-Z]", texts["cp949"])
        if sum("가" <= letter <= "힣" for letter in letters) > 0.9 * len(letters):
            return "cp949"
    return next(encoding for encoding in ("gb18030", "cp1252", "cp949") if encoding in texts)


def _looks_western(before: bytes, run: bytes, behind: bytes) -> bool:
    """Tell whether bytes above 127 look like accented letters: an odd number, or a pair within a word (Größe)."""
    if len(run) % 2:
        return True
    return len(run) == 2 and bool(before or behind) and run.decode("cp1252", "replace").isalpha()


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
