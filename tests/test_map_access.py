"""What axe-core finds on the map, where it is at hand: CAMGAP_AXE names its axe.min.js."""

import os
from pathlib import Path

import pytest
from map_town import click, outcome, town

from camgap.maps import draw_map

AXE = Path(os.environ.get("CAMGAP_AXE", "node_modules/axe-core/axe.min.js"))


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here; CAMGAP_AXE may name its axe.min.js")
@pytest.mark.parametrize("link", ["", "#mode=dark&lang=zh&by=overlap"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_fault_on_any_tab(offline, tmp_path, link, width):
    # axe is put into the page by the browser: the page's own policy lets in no script
    context, page, noted = offline(bypass_csp=True, viewport={"width": width, "height": 844})
    path = tmp_path / "map.html"
    path.write_text(draw_map(town(), outcome()), encoding="utf-8")
    page.goto(path.as_uri() + link)
    page.wait_for_function("() => camgap.drawn()")
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    if width < 700:
        page.locator(".toggle").click()
    else:
        click(page, 450, 10)
    for tab in page.get_by_role("tab").all():
        tab.click()
        found = page.evaluate("axe.run()")["violations"]
        assert [(v["id"], v["impact"]) for v in found if v["impact"] in ("serious", "critical")] == []
    context.close()
    assert noted == []
