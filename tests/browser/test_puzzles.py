"""Puzzles in a real browser: played by mouse, finger and keys; the network answers second; a class is asked at once."""

import re

import pytest

from core.experiments.puzzle_runs import puzzler, rival
from core.runs.drive import drive
from core.runs.store import Store
from tests.app_server import settled
from tests.browser.test_accessible import findings, fits

HOW = {"data": "digits", "steps": 20, "size": 32, "batch_size": 32}
ADDRESS = "puzzles?" + "&".join(f"{name}={value}" for name, value in HOW.items())
AROUND = (0, 1, 2, 3, 5, 6, 7, 8)


@pytest.fixture(scope="module")
def rivals(server):
    """task → the network's answers, and the right ones, in a run that the server has."""
    store, found = Store(server.home / "runs"), {}
    for task in ("rotation", "relative_position", "jigsaw", "exemplar"):
        for _ in drive(spec := puzzler(task, **HOW), store):
            pass
        run = store.open(spec)
        found[task] = rival(run.rows(), run.record["spec"]["settings"])
    return found


def opened(server, page, task):
    page.goto(f"{server.url}/{ADDRESS}&task={task}")
    page.locator(".puzzle .board img").first.wait_for()
    return settled(page)


def turned(page, times):
    for _ in range(times):
        page.get_by_role("button", name="Turn right").click()
    page.get_by_role("button", name="Done").click()


def told(page):
    """What the three pictures of an outcome say."""
    page.locator(".puzzle figure").nth(2).wait_for()
    return page.locator(".puzzle figcaption").all_inner_texts()


def turn_of(page, k):
    page.get_by_text(f"Puzzle {k} of 24").wait_for()


def cell(page, k):
    return page.locator(".puzzle .play .cell").nth(k)


def swaps(right):
    """Which cells to swap, one pair after the other, until each tile lies where it belongs."""
    at, pairs = list(range(9)), []
    for want in range(9):
        here = at.index(right.index(str(want)))
        if here != want:
            at[here], at[want] = at[want], at[here]
            pairs.append((here, want))
    return pairs


def centres(*locators):
    """Where they are, once all are in sight."""
    for locator in locators:
        locator.scroll_into_view_if_needed()
    boxes = [locator.bounding_box() for locator in locators]
    return [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]


def dragged(page, one, other):
    start, end = centres(one, other)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_a_picture_is_turned_by_mouse_and_the_network_answers_only_afterwards(server, student, rivals):
    page, right = student(), rivals["rotation"].right
    opened(server, page, "rotation")
    assert page.locator(".puzzle figure").count() == 0
    assert "sure" not in page.inner_text(".stMain")
    turned(page, int(right[0]))
    mine, network, _ = told(page)
    assert "You ✓ right" in mine
    assert ("✓ right" in network) == (rivals["rotation"].last[0] == right[0])
    assert re.search(r"\d+ % sure", network)
    page.get_by_role("button", name="Next puzzle").click()
    turn_of(page, 2)
    turned(page, (int(right[1]) + 1) % 4)
    assert "You ✗ wrong" in told(page)[0]
    page.get_by_text("You 1 of 2").wait_for()
    page.reload()
    turn_of(page, 3)
    page.get_by_text("Right of 2: you 1").wait_for()
    page.get_by_text("You 1 of 2").wait_for()


def test_an_address_that_names_nothing_opens_the_page_as_usual(server, student, rivals):
    page = student()
    opened(server, page, "nonsense")
    assert page.get_by_text("Turn the picture until it is upright.").count() == 1


def test_pictures_are_turned_by_keys_alone(server, student, rivals):
    page = student()
    opened(server, page, "rotation")
    page.locator(".puzzle button").first.focus()
    for k, turns in enumerate(map(int, rivals["rotation"].right[:3])):
        turn_of(page, k + 1)
        for key in ["ArrowRight"] * turns or ["ArrowLeft", "ArrowRight"]:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        assert "You ✓ right" in told(page)[0]
        page.keyboard.press("Enter")
    page.get_by_text("Right of 3: you 3").wait_for()


def test_a_patch_is_placed_by_tapping_dragging_and_keys(server, student, rivals):
    page, cells = student(), [AROUND[int(k)] for k in rivals["relative_position"].right[:3]]
    opened(server, page, "relative_position")
    done = page.get_by_role("button", name="Done")
    assert done.is_disabled(), "nothing is placed yet"
    cell(page, 4).click(force=True)
    assert done.is_disabled(), "the middle is taken"
    cell(page, cells[0]).click()
    done.click()
    assert "You ✓ right" in told(page)[0]
    page.get_by_role("button", name="Next puzzle").click()
    turn_of(page, 2)
    other = next(k for k in AROUND if k != cells[1])
    dragged(page, page.locator(".puzzle .patch"), cell(page, other))
    dragged(page, cell(page, other), cell(page, cells[1]))
    done.click()
    assert "You ✓ right" in told(page)[0]
    page.keyboard.press("Enter")
    turn_of(page, 3)
    down, across = divmod(cells[2], 3)
    for key in (*["ArrowDown"] * down, *["ArrowRight"] * across, "Enter", "Enter"):
        page.keyboard.press(key)
    assert "You ✓ right" in told(page)[0]


def test_tiles_are_sorted_by_tapping_dragging_and_keys(server, student, rivals):
    page, right = student(), rivals["jigsaw"].right
    opened(server, page, "jigsaw")
    for k, move in enumerate((tapped, dragged)):
        turn_of(page, k + 1)
        for one, other in swaps(right[k]):
            move(page, cell(page, one), cell(page, other))
        page.get_by_role("button", name="Done").click()
        assert "You ✓ right" in told(page)[0]
        page.keyboard.press("Enter")
    turn_of(page, 3)
    now = 0
    for pair in swaps(right[2]):
        for to in pair:
            walk(page, now, to)
            page.keyboard.press("Enter")
            now = to
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "9 of 9 tiles right" in told(page)[0]


def tapped(page, one, other):
    one.click()
    other.click()


def walk(page, here, there):
    """From cell to cell by the arrow keys."""
    for before, after, keys in ((here // 3, there // 3, ("Up", "Down")), (here % 3, there % 3, ("Left", "Right"))):
        for _ in range(abs(after - before)):
            page.keyboard.press(f"Arrow{keys[after > before]}")


def test_one_of_four_pictures_is_chosen(server, student, rivals):
    page = student()
    opened(server, page, "exemplar")
    page.locator(".puzzle .option").nth(int(rivals["exemplar"].right[0])).click()
    page.get_by_role("button", name="Done").click()
    assert "You ✓ right" in told(page)[0]
    page.keyboard.press("Enter")
    turn_of(page, 2)
    page.keyboard.press(str(int(rivals["exemplar"].right[1]) + 1))
    page.keyboard.press("Enter")
    assert "You ✓ right" in told(page)[0]


def test_tiles_are_dragged_by_finger_on_a_phone(server, browser, rivals):
    context = browser.new_context(viewport={"width": 380, "height": 800}, has_touch=True, is_mobile=True)
    context.set_default_timeout(150_000)
    page = context.new_page()
    opened(server, page, "jigsaw")
    touch = context.new_cdp_session(page)
    for one, other in swaps(rivals["jigsaw"].right[0]):
        start, end = centres(cell(page, one), cell(page, other))
        for kind, places in (("touchStart", [start]), ("touchMove", [end]), ("touchEnd", [])):
            points = [{"x": x, "y": y} for x, y in places]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.get_by_role("button", name="Done").tap()
    assert "You ✓ right" in told(page)[0]
    page.get_by_role("button", name="Next puzzle").tap()
    turn_of(page, 2)
    for pair in swaps(rivals["jigsaw"].right[1]):
        for k in pair:
            cell(page, k).tap()
    page.get_by_role("button", name="Done").tap()
    assert "You ✓ right" in told(page)[0]
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    context.close()


def play_enough(page, k=0, enough=5):
    for puzzle in range(k, k + enough):
        turn_of(page, puzzle + 1)
        page.get_by_role("button", name="Done").click()
        told(page)
        page.get_by_role("button", name="Next puzzle").click()


def test_after_five_puzzles_the_page_asks_and_the_probes_answer(server, student, rivals):
    page = student()
    opened(server, page, "rotation")
    play_enough(page, enough=4)
    settled(page)
    assert page.get_by_text("Whose code tells most").count() == 0
    play_enough(page, k=4, enough=1)
    page.get_by_text("Whose code tells most").wait_for()
    assert page.get_by_text("has the best code").count() == 0, "nothing before the guess"
    page.locator('[class*="st-key-cards_"]').get_by_role("button", name="Another one's").click()
    page.get_by_text("has the best code").wait_for()
    for heading in ("Give the answer away", "Which stage is best?", "What the papers report"):
        page.get_by_role("heading", name=heading).wait_for()
    page.reload()
    page.get_by_text("has the best code").wait_for()


def test_a_class_is_asked_one_puzzle_and_all_is_revealed_at_once(server, student, rivals):
    lecturer, page = student(width=1920, height=1080), student()
    opened(server, page, "rotation")
    opened(server, lecturer, "rotation")
    lecturer.get_by_text("Show to the class").click()
    lecturer.get_by_text("0 answered").wait_for()
    assert lecturer.locator(".puzzle .board").bounding_box()["width"] > 600, "for the back row"
    page.get_by_text("The class is asked puzzle 24.").wait_for()
    turn_of(page, 24)
    turned(page, int(rivals["rotation"].right[23]))
    page.get_by_text("revealed to all at once").wait_for()
    lecturer.get_by_text("1 answered").wait_for()
    assert "sure" not in page.inner_text(".stMain") + lecturer.inner_text(".stMain")
    other = student()
    opened(server, other, "rotation")
    other.locator(".stMain").get_by_text("The class is asked puzzle 24.").wait_for()
    assert (
        other.get_by_role("checkbox", name="Show to the class")
        .or_(other.locator(".st-key-to_class input"))
        .first.is_disabled()
    )
    lecturer.get_by_role("button", name="Reveal").click()
    lecturer.locator(".st-key-class_tally").get_by_text("✔ right").wait_for()
    assert re.search(r"\d+ % sure", lecturer.locator(".puzzle").inner_text())
    assert "You ✓ right" in told(page)[0]
    lecturer.get_by_role("button", name="Next puzzle").click()
    turn_of(page, 23)
    lecturer.get_by_text("Show to the class").click()
    lecturer.get_by_text("beat the network").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_shuts_nobody_out(server, student, rivals, theme):
    page = student(dark=theme == "dark")
    for task in rivals:
        opened(server, page, task)
        assert not findings(page), f"{task}, asked"
        if task == "relative_position":
            cell(page, 0).click()
        if task == "exemplar":
            page.locator(".puzzle .option").first.click()
        page.get_by_role("button", name="Done").click()
        told(page)
        settled(page)
        assert not findings(page), f"{task}, answered"
        fits(page)
    opened(server, page, "rotation")
    play_enough(page, k=1, enough=4)
    page.locator('[class*="st-key-guess_"]').get_by_role("button", name="Skip").click()
    page.get_by_text("has the best code").wait_for()
    assert not findings(settled(page)), "ranked"
    page.get_by_text("Show to the class").click()
    page.get_by_text("answered").first.wait_for()
    page.get_by_role("button", name="Reveal").click()
    page.locator(".st-key-class_tally").wait_for()
    assert not findings(settled(page)), "shown to the class"
    fits(page)
    page.get_by_text("Show to the class").click()
