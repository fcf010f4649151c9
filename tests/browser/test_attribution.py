"""The page "Where does it look?": a map is chosen, whose it is is told, and any picture can be looked at."""

from tests.app_server import settled


def test_a_map_is_chosen_then_a_picture_is_looked_at_and_weights_are_randomised(server, student):
    page = student()
    page.goto(f"{server.url}/attribution")
    settled(page)
    page.locator(".js-plotly-plot").nth(1).wait_for()
    assert page.locator(".js-plotly-plot").count() == 2, "the two maps, and nothing else"
    assert page.locator('[data-testid="stAlert"]').count() == 0
    page.get_by_role("button", name="It is A").click()
    page.get_by_text("It learned only shadows").wait_for()
    page.get_by_text("Yellow: most for").wait_for()
    page.locator('[data-testid="stAlert"]').nth(3).wait_for()
    alerts = page.locator('[data-testid="stAlert"]').all_inner_texts()
    assert len(alerts) == 4, "a verdict a claim"
    assert all("points, 95 % interval" in text for text in alerts)
    page.get_by_role("radio", name="Occlusion").click()
    page.get_by_text("What it says where a square hides it").wait_for()
    page.get_by_role("button", name="Try that").click()
    page.get_by_text("The network is not sure").wait_for()
