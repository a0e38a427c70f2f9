"""Fixtures all tests share."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import settings

# Machines are noisy: no test asserts seconds. The same code gives the same verdict; new cases are looked for with
# `pytest --hypothesis-profile explore`, and what that finds becomes a test of its own.
settings.register_profile("camgap", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False)
settings.load_profile("camgap")

DATA = Path(os.environ.get("CAMGAP_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Return a function from a file name to a real data file; the test is skipped where the file is absent."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"real data file {name} is not here")
        return path

    return find


FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def without_browser(why: str) -> None:
    """Skip a browser test, or fail it where browser tests must run."""
    if os.environ.get("CAMGAP_NEED_BROWSER"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def browser():
    """An installed Chromium-family browser."""
    try:
        from playwright import sync_api
    except ImportError:
        without_browser("the extra `browser` is not installed")
    names = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge")
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        without_browser("no Chromium on PATH")
    with sync_api.sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield instance
        instance.close()


@pytest.fixture(scope="session")
def offline(browser):
    """Return a function: a context without a network, a page in it, and a list of what the page should not do."""

    def make(**options):
        context = browser.new_context(offline=True, **{"viewport": {"width": 1280, "height": 800}, **options})
        page, noted = context.new_page(), []
        page.set_default_timeout(60_000)
        page.on("console", lambda message: noted.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: noted.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (noted.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request", lambda r: None if r.url.startswith(("file:", "data:")) else noted.append(f"request: {r.url}")
        )
        return context, page, noted

    return make


Tags = dict[str, str]


@pytest.fixture
def write_osm(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes nodes, ways and relations, each by id, as an .osm file."""

    def tags_of(tags: Tags) -> str:
        return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())

    def write(
        nodes: dict[int, tuple[float, float] | tuple[float, float, Tags]],  # id -> lon, lat, tags
        ways: dict[int, tuple[list[int], Tags]],  # id -> node ids, tags
        relations: dict[int, tuple[list[tuple[int, str]], Tags]] | None = None,  # id -> (way id, role) ..., tags
        *,
        name: str = "town.osm",
        head: str = "",
        ways_first: bool = False,
    ) -> Path:
        node_text = "".join(
            f'<node id="{i}" version="1" lon="{lon!r}" lat="{lat!r}">{"".join(map(tags_of, tags))}</node>'
            for i, (lon, lat, *tags) in nodes.items()
        )
        way_text = "".join(
            f'<way id="{i}" version="1">' + "".join(f'<nd ref="{ref}"/>' for ref in refs) + f"{tags_of(tags)}</way>"
            for i, (refs, tags) in ways.items()
        )
        relation_text = "".join(
            f'<relation id="{i}" version="1">'
            + "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
            + f"{tags_of(tags)}</relation>"
            for i, (members, tags) in (relations or {}).items()
        )
        body = way_text + node_text if ways_first else node_text + way_text
        path = tmp_path / name
        path.write_text(f'<?xml version="1.0"?><osm version="0.6">{head}{body}{relation_text}</osm>', encoding="utf-8")
        return path

    return write
