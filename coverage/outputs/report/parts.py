"""Building blocks of the report's chapters: tables, facts, legends, lists of reasons."""

from collections.abc import Mapping, Sequence

from camgap.coverage.outputs.report.markup import Markup, tag
from camgap.coverage.outputs.report.words import Words

MOST_REASONS = 6
SHORT = 16  # rows of a table that is never cut by a page's end


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    left: int | Sequence[int] = 1,
    total: bool = False,
) -> Markup:
    """Return a table whose first cell of a row is its heading.

    Parameters
    ----------
    left : int or sequence of int, optional
        How many columns from the left, or which ones, are words; the others are numbers.
    total : bool, optional
        The last row sums up the others.
    """
    words = range(left) if isinstance(left, int) else left
    side = [None if i in words else "number" for i in range(len(columns))]
    head = tag("tr", [tag("th", c, scope="col", class_=s) for c, s in zip(columns, side, strict=True)])
    body = [
        tag(
            "tr", tag("th", row[0], scope="row", class_=side[0]),
            [tag("td", cell, class_=s) for cell, s in zip(row[1:], side[1:], strict=True)],
            class_="total" if total and i == len(rows) - 1 else None,
        )
        for i, row in enumerate(rows)
    ]  # fmt: skip
    short = "short" if len(rows) <= SHORT else None  # kept on one page
    return tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body), class_=short)


def facts(rows: Sequence[tuple[str, object]], class_: str = "facts") -> Markup:
    """Return names and values as a description list."""
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in rows], class_=class_)


def heading(azimuth: float) -> str:
    """Return an azimuth in whole degrees, 0 to 359."""
    return f"{round(azimuth) % 360}°"


def paragraphs(*texts: str | None) -> list[Markup]:
    """Return a paragraph per text; None is left out."""
    return [tag("p", text) for text in texts if text]


def bullets(lines: Sequence[object], class_: str | None = None) -> Markup:
    """Return a list."""
    return tag("ul", [tag("li", line) for line in lines], class_=class_)


def figure(drawing: Markup, caption: object) -> Markup:
    """Return a drawing with its caption."""
    return tag("figure", drawing, tag("figcaption", caption))


def legend(words: Words, *keys: str) -> list[Markup]:
    """Return the map's colours with their names."""
    return [tag("span", words(f"figures.legend_{key}"), class_=f"key {key}") for key in keys]


def reasons(words: Words, counts: Mapping[str, float], length: bool) -> str:
    """Return why how much was set aside, most first."""
    said = []
    for reason, amount in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]:
        head, _, rest = reason.partition(":")
        name = words.name("reasons", head) + (f" ({rest})" if rest else "")
        said.append(f"{words.km(amount) if length else f'{amount:,}'} {name}")
    more = len(counts) - len(said)
    return ", ".join(said) + (f" (+{more})" if more > 0 else "") if said else words("method.nothing_aside")
