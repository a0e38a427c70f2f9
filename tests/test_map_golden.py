"""The map looks as it did: screens of a small town against small pictures kept in ``golden/``.

Pictures are scaled down and compared block by block, so that another machine's fonts and edges pass and a colour, a
layer or a panel that is not there does not. CAMGAP_GOLDEN=write draws the kept pictures anew: look at them before they
are committed. What the tolerance is good for is tested too.
"""

import base64
import os
from pathlib import Path

import numpy as np
import pytest
from test_map_choices import told, told_town

from camgap.maps import draw_map

GOLDEN = Path(__file__).parent / "golden"
WIDTH, BLOCK = 320, 16  # [px] of a kept picture; a block is compared as a whole
# What passes. Of a map without letters: the largest difference of a block's mean colour (0 to 255), since edges alone
# differ between machines. Of a whole page, whose letters may have other shapes and break elsewhere: the share of blocks
# that differ by more than a shade of it.
BARE, WITH_TEXT, SHADE = 4.0, 0.15, 8.0

SMALLER = """async ([picture, width]) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width || image.width;
  canvas.height = Math.round(image.height * canvas.width / image.width);
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let bytes = '';
  for (let i = 0; i < data.length; i += 4096) bytes += String.fromCharCode(...data.subarray(i, i + 4096));
  return [canvas.width, canvas.height, canvas.toDataURL('image/png').split(',')[1], btoa(bytes)];
}"""
HIDDEN_TEXT = """() => {
  camgap.show('names', false);
  const style = document.createElement('style');
  style.textContent = '.badge, .pin b { color: transparent !important; } .leaflet-control, #dock { opacity: 0; }';
  document.head.append(style);
}"""
SCREENS = {  # name -> (link, viewport, whole page or map alone)
    "map-proposal": ("", (900, 640), False),
    "map-today-dark": ("#step=0&mode=dark", (900, 640), False),
    "map-level-night": ("#by=level&light=night", (900, 640), False),
    "map-overlap": ("#by=overlap&hide=gaps", (900, 640), False),
    "page-proposal": ("", (1280, 800), True),
    "page-phone-zh": ("#lang=zh", (390, 844), True),
}


@pytest.fixture(scope="module")
def looked_at(offline, tmp_path_factory):
    """Return a function from the name of a screen, and what to do before looking, to its picture."""
    path = tmp_path_factory.mktemp("golden") / "map.html"
    path.write_text(draw_map(told_town(), told()), encoding="utf-8")
    contexts = []

    def page_of(width, height):
        context, page, _ = offline(
            viewport={"width": width, "height": height}, reduced_motion="reduce", bypass_csp=True
        )  # fmt: skip
        contexts.append(context)
        return page

    glass = page_of(320, 320)

    def smaller(png, width=0):
        w, h, picture, data = glass.evaluate(SMALLER, [base64.b64encode(png).decode(), width])
        pixels = np.frombuffer(base64.b64decode(data), np.uint8).astype(float)
        return base64.b64decode(picture), pixels.reshape(h, w, 4)[:, :, :3]

    def look(name, meddle="() => {}"):
        link, (width, height), whole = SCREENS[name]
        page = page_of(width, height)
        page.goto(path.as_uri() + link)
        page.wait_for_function("() => camgap.drawn()")
        if not whole:
            page.evaluate(HIDDEN_TEXT)
        page.evaluate(meddle)
        page.wait_for_function("() => camgap.drawn()")
        shot = page.screenshot() if whole else page.locator(".folium-map").screenshot()
        contexts.pop().close()
        return smaller(shot, WIDTH if width > height else WIDTH // 2)

    look.smaller = smaller
    yield look
    for context in contexts:
        context.close()


def difference(name, one, other):
    """Return how much two pictures of a screen differ, as a multiple of what passes."""
    assert abs(one.shape[0] - other.shape[0]) <= 1
    rows, columns = min(one.shape[0], other.shape[0]) // BLOCK, min(one.shape[1], other.shape[1]) // BLOCK
    means = [
        p[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3))
        for p in (one, other)
    ]
    off = np.abs(means[0] - means[1]).max(axis=2)
    return float((off > SHADE).mean() / WITH_TEXT if SCREENS[name][2] else off.max() / BARE)


def kept(name, looked_at):
    return looked_at.smaller((GOLDEN / f"{name}.png").read_bytes())[1]


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_looks_as_it_did(name, looked_at):
    png, picture = looked_at(name)
    if os.environ.get("CAMGAP_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / f"{name}.png").write_bytes(png)
    assert difference(name, picture, kept(name, looked_at)) <= 1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("map-proposal", "() => camgap.change({step: 2})"),
        ("map-proposal", "() => camgap.show('covered', false)"),
        ("map-proposal", "() => camgap.show('streets', false)"),
        ("map-proposal", "() => camgap.show('gaps', false)"),
        ("map-proposal", "() => camgap.show('sites', false)"),
        ("map-proposal", "() => camgap.show('buildings', false)"),
        ("map-today-dark", "() => camgap.change({mode: 'light'})"),
        ("map-level-night", "() => camgap.change({step: 0})"),
        ("map-overlap", "() => camgap.change({least: 1})"),
        ("page-proposal", "() => document.getElementById('panel').remove()"),
        ("page-proposal", "() => camgap.change({mode: 'dark'})"),
        ("page-proposal", "() => document.querySelector('.toggle').click()"),
        ("page-phone-zh", "() => document.querySelector('.toggle').click()"),
    ],
)
def test_a_real_change_is_noticed(name, change, looked_at):
    assert difference(name, looked_at(name, change)[1], kept(name, looked_at)) > 1.25


def test_other_fonts_are_not_taken_for_a_change(looked_at):
    other = """() => { const style = document.createElement('style');
      style.textContent = '* { font-family: serif !important; }'; document.head.append(style); }"""
    for name in ("page-proposal", "page-phone-zh"):
        assert difference(name, looked_at(name, other)[1], kept(name, looked_at)) <= 1
