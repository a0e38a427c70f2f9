"""The whole report: chapters in order, styles, one self-contained page."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from camgap.coverage.errors import SettingsError
from camgap.coverage.outputs.money import Terms
from camgap.coverage.outputs.report import case, chapters
from camgap.coverage.outputs.report.markup import Markup, join, tag
from camgap.coverage.outputs.report.method import method
from camgap.coverage.outputs.report.proportionality import proportionality
from camgap.coverage.outputs.report.site_pages import site_pages
from camgap.coverage.outputs.report.words import HTML_LANG, Words, words
from camgap.coverage.outputs.run import Run, read_run, write_whole

PAPERS = {"a4": "A4", "letter": "Letter"}
CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
Chapter = tuple[str, Callable[[], list[Markup]]]


def write_report(folder: Path, paper: str = "A4", lang: str = "en", terms: Terms | None = None) -> Path:
    """Write report.html into a run folder and return its path; it is whole or untouched.

    Raises
    ------
    InputError
        If the folder is no run folder.
    SettingsError
        If paper or language are unknown.
    OutputError
        If it cannot be written.
    """
    html = report_html(read_run(folder), paper, lang, terms or Terms())
    out = Path(folder) / "report.html"
    write_whole(out, lambda path: path.write_text(html, encoding="utf-8", newline="\n"))
    return out


def report_html(run: Run, paper: str, lang: str, terms: Terms) -> str:
    """Return the report of a run as one HTML text; every number in it is the run's own.

    Parameters
    ----------
    paper : str
        "A4" or "Letter", in any case.
    lang : str
        "en" or "zh".
    """
    if paper.lower() not in PAPERS:
        raise SettingsError(f"--paper {paper!r}: expected one of {', '.join(PAPERS.values())}")
    said = words(lang)
    title = said("title.plan" if run.is_plan else "title.score")
    listed = _chapters(run, said, terms)
    number = {name: i for i, (name, _) in enumerate(listed, start=1)}
    body: list[Markup] = [
        tag("header", tag("h1", title), tag("h2", said("summary.heading")), chapters.summary(run, said, terms, number),
            class_="summary"),
        tag("nav", tag("h2", said("title.contents")), tag("ol", [
            tag("li", tag("a", said(f"{name}.heading" if name != "site" else "site.sites"), href=f"#{name}"))
            for name, _ in listed]), aria_label=said("title.contents")),
    ]  # fmt: skip
    for name, write in listed:
        heading = said("site.sites") if name == "site" else said(f"{name}.heading")
        body.append(
            tag(
                "section",
                tag("h2", f"{number[name]} {heading}", id=name),
                write(),
                class_="chapter sites" if name == "site" else "chapter",
            )
        )
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=CSP),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", _css(PAPERS[paper.lower()], said)),
    ]
    return (
        "<!DOCTYPE html>\n"
        + tag("html", tag("head", head), tag("body", tag("main", body)), lang=HTML_LANG[lang])
        + "\n"
    )


def _chapters(run: Run, said: Words, terms: Terms) -> list[Chapter]:
    """Return the chapters this run has data for."""
    has = run.result.keys()
    listed: list[tuple[bool, Chapter]] = [
        (True, ("need", lambda: chapters.need(run, said))),
        (True, ("method", lambda: method(run, said))),
        (True, ("present", lambda: chapters.present(run, said))),
        (True, ("gaps", lambda: chapters.gaps(run, said))),
        (run.is_plan, ("options", lambda: case.options(run, said, terms))),
        (run.is_plan, ("plan", lambda: case.plan(run, said, terms))),
        ("privacy" in has, ("privacy", lambda: proportionality(run, said))),
        ("evaluation" in has, ("evaluation", lambda: case.evaluation(run, said))),
        (True, ("limits", lambda: chapters.limits(run, said))),
        (True, ("data", lambda: chapters.data(run, said))),
        (bool(run.sites), ("site", lambda: [tag("p", said("site.intro")), *site_pages(run, said, terms)])),
    ]
    return [chapter for wanted, chapter in listed if wanted]


def _css(paper: str, said: Words) -> Markup:
    text = files("camgap.coverage.outputs.report").joinpath("report.css").read_text(encoding="utf-8")
    return join(Markup(text.replace("{{paper}}", paper).replace("{{footer}}", said("title.footer"))))
