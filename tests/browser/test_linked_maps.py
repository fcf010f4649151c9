"""Linked maps in a real browser, on a page of made-up points: by mouse, by touch, by keyboard, in the dark, moving."""

import contextlib
import io
import os
import re
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from core.ui.linked_maps import Panel, linked_maps
from tests.app_server import ROOT, free_port
from tests.bench.linked_maps_page import ACROSS, TILE, groups_of, places, sheet, word

COUNT, GROUPS = 300, 4
BRUSHED = (0.2, 0.25), (0.5, 0.6)  # from corner to corner, in shares of a map's side
# How much a map has drawn on one of its layers, within `reach` px of a place or anywhere.
DRAWN = """(map, [layer, x, y, reach]) => {
  const canvas = map.querySelector(layer), dots = canvas.width / map.clientWidth;
  const [left, top, side] = reach ? [x - reach, y - reach, 2 * reach].map(v => v * dots) : [0, 0, canvas.width];
  return canvas.getContext('2d').getImageData(left, top, side, side).data.filter((v, k) => k % 4 === 3 && v).length;
}"""
# Streamlit pales what it is about to replace: only a page at rest has the colours that are looked for.
STILL = """() => document.querySelector('.stApp').dataset.testScriptState === 'notRunning'
  && !document.querySelector('[data-stale="true"]') && document.getAnimations().every(a => a.playState !== 'running')"""
SEEN = "() => [...document.querySelectorAll('.server')].at(-1)?.innerText"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where `streamlit run` serves the page."""
    port, log = free_port(), tmp_path_factory.mktemp("maps") / "log.txt"
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", "tests/bench/linked_maps_page.py", *options]
    with open(log, "wb") as file:
        where = {"cwd": ROOT, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, **where)
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 90
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).read() == b"ok":
                break
        time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(20)
    assert "Traceback" not in log.read_text(errors="replace")


def opened(page, address, **asked):
    asked = {"count": COUNT, "groups": GROUPS} | asked
    page.goto(f"{address}/?{'&'.join(f'{k}={v}' for k, v in asked.items())}")
    page.locator(".maps[data-brushed]").wait_for()
    return page


def shares(which, groups=GROUPS):
    """(N, 2): where a map without outlines must have its points, of its side; reckoned apart from the component."""
    points = places(COUNT, groups, which)
    low, high = points.min(0), points.max(0)
    inside = 0.92 * (points - (low + high) / 2) / max(high - low)
    return np.stack([0.5 + inside[:, 0], 0.5 - inside[:, 1]], 1)


def on_screen(page, which, at):
    """(..., 2) in shares of a map → px of the window."""
    box = page.locator(".map").nth(which).bounding_box()
    return np.array([box["x"], box["y"]]) + np.asarray(at) * box["width"]


def drawn(page, which, layer, at=(0, 0), reach=0):
    box = page.locator(".map").nth(which)
    side = box.bounding_box()["width"]
    return box.evaluate(DRAWN, [layer, at[0] * side, at[1] * side, reach])


def alone(points, among=None):
    """The point that is farthest from all others, of those in `among`."""
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) + 9 * np.eye(len(points))
    return max(range(len(points)) if among is None else among, key=lambda k: apart[k].min())


def brush(page, which=0):
    """Drag over a part of a map; the points that must be in it. A mouse is only ever on whole pixels."""
    first, last = (np.floor(on_screen(page, which, corner)) for corner in BRUSHED)
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*last, steps=3)
    page.mouse.up()
    at = on_screen(page, which, shares(which))
    return np.flatnonzero(((at >= first) & (at <= last)).all(1)).tolist()


def heard(page, words):
    """Wait until the server says that it has heard so."""
    page.wait_for_function(f"words => ({SEEN})().includes(words)", arg=words)


def test_a_dot_is_pointed_at_in_all_maps_and_shows_its_own_picture(address, student):
    page = opened(student(), address, maps=3)
    k = alone(shares(0))
    before = [drawn(page, which, ".top", shares(which)[k], 9) for which in (0, 2)]
    page.mouse.move(*on_screen(page, 0, shares(0)[k]))
    page.locator(f'.maps[data-hover="{k}"]').wait_for()
    assert page.locator(".card .words").inner_text() == word(k, k % GROUPS)
    after = [drawn(page, which, ".top", shares(which)[k], 9) for which in (0, 2)]
    assert all(np.subtract(after, before) > 50), "ringed in the other maps too"
    kept = [round(100 * np.random.default_rng(which).uniform(size=COUNT)[k]) for which in range(3)]
    assert page.locator(".kept").all_inner_texts() == [f"{share} % of its neighbours kept" for share in kept]
    shown = Image.open(io.BytesIO(page.locator(".picture").screenshot())).convert("RGB").resize((TILE, TILE), 0)
    album = np.asarray(Image.open(io.BytesIO(sheet(COUNT, GROUPS))).convert("RGB"), float)
    tiles = album.reshape(-1, TILE, ACROSS, TILE, 3).swapaxes(1, 2).reshape(-1, TILE, TILE, 3)
    off = np.abs(tiles - np.asarray(shown, float)).mean((1, 2, 3))
    assert off.argmin() == k
    assert off[k] < 8
    page.mouse.move(1, 1)
    page.locator('.maps[data-hover=""]').wait_for()
    assert not page.locator(".card").is_visible()


def test_what_is_brushed_in_one_map_is_lit_in_all_and_the_server_hears_the_same(address, student):
    page = opened(student(), address)
    assert [drawn(page, which, ".lit") for which in range(4)] == [0] * 4
    ids = brush(page)
    assert 20 < len(ids) < COUNT / 2
    page.locator(f'.maps[data-brushed="{len(ids)}"]').wait_for()
    assert page.locator(".tally").inner_text() == f"{len(ids)} pictures brushed"
    assert all(drawn(page, which, ".lit") > 100 for which in range(4))
    others = [k for k in range(COUNT) if k not in ids]
    dimmed, lit = (alone(shares(2), among) for among in (others, ids))
    assert [drawn(page, 2, ".lit", shares(2)[k], 2) > 0 for k in (dimmed, lit)] == [False, True]
    heard(page, f"brushed {ids}")
    page.keyboard.press("Escape")
    heard(page, "brushed []")
    assert [drawn(page, which, ".lit") for which in range(4)] == [0] * 4


def test_a_dot_is_found_and_chosen_by_keyboard_alone(address, student):
    page = opened(student(), address)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(".map").first.evaluate("el => el === el.getRootNode().activeElement"):
            break
    walked = []
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
        page.wait_for_function("was => document.activeElement.shadowRoot.querySelector('.maps').dataset.hover !== was",
                               arg=str(walked[-1]) if walked else "")  # fmt: skip
        walked.append(int(page.locator(".maps[data-hover]").get_attribute("data-hover")))
    (first, second, third), at = walked, shares(0)
    assert at[second][0] > at[first][0]
    assert at[third][1] < at[second][1], "up on the screen"
    assert page.locator(".said").last.inner_text() == word(third, third % GROUPS)
    page.keyboard.press("Enter")
    heard(page, f"picked {third},")
    page.keyboard.press("Escape")
    heard(page, "picked None,")


def test_groups_have_a_legend_that_lights_them_and_grey_maps_have_none(address, student):
    page = opened(student(), address)
    buttons = page.get_by_role("group", name="Light up one group").get_by_role("button")
    assert buttons.all_inner_texts()[:3] == ["car", "frog", "horse"]
    buttons.nth(1).click()
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    page.mouse.move(1, 1)
    groups = groups_of(COUNT, GROUPS)
    frog, car = (alone(shares(2), np.flatnonzero(groups == group)) for group in (1, 0))
    lit = "map => map.querySelector('.lit').getContext('2d').getImageData(0, 0, 999, 999).data.some(v => v)"
    page.wait_for_function(lit, arg=page.locator(".map").nth(3).element_handle())
    assert [drawn(page, 2, ".lit", shares(2)[k], 2) > 0 for k in (frog, car)] == [True, False]
    opened(page, address, groups=0)
    assert page.locator(".legend button").count() == 0
    assert drawn(page, 0, ".base") > 100


def test_a_phone_shows_them_below_one_another_and_is_tapped_and_brushed(address, browser):
    context = browser.new_context(viewport={"width": 380, "height": 800}, has_touch=True, is_mobile=True)
    context.set_default_timeout(150_000)
    page = opened(context.new_page(), address, groups=10)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    lefts = {round(box.bounding_box()["x"]) for box in page.locator(".map").all()}
    assert len(lefts) == 1
    k = alone(shares(0, 10))
    page.locator(".map").first.scroll_into_view_if_needed()
    page.touchscreen.tap(*on_screen(page, 0, shares(0, 10)[k]))
    heard(page, f"picked {k},")
    assert page.locator(".card .words").inner_text() == word(k, k % 10)
    context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious_while_all_is_shown(address, student, dark):
    page = opened(student(dark=dark), address, groups=10)
    brush(page)
    page.mouse.move(*on_screen(page, 0, shares(0)[alone(shares(0))]))
    page.locator(".map").first.focus()
    page.keyboard.press("ArrowRight")
    page.locator(".card.shown").wait_for()
    page.wait_for_function(STILL)
    found = [fault for fault in Axe().run(page).response["violations"] if fault["impact"] in ("serious", "critical")]
    assert [fault["id"] for fault in found] == []


def test_places_that_move_take_the_brush_along(address, student):
    page = opened(student(), address, moving=1, maps=2)
    brush(page)
    page.wait_for_function(f"() => /brushed .[0-9]/.test(({SEEN})())")
    brushed = page.locator(".maps[data-brushed]").get_attribute("data-brushed")
    assert int(brushed) > 10
    image = "map => map.querySelector('.lit').toDataURL()"
    before, step = page.locator(".map").first.evaluate(image), int(re.findall(r"step (\d+)", page.evaluate(SEEN))[0])
    page.get_by_role("switch").click()
    page.wait_for_function(f"step => +({SEEN})().match(/step (\\d+)/)[1] > step + 3", arg=step)
    assert page.locator(".maps[data-brushed]").get_attribute("data-brushed") == brushed
    assert page.locator(".map").first.evaluate(image) != before
    assert page.get_by_role("switch").is_checked()


def test_two_thousand_pictures_in_four_maps_light_up_in_one_frame(address, student):
    """How long it took is printed: a machine that others use has no time to keep."""
    page = opened(student(width=1920, height=1080), address, count=2000)
    page.locator(".maps[data-brushed]").evaluate("""root => {
      window.took = [];
      let moved = 0;
      for (const map of root.querySelectorAll('.map'))
        map.addEventListener('pointermove', event => { moved = event.timeStamp; }, true);
      const lit = canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.width).data.some(v => v);
      new MutationObserver(() => {
        if (root.dataset.brushed === '0') return;
        const took = performance.now() - moved;
        window.took.push([took, [...root.querySelectorAll('.lit')].filter(lit).length]);
      }).observe(root, { attributeFilter: ['data-brushed'] });
    }""")
    brush(page)
    page.locator('.maps[data-brushed]:not([data-brushed="0"])').wait_for()
    took = page.evaluate("window.took")
    print("ms from the pointer to all maps:", [round(ms, 1) for ms, _ in took])
    assert took
    assert all(maps == 4 for _, maps in took)


def test_maps_that_do_not_fit_one_another_are_refused_in_a_sentence():
    points = np.zeros((3, 2), np.float32)
    given = {"sprites": b"", "tile": 8, "across": 3, "words": ["a"] * 3, "names": ["x"], "hues": ["#0072B2"]}
    given |= {"key": "refused"}
    with pytest.raises(ValueError, match=r"^Each map must place all 3 pictures, [^.]*\.$"):
        linked_maps([Panel("A", points), Panel("B", points[:2])], colours=None, **given)
    with pytest.raises(ValueError, match=r"^Each of the 3 pictures must have one of the 1 groups\.$"):
        linked_maps([Panel("A", points)], colours=[0, 1, 0], **given)
    with pytest.raises(ValueError, match="what it kept"):
        linked_maps([Panel("A", points, kept=[1.0])], colours=None, **given)
