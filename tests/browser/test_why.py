"""Why transfer? in a browser: guess, sweep, what is recorded, three targets, on a phone too."""

import re

import pytest

from tests.app_server import settled
from tests.browser.test_pages import commit

TINY = "data=digits&budgets=2,8&arms=scratch,frozen&steps=5&seeds=1"


def opened(page, url, choices=""):
    page.goto(f"{url}/why?{choices}")
    return settled(page)


def swept(page, url, **keys):
    """Open the tiny sweep in a browser that has not answered, skip the question and run it, if nobody has before."""
    opened(page, url, TINY)
    commit(page)
    button = page.locator(".st-key-start_why button")
    button.wait_for()
    if button.is_enabled():
        button.click()
    page.wait_for_selector('[class*="st-key-errors_"] .js-plotly-plot', timeout=180_000)
    return page


def quiet(page):
    """No error, nothing from elsewhere, nothing to scroll to sideways."""
    assert "our mistake" not in page.inner_text(".stMain")
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("width", [380, 1280])
def test_nothing_is_measured_or_recorded_before_the_guess(server, student, width):
    page = opened(student(width=width), server.url)
    page.get_by_text("overtake frozen?").first.wait_for()
    assert page.locator(".js-plotly-plot").count() == 0
    assert "Recorded" not in page.inner_text(".stMain")
    quiet(page)


def test_a_guess_is_drawn_into_the_recorded_curves_beside_the_crossing(server, student):
    page = opened(student(), server.url)
    thumb = page.locator('[class*="st-key-guess_"] input[type="range"]').first
    thumb.focus()
    for _ in range(6):
        thumb.press("ArrowRight")
    page.wait_for_function("() => !document.querySelector('[class*=_lock] button').disabled")
    page.get_by_role("button", name="Lock in my guess").first.click()
    page.get_by_role("tab", name=re.compile("Recorded")).click()
    chart = page.locator('[class*="st-key-errors_"] .js-plotly-plot').last
    chart.wait_for()
    drawn = chart.inner_text()
    assert "your guess: 50" in drawn
    assert re.search(r"overtakes at \d+", drawn)
    assert {"scratch", "augmented", "regularised", "frozen", "fine-tuned"} <= set(drawn.split("\n"))
    page.get_by_text(re.compile("With 15 labels a class, borrowed stages")).wait_for()
    page.get_by_text("Take it home").last.click()
    page.locator('[class*="st-key-take_errors_"]').last.get_by_role("button", name="HTML").wait_for()
    page.get_by_text("Recorded ·").first.wait_for()
    quiet(page)


@pytest.mark.parametrize("width", [380, 1280])
def test_a_sweep_runs_and_ends_in_figure_and_verdict(server, student, width):
    page = swept(student(width=width), server.url)
    page.wait_for_selector('[class*="st-key-gap_"] .js-plotly-plot')
    words = page.inner_text(".stMain")
    assert "Measured here" in words
    assert "empirical risk comes nearer to the risk (2 to 8 a class" in words
    assert page.locator(".st-key-start_why button").is_disabled(), "it is done"
    quiet(page)


def test_a_budget_that_no_class_can_pay_is_one_sentence(server, student):
    page = opened(student(), server.url, "data=digits&budgets=5,4000")
    alert = page.locator('[data-testid="stAlert"]').first
    alert.wait_for()
    assert "at most" in alert.inner_text()
    quiet(page)


def test_digits_break_it_from_the_toys_own_page(server, student):
    page = opened(student(), server.url, "budgets=1,2&arms=scratch,frozen&steps=2&seeds=1")
    commit(page)
    page.locator(".st-key-start_why button").click()
    page.locator(".st-key-break button").click(timeout=180_000)
    page.wait_for_url("**data=digits*")
    page.wait_for_url("**budgets=1%2C5%2C15%2C40%2C100*")  # the address changes setting by setting
    page.get_by_role("radio", name="Digits").wait_for()
    page.get_by_role("button", name="Skip", exact=True).first.wait_for()


def test_the_three_targets_are_shown_after_a_card(server, student):
    page = opened(student(), server.url)
    commit(page)  # the question of the curves
    page.get_by_role("button", name=re.compile("New pictures, same labels")).click()
    page.wait_for_selector('[class*="st-key-targets_"] .js-plotly-plot')
    drawn = page.locator('[class*="st-key-targets_"] .js-plotly-plot').inner_text()
    for words in ("Inductive transfer", "Domain adaptation", "Neither", "as it is"):
        assert words in drawn
    page.get_by_text(re.compile("Same pictures, new labels: borrowed stages beat scratch")).wait_for()
    quiet(page)
