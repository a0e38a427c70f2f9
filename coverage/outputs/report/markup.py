"""Writing HTML and SVG: text is escaped unless it was made here."""

from html import escape

from camgap.coverage.outputs.safe_cells import plain_text


class Markup(str):
    """Text that is markup already; only functions of this package make it."""

    __slots__ = ()


VOID = {"meta", "br", "link"}


def tag(name: str, /, *content: object, **attributes: object) -> Markup:
    """Return an element.

    Parameters
    ----------
    name : str
        Element name, ours.
    *content : object
        :class:`Markup` is put in as it is; a list or tuple part by part; None is left out; all else is escaped.
    **attributes : object
        ``class_`` gives ``class``, ``aria_label`` gives ``aria-label``; None is left out; values are escaped.
    """
    said = "".join(
        f' {_name(key)}="{_text(value, quote=True)}"' for key, value in attributes.items() if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{join(content)}</{name}>")


def join(parts: object) -> Markup:
    """Return content as markup, escaping whatever is not."""
    if parts is None:
        return Markup("")
    if isinstance(parts, Markup):
        return parts
    if isinstance(parts, list | tuple):
        return Markup("".join(join(part) for part in parts))
    return Markup(_text(parts, quote=False))


def _text(value: object, *, quote: bool) -> str:
    return escape(plain_text(value), quote=quote)


def _name(key: str) -> str:
    name = key.rstrip("_").replace("_", "-")
    return {"viewbox": "viewBox"}.get(name, name)
