"""The page "Look inside": nine patches are asked about, then the units are there, by mouse and by keyboard."""

import pytest

from tests.app_server import settled


@pytest.mark.parametrize("width", [380, 1280])
def test_a_stage_is_tapped_and_its_units_are_walked_through(server, student, width):
    page = student(width=width)
    page.goto(f"{server.url}/inside")
    settled(page)
    assert page.get_by_alt_text("Nine patches of pictures, three by three").count() == 1
    assert page.get_by_text("What comes back").count() == 0
    assert page.locator(".js-plotly-plot").count() == 0, "nothing is shown before the guess"
    page.get_by_role("button", name="conv2").click()
    page.get_by_role("button", name="Lock in my guess").click()
    page.get_by_text("What excites it most").wait_for()
    page.get_by_role("radio", name="conv5").or_(page.get_by_role("button", name="conv5")).first.click()
    page.get_by_text("The first 10 units of conv5").wait_for()
    before = page.get_by_text("What excites it most").inner_text()
    unit = page.get_by_role("slider", name="Unit")
    unit.focus()
    for _ in range(3):
        unit.press("ArrowRight")
    page.wait_for_function("words => !document.body.innerText.includes(words)", arg=before)
    alerts = page.locator('[data-testid="stAlert"]').all_inner_texts()
    assert len(alerts) == 2, "a verdict a claim"
    assert all("points, 95 % interval" in text for text in alerts)
