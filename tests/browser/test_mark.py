"""Mark it yourself: a thing outlined in the first frame, by mouse, by keys, in a clip of toys or of one's own."""

import math

import numpy as np
import pytest

from tests.app_server import settled
from tests.browser.test_accessible import findings, fits
from tests.browser.test_labels import drawn
from tests.experiments.test_one_shot_video import video

FEW = "parent_steps=1&steps=2"
CIRCLE = [(0.5 + 0.3 * math.cos(t / 4), 0.55 + 0.3 * math.sin(t / 4)) for t in range(25)]


def opened(server, student, choices="", **window):
    """The section, its question answered."""
    page = student(**window)
    page.goto(f"{server.url}/wild?station=osvos&{FEW}&{choices}")
    settled(page)
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("heading", name="Mark it yourself").wait_for()
    assert not page.locator(".labelling").count(), "nothing before the guess"
    page.get_by_role("button", name="Every toy").click()
    return page


def ready(page):
    """Wait for the first frame; a busy machine may take longer than the page is patient."""
    settled(page)
    page.locator(".labelling img").wait_for()
    page.locator(".labelling img").evaluate("picture => picture.decode()")


def followed(page):
    """Wait for the first frame that is segmented, and for the end of the run."""
    page.locator('[class*="st-key-many_answers"] img').first.wait_for(timeout=240_000)
    page.get_by_text("What the steps changed").wait_for()
    settled(page)


def test_an_outline_by_mouse_is_followed_and_measured(server, student):
    page = opened(server, student, "clip=toys:0")
    ready(page)
    send = page.get_by_role("button", name="Follow it")
    assert send.is_disabled(), "there is nothing to follow"
    page.locator(".labelling").scroll_into_view_if_needed()
    drawn(page, CIRCLE)
    send.click()
    followed(page)
    assert page.locator('[class*="st-key-many_answers"] img').count() == 10
    page.get_by_text("Later frames, J").wait_for()
    assert page.locator(".labelling .ink").count() == 1, "the outline is still there"
    page.get_by_text("learned from your outline alone").wait_for()
    assert not findings(page)
    fits(page)


def test_an_outline_by_keys_alone_on_a_clip_of_ones_own(server, student, tmp_path):
    page = opened(server, student, "clip=own", dark=True)
    frames = []
    for k in range(5):
        pixels = np.full((60, 120, 3), 90, np.uint8)
        pixels[15:45, 20 + 2 * k : 70 + 2 * k] = (240, 200, 30)
        frames.append(pixels)
    (tmp_path / "no.mp4").write_text("this is no video")
    box = page.locator('[data-testid="stFileUploader"] input[type="file"]')
    box.set_input_files(tmp_path / "no.mp4")
    page.get_by_text("it is no video that is read here").wait_for()
    box.set_input_files(video(tmp_path / "mine.mp4", frames))
    page.wait_for_url("**clip=video**")
    ready(page)
    desk = page.locator(".labelling .desk").bounding_box()
    assert desk["width"] / desk["height"] == pytest.approx(2, abs=0.05), "as wide as it was filmed"
    page.locator(".labelling").focus()
    for keys in (["ArrowLeft"] * 9, ["ArrowRight"] * 9, ["ArrowDown"] * 9):
        for key in (*keys, "Space"):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    followed(page)
    page.get_by_text("Nobody knows the exact masks of your clip").wait_for()
    assert page.locator('[class*="st-key-many_answers"] img').count() == 5
    assert not findings(page)
    page.get_by_role("button", name="Forget my clip").click()
    page.wait_for_url(lambda url: "clip=" not in url)
    assert not list((server.home / "uploads").glob("*.video"))
