"""Somebody who has never seen the app: from Home to own photos learning in three clicks and a drop."""

import re

import pytest
from playwright.sync_api import expect

from tests.app_server import settled
from tests.browser.test_pages import photos

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
# Counts what a hand does: a click of a button or link that is in sight.
COUNT = "window.clicks = 0; addEventListener('click', event => { if (event.isTrusted) clicks += 1; }, true);"


def in_sight(locator):
    """Whether it is seen without scrolling further."""
    box, height = locator.bounding_box(), locator.page.viewport_size["height"]
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height


def drop(page, file):
    """Let a file fall onto the box, as from the desktop."""
    box = page.locator('[data-testid="stFileUploaderDropzone"]').bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    at["data"] = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **at})


def test_from_home_to_own_photos_learning_in_three_clicks_and_a_drop(server, student, tmp_path):
    file = tmp_path / "pets.zip"
    file.write_bytes(photos(seed=77))
    page = student()
    page.add_init_script(COUNT)
    page.goto(server.url)
    settled(page)
    mine = page.get_by_role("button", name="Use your photos")
    assert in_sight(mine)
    mine.click()
    page.locator('[data-testid="stFileUploaderDropzone"]').wait_for()
    settled(page)
    assert in_sight(page.locator('[data-testid="stFileUploaderDropzone"]'))
    drop(page, file)
    page.get_by_text("28 pictures of 2 classes").wait_for()
    labels = page.get_by_role("spinbutton", name=re.compile("Pictures a class"))
    expect(labels).to_have_value("0", timeout=60_000)  # all of them
    page.get_by_role("button", name="Skip", exact=True).first.click()
    page.locator(".st-key-start_finetune button").click()
    page.wait_for_selector('.st-key-curve_finetune canvas, [class*="st-key-curves_"]', timeout=150_000)
    assert page.evaluate("clicks") == 3
    page.wait_for_selector('[class*="st-key-confusion"]', timeout=150_000)


def test_the_next_page_opens_at_its_top(server, student):
    page = student(width=380, height=740)
    page.goto(server.url)
    settled(page)
    mine = page.get_by_role("button", name="Use your photos")
    mine.scroll_into_view_if_needed()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") > 100
    mine.click()
    page.get_by_role("heading", name="Fine-tune").wait_for()
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")


@pytest.mark.parametrize(("agent", "first"), [(PHONE, "Pictures"), (None, "A zip")])
def test_a_phone_is_offered_pictures_first_a_computer_a_zip(server, browser, agent, first):
    page = browser.new_context(user_agent=agent).new_page()
    page.goto(f"{server.url}/finetune?data=upload&source=imagenet")
    settled(page)
    page.get_by_role("radio", name=first).wait_for()
    assert page.get_by_role("radio", name=first).is_checked()
    assert "bring" not in page.url
    page.context.close()
