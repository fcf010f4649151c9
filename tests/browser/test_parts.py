"""The five kinds of question in a real browser: by keyboard alone, by name alone, on a phone, in the dark."""

import re

import pytest

from tests.app_server import settled

QUESTIONS = {
    "number": "at how many labels",
    "card": "which factor",
    "ab": "which one falls",
    "stage": "which stage",
    "curve": "which shape",
}
ACTIVE = """() => {
  let el = document.activeElement;
  while (el?.shadowRoot?.activeElement) el = el.shadowRoot.activeElement;
  return el?.getAttribute('aria-label') || el?.innerText?.trim() || '';
}"""
# A line of the accessibility tree that stands for something to press, slide or type in, and has no name.
NAMELESS = re.compile(r"^\s*- (button|slider|radio|checkbox|link|textbox|spinbutton|combobox|tab|figure)\s*(\[|:|$)")


def opened(page, url):
    """The page with every part, run to its end."""
    page.goto(f"{url}/styleguide")
    page.wait_for_selector(".st-key-break button")
    settled(page)
    return page


def question(page, kind):
    return page.locator(f'[class*="st-key-question_guess_styleguide-{kind}"]')


def tab_to(page, name, most=80):
    """Press Tab until what is spoken is `name`."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if re.search(name, page.evaluate(ACTIVE)):
            return
    raise AssertionError(f"Tab never reaches {name}")


def revealed(page, kind, own):
    """Wait for the histogram that says which guess is one's own."""
    page.get_by_role("figure", name=re.compile(f"Yours: {own}")).wait_for()
    assert question(page, kind).count() == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [380, 1280])
def test_every_part_fits_and_has_a_spoken_name_and_nothing_is_preselected(server, student, width, dark):
    page = opened(student(width=width, dark=dark), server.url)
    for kind, words in QUESTIONS.items():
        assert words in question(page, kind).inner_text()
        assert question(page, kind).get_by_role("button", name="Skip", exact=True).count() == 1
        assert question(page, kind).locator('[aria-pressed="true"], [aria-checked="true"]').count() == 0
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "slide to guess"
    locks = page.get_by_role("button", name="Lock in my guess")
    assert [lock.is_disabled() for lock in locks.all()] == [True, True]
    tree = page.locator(".stMain").aria_snapshot()
    assert tree.count("- button") > 20
    assert [line for line in tree.splitlines() if NAMELESS.match(line)] == []
    drawing = page.get_by_role("img", name="8 stages: conv1 to conv5 frozen; fc6, fc7 fine-tuned; fc8 new.")
    assert drawing.count() == 1, "the whole network is one sentence"
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    answers = page.locator('[class*="st-key-question"] :is(.stButton button, button.stage)').all()
    boxes = [answer.bounding_box() for answer in answers]
    assert len(boxes) == 24
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes), "no answer is out of reach"
    assert all(min(box["width"], box["height"]) >= 43.5 for box in boxes), "big enough for a thumb"


@pytest.mark.parametrize(("key", "own"), [("ArrowRight", "1 labels"), ("End", "never")])
def test_a_number_is_chosen_and_locked_in_by_keyboard(server, student, key, own):
    page = opened(student(), server.url)
    tab_to(page, "^Example: at how many")
    page.keyboard.press(key)
    page.wait_for_function("() => !document.querySelector('[class*=_lock] button').disabled")
    tab_to(page, "Lock in my guess", most=2)
    page.keyboard.press("Enter")
    revealed(page, "number", own)


@pytest.mark.parametrize(
    ("kind", "name", "own"),
    [("card", "Place", "Place"), ("ab", "It is A", "the falling one"), ("curve", "a hump", "a hump")],
)
def test_an_answer_is_chosen_by_keyboard(server, student, kind, name, own):
    page = opened(student(), server.url)
    tab_to(page, f"^{name}")
    page.keyboard.press("Enter")
    revealed(page, kind, own)


def test_a_stage_is_pointed_at_and_locked_in_by_keyboard(server, student):
    page = opened(student(), server.url)
    tab_to(page, "^conv1$")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    chosen = question(page, "stage").locator('[aria-pressed="true"]')
    chosen.wait_for()
    assert chosen.get_attribute("aria-label") == "conv3"
    assert "my guess" in chosen.inner_text(), "not by its colour alone"
    page.wait_for_function("() => !document.querySelectorAll('[class*=_lock] button')[1].disabled")
    assert page.evaluate(ACTIVE) == "conv3", "the keyboard keeps its place"
    tab_to(page, "Lock in my guess", most=7)
    page.keyboard.press("Enter")
    revealed(page, "stage", "conv3")


def test_another_stage_can_be_pointed_at_before_it_is_locked_in(server, student):
    page = opened(student(width=380), server.url)
    blocks = question(page, "stage")
    blocks.get_by_role("button", name="conv2").click()
    blocks.get_by_role("button", name="fc8").click()
    page.wait_for_function("() => !document.querySelectorAll('[class*=_lock] button')[1].disabled")
    assert blocks.locator('[aria-pressed="true"]').count() == 1
    blocks.get_by_role("button", name="Lock in my guess").click()
    revealed(page, "stage", "fc8")


def luminance(colour):
    """Relative luminance of WCAG 2, of a colour as the browser computes it."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
def test_the_button_that_commits_can_be_read(server, student, dark):
    page = opened(student(dark=dark), server.url)
    question(page, "stage").get_by_role("button", name="conv4").click()
    page.wait_for_function("() => !document.querySelectorAll('[class*=_lock] button')[1].disabled")
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)  # its colours fade in
    colours = (
        question(page, "stage")
        .get_by_text("Lock in my guess")
        .evaluate("el => [getComputedStyle(el).color, getComputedStyle(el.closest('button')).backgroundColor]")
    )
    bright, dim = sorted(map(luminance, colours), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5, "WCAG asks 4.5 : 1 of text"


def test_a_stage_that_is_changed_by_keyboard_keeps_the_keyboard(server, student):
    page = student()
    page.goto(f"{server.url}/finetune")
    page.get_by_role("button", name=re.compile("conv2: frozen")).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**stages=ftffftt*")
    settled(page)
    assert page.evaluate(ACTIVE).startswith("conv2: fine-tuned")


def test_the_page_of_parts_is_not_in_the_menu_and_counts_for_no_real_question(server, student):
    page = opened(student(), server.url)
    assert page.get_by_role("link", name="The parts of a page").count() == 0
    question(page, "card").get_by_role("button", name="Colour").click()
    revealed(page, "card", "Colour")
    page.reload()
    revealed(page, "card", "Colour")
    assert (server.home / "guesses" / "styleguide-card-0.jsonl").exists()
