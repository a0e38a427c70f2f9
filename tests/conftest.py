"""Fixtures all tests share."""

import os
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

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
