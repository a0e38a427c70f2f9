"""The report as PDF without a browser: the tree of report.html, set by typst (``pip install 'camgap[typst]'``).

The document is ``report.typ``; all it says comes to it as JSON, so that nothing of the data is ever read as markup.
"""

import json
import logging
import re
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from camgap.coverage.errors import OutputError
from camgap.coverage.outputs.run import write_whole

logger = logging.getLogger(__name__)
Node = dict[str, Any] | str

PAPERS = {"A4": "a4", "Letter": "us-letter"}  # what report.html calls them, and what typst does
LANGUAGES = {"en": ("en", "us"), "zh-Hans": ("zh", "cn")}
SANS = ("Noto Sans", "Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans")  # the first that is installed
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Microsoft YaHei",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC", "SimHei", "SimSun", "Songti SC",
)  # fmt: skip
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
NARROW, WIDE = 6, 64  # letters: a column of words, of numbers, with no more gets no more room than it needs
NO_GLYPH = re.compile("the text (.+?) could not be displayed", re.DOTALL)
EMBEDDED = "Libertinus Serif"  # comes with typst


def has_typst() -> bool:
    """Tell whether typst is installed."""
    return find_spec("typst") is not None


def typeset(html: str) -> dict[str, Any]:
    """Return what report.typ sets: the report's title, language, paper and tree.

    Parameters
    ----------
    html : str
        A page of :func:`camgap.coverage.outputs.report.build.report_html`.
    """
    style = html[html.index("<style>") : html.index("</style>")]
    main = ET.fromstring(html[html.index("<main>") : html.index("</main>") + len("</main>")])  # noqa: S314 our own page
    title = ET.fromstring(html[html.index("<title>") : html.index("</title>") + len("</title>")]).text  # noqa: S314 same
    lang, region = LANGUAGES[_found(r'<html lang="([^"]*)"', html)]
    ids = {element.get("id") for element in main.iter() if element.get("id")}
    body = [_node(child, ids, _svg_style(style)) for child in main]
    return {
        "title": title or "", "footer": _found(r'@bottom-left \{ content: "([^"]*)"', style), "lang": lang,
        "region": region, "paper": PAPERS[_found(r"@page \{ size: (\w+)", style)], "body": body,
    }  # fmt: skip


def write_typeset(html: Path, out: Path) -> None:
    """Set a report as a tagged PDF (PDF/UA-1) by typst; `out` is whole or untouched.

    A character that no installed font has is drawn as an empty box; the PDF is then tagged, but not PDF/UA-1, and a
    warning says so.

    Raises
    ------
    OutputError
        If there is Chinese to be set and no font for it, or typst fails.
    """
    import typst

    text = html.read_text(encoding="utf-8")
    report = typeset(text) | {"fonts": _fonts(text, out)}
    source = files("camgap.coverage.outputs.report").joinpath("report.typ").read_bytes()
    inputs = {"report": json.dumps(report, ensure_ascii=False)}
    try:
        try:
            printed = typst.compile(source, format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"])
        except typst.TypstError as error:
            if not (found := NO_GLYPH.search(str(error))):
                raise
            printed = typst.compile(source, format="pdf", sys_inputs=inputs)
            text = found[1].strip("`")
            logger.warning("%s: no installed font has %s; drawn as an empty box, so this is no PDF/UA-1", out, text)
    except typst.TypstError as error:
        said = " ".join(str(error).split())[:200]
        raise OutputError(f"{out}: typst did not set it ({said}); print report.html from any browser") from None
    write_whole(out, lambda path: path.write_bytes(bytes(printed)))


def _fonts(text: str, out: Path) -> list[str]:
    """Return the installed fonts to set a text in."""
    import typst

    there = set(typst.Fonts().families())
    chinese = [family for family in CHINESE if family in there][:1]
    if HAN.search(text) and not chinese:
        raise OutputError(
            f"{out}: the report holds Chinese and no font with Chinese is installed; install one, such as "
            "Noto Sans CJK SC, or print report.html from any browser"
        )
    return [*[family for family in SANS if family in there][:1], *chinese, EMBEDDED]


def _node(element: ET.Element, ids: set[str | None], svg_style: str, first: bool = False) -> Node:
    """Return an element as a node of report.typ."""
    tag, class_ = element.tag, element.get("class") or ""
    if tag == "svg":
        return _drawing(element, svg_style, class_ + (" first" if first else ""))
    if tag == "table":
        return _table(element, ids, svg_style, class_)
    first = first or class_ == "summary"
    node: dict[str, Any] = {"t": tag, "c": class_, "k": _inside(element, ids, svg_style, first)}
    if tag == "section" and class_ == "chapter sites":
        _join_first(node)
    if element.get("id"):
        node["id"] = element.get("id")
    if tag == "a":
        to = (element.get("href") or "").removeprefix("#")
        node |= {"to": to} if to in ids else {"t": "span"}
    return node


def _inside(element: ET.Element, ids: set[str | None], svg_style: str, first: bool = False) -> list[Node]:
    """Return text and elements inside an element, in their order."""
    parts: list[Node] = [element.text] if element.text else []
    for child in element:
        parts.append(_node(child, ids, svg_style, first))
        if child.tail:
            parts.append(child.tail)
    return parts


def _join_first(sites: dict[str, Any]) -> None:
    """Let the first site follow the chapter's heading on the same page."""
    for node in sites["k"]:
        if isinstance(node, dict) and node["c"] == "site":
            node["c"] += " joined"
            return


def _table(element: ET.Element, ids: set[str | None], svg_style: str, class_: str) -> Node:
    rows = element.findall("./thead/tr") + element.findall("./tbody/tr")
    cells = [[_inside(cell, ids, svg_style) for cell in row] for row in rows]
    sides = [cell.get("class") or "" for cell in rows[0]]
    longest = [max(len("".join(row[i].itertext())) for row in rows) for i in range(len(sides))]
    widths = ["narrow" if few <= (WIDE if side else NARROW) else "" for side, few in zip(sides, longest, strict=True)]
    if "" not in widths:
        widths[0] = ""  # the table is as wide as the page
    caption = element.find("caption")
    return {
        "t": "table", "c": class_, "caption": [] if caption is None else _inside(caption, ids, svg_style),
        "sides": sides, "head": cells[0], "rows": cells[1:],
        "widths": widths, "total": rows[-1].get("class") == "total",
    }  # fmt: skip


def _drawing(element: ET.Element, svg_style: str, class_: str) -> Node:
    """Return a drawing that stands by itself: the page's rules for drawings go into it."""
    tail, element.tail = element.tail, None
    source = ET.tostring(element, encoding="unicode")
    element.tail = tail
    opened = source.index(">") + 1
    head = source[:opened].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    _, _, width, height = map(float, (element.get("viewBox") or "0 0 1 1").split())
    return {
        "t": "svg", "c": class_, "alt": element.get("aria-label") or "", "ratio": height / width,
        "source": f"{head}<style>{svg_style}</style>{source[opened:]}",
    }  # fmt: skip


@cache
def _svg_style(style: str) -> str:
    """Return the page's rules for drawings, with its colours put in."""
    colours = dict(re.findall(r"(--\w+): (#\w+)", style))
    rules = re.findall(r"^svg ([^{]*\{[^}]*\})", style, re.MULTILINE)
    text = "\n".join(rule.replace("svg ", "") for rule in rules).replace("font: 11px var(--sans)", "font-size: 11px")
    return re.sub(r"var\((--\w+)\)", lambda found: colours[found[1]], text)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"the report has no {pattern}")
    return found[1]
