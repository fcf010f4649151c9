"""A round of labelling in a real browser: a class by key, a box by dragging, an outline by drawing; then they teach."""

import math
import re

import pytest

from tests.app_server import settled
from tests.browser.test_pages import commit

ADDRESS = "labels?pictures=4"


def ready(page, invitation):
    """Wait for a round, alone on the page, and start its clock."""
    page.locator(".labelling .cover").get_by_text(invitation).wait_for()
    page.wait_for_function("document.querySelectorAll('[class*=st-key-labelling]').length == 1")
    page.locator(".labelling .start").click()


def shown(page):
    """Wait for the pictures; a busy machine may take longer than the page is patient."""
    start, again = page.locator(".labelling .start"), page.get_by_role("button", name="Try again")
    for _ in range(3):
        start.or_(again).wait_for()
        if start.count():
            return
        again.click()
    start.wait_for()


def opened(server, student, **window):
    page = student(**window)
    page.goto(f"{server.url}/{ADDRESS}")
    settled(page)
    assert page.locator(".labelling").count() == 0, "nothing before the guess"
    commit(page)
    shown(page)
    return page


def turn(page, k):
    """Wait until picture k (from 1) is seen and its clock runs."""
    page.locator(".labelling .count").get_by_text(f"Picture {k} of 4").wait_for()
    page.locator(".labelling .clock").get_by_text(re.compile("0[.][1-9]|[1-9]")).wait_for()


def drawn(page, points):
    """Drag the mouse over these places of the picture (shares of it)."""
    box = page.locator(".labelling .desk").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


CIRCLE = [(0.5 + 0.25 * math.cos(t / 4), 0.5 + 0.3 * math.sin(t / 4)) for t in range(25)]


def test_three_rounds_are_labelled_timed_and_teach_a_network(server, student):
    page = opened(server, student)
    ready(page, "Say what it is.")
    for k in range(4):
        turn(page, k + 1)
        page.keyboard.press("9")  # no such class: nothing happens
        page.keyboard.press(str(k + 1))
    ready(page, "Draw a box")
    for k in range(4):
        turn(page, k + 1)
        page.keyboard.press("Enter")  # there is nothing to keep yet
        drawn(page, [(0.3, 0.3), (0.5, 0.6), (0.7, 0.8)])
        page.keyboard.press("Enter")
    ready(page, "Draw its outline")
    for k in range(4):
        turn(page, k + 1)
        drawn(page, CIRCLE)
        page.get_by_role("button", name="Next").click()
    page.get_by_text("All 4 are labelled.").wait_for()
    page.get_by_role("heading", name="Seconds a label").wait_for()
    page.locator(".st-key-seconds text", has_text="you ").nth(2).wait_for()  # a median for each kind
    page.locator(".st-key-start_labelled button").click()
    page.get_by_text("Half of your labels, mixed up").wait_for(timeout=150_000)
    assert page.locator('[class*="st-key-quality_"]').count() == 3
    assert page.get_by_text("Your labels agree with the exact ones by").count() == 3
    page.reload()
    settled(page)
    page.get_by_role("heading", name="Seconds a label").wait_for()
    page.get_by_text("Half of your labels, mixed up").wait_for()
    page.get_by_role("button", name="Try that").click()
    page.wait_for_url("**spoiled=0.5*")
    page.locator(".st-key-start_labelled button", has_text="Teach it").wait_for()  # another run, not yet there


def test_a_round_that_is_left_goes_on_where_it_was(server, student):
    page = opened(server, student)
    ready(page, "Say what it is.")
    for k in range(2):
        turn(page, k + 1)
        page.get_by_role("button", name="dog").click()
    turn(page, 3)
    page.wait_for_timeout(500)
    page.reload()
    settled(page)
    page.locator(".labelling .count").get_by_text("Picture 3 of 4").wait_for()
    page.get_by_role("button", name="Go on").wait_for()


def test_going_back_replaces_a_label_and_redo_takes_away_a_drawing(server, student):
    page = opened(server, student)
    page.get_by_role("radio", name="2 · Box").click()
    ready(page, "Draw a box")
    turn(page, 1)
    drawn(page, [(0.2, 0.2), (0.6, 0.6)])
    page.keyboard.press("Escape")
    assert page.locator(".labelling .shape").count() == 0
    page.keyboard.press("ArrowRight")  # by keys alone
    page.keyboard.press("Shift+ArrowDown")
    assert page.locator(".labelling .ink").get_attribute("d").startswith("M 0.31 0.3 L 0.71 0.3 L 0.71 0.71")
    page.keyboard.press("Enter")
    turn(page, 2)
    page.keyboard.press("Backspace")
    turn(page, 1)
    drawn(page, [(0.1, 0.1), (0.9, 0.9)])
    drawn(page, [(0.9, 0.5), (0.7, 0.5)])  # a side is taken hold of
    right = page.locator(".labelling .ink").get_attribute("d").split(" L ")[1].split()[0]
    assert float(right) == pytest.approx(0.7, abs=0.01)
    page.keyboard.press("Enter")
    turn(page, 2)


def test_an_outline_by_keys_alone(server, student):
    page = opened(server, student)
    page.get_by_role("radio", name="3 · Outline").click()
    ready(page, "Draw its outline")
    turn(page, 1)
    for keys in ("ArrowRight", "Space", "ArrowDown", "ArrowDown", "Space", "ArrowLeft", "Space"):
        page.keyboard.press(keys)
    page.keyboard.press("Enter")
    turn(page, 2)


def test_labels_are_drawn_by_finger_on_a_phone(server, browser):
    context = browser.new_context(viewport={"width": 380, "height": 780}, has_touch=True, is_mobile=True)
    context.set_default_timeout(150_000)
    page = context.new_page()
    page.goto(f"{server.url}/{ADDRESS}")
    settled(page)
    commit(page)
    shown(page)
    assert page.locator(".labelling .desk").bounding_box()["width"] >= 320
    page.get_by_role("radio", name="3 · Outline").click()
    ready(page, "Draw its outline")
    turn(page, 1)
    box = page.locator(".labelling .desk").bounding_box()
    touch = context.new_cdp_session(page)
    for k, (x, y) in enumerate(CIRCLE):
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        kind = "touchStart" if k == 0 else "touchMove"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    moved = page.locator(".labelling .desk").bounding_box()
    assert moved == box, "the page does not scroll under the finger"
    page.get_by_role("button", name="Next").tap()
    turn(page, 2)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    context.close()
