"""In the wild: each station tells its story first, asks, and then shows what was recorded of it."""

import pytest

from core.experiments.recordings import recordings
from core.runs.store import RECORDED, Store
from tests.app_server import settled
from tests.browser.test_accessible import fits

STATIONS = [name for name, spec in recordings().items() if spec.about.name == "wild" and Store(RECORDED).find(spec.id)]


@pytest.mark.parametrize("station", [name.removeprefix("wild_") for name in STATIONS])
def test_a_story_then_a_question_then_both_arms_and_what_they_say(server, student, station):
    page = student()
    page.goto(f"{server.url}/wild?station={station}")
    settled(page)
    page.get_by_role("button", name="Skip", exact=True).wait_for()
    assert page.get_by_alt_text("The truth").count() == 1, "the story"
    assert not page.locator(".js-plotly-plot").count()
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_text("helps.").first.wait_for()
    settled(page)
    assert page.get_by_alt_text("Borrowed").count() > 1
    assert page.get_by_role("button", name="Train both").is_enabled()
    fits(page)
