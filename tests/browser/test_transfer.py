"""The AnB page: a guess, a sweep that grows arm by arm, points that open, and a figure that a class makes."""

import shutil

import pytest

from tests.app_server import settled
from tests.browser.test_pages import commit

TINY = "data=digits&labels_per_class=15&steps=4&frozen_at=2,7&tuned_at=2&seeds=1"


def swept(page, address):
    page.goto(address)
    settled(page)
    commit(page)
    button = page.locator(".st-key-start_anb button")
    button.wait_for()
    if button.is_enabled():
        button.click()
    page.wait_for_selector('[class*="st-key-gain_"]', timeout=150_000)


def test_a_sweep_is_guessed_run_and_its_points_open(server, student):
    page = student()
    page.goto(f"{server.url}/transfer?{TINY}")
    settled(page)
    assert page.locator(".js-plotly-plot").count() == 0, "nothing before the guess"
    page.get_by_role("button", name="falls").first.click()
    page.get_by_text("Your guess: falls.").wait_for()  # and nothing more has to be clicked
    page.wait_for_selector('[class*="st-key-gain_"]', timeout=150_000)
    assert "Measured here" in page.inner_text(".stMain")
    assert page.get_by_text("Paper: ImageNet").count()
    settled(page)  # the figure stands still
    page.locator('[class*="st-key-curves_"] .points path').nth(1).click(force=True)
    page.get_by_text("The networks of").wait_for()
    page.wait_for_selector('[class*="st-key-confusion"]')
    page.get_by_role("radio", name="Against base").click()
    page.wait_for_url("**height=relative*")


def test_a_class_makes_the_figure_cell_by_cell(server, student):
    one, other = student(), student()
    address = f"{server.url}/transfer?{TINY.replace('frozen_at=2,7', 'frozen_at=3,6')}"
    for page in (one, other):
        page.goto(address)
        settled(page)
        commit(page)
        page.get_by_role("tab", name="The class makes the figure").click()
    one.locator('[class*="st-key-start_cell"] button').first.click()
    other.get_by_text("3 of 7 networks are trained").wait_for(timeout=120_000)
    other.wait_for_selector('[class*="st-key-together"] .js-plotly-plot')


@pytest.mark.parametrize(
    ("bad", "words"),
    [("frozen_at=9", "7 stages below its head"), ("labels_per_class=400", "at most"), ("data=nonsense", None)],
)
def test_bad_settings_are_one_sentence(server, student, bad, words):
    page = student()
    name = bad.partition("=")[0]
    kept = "&".join(part for part in TINY.split("&") if not part.startswith(name))
    page.goto(f"{server.url}/transfer?{kept}&{bad}")
    settled(page)
    alerts = page.locator('[data-testid="stAlert"]')
    assert alerts.count() == (1 if words else 0)
    if words:
        assert words in alerts.first.inner_text()
    assert "Traceback" not in page.inner_text("body")


def test_breaking_it_and_the_recorded_figure_change_the_settings(server, student):
    page = student()
    page.goto(f"{server.url}/transfer")
    settled(page)
    commit(page)
    page.get_by_role("button", name="recorded").click()
    page.wait_for_url("**preset=standard*")
    page.wait_for_url("**frozen_at=1%2C2%2C3*")
    page.wait_for_url("**labels_per_class=60*")
    assert page.locator('[data-testid="stAlert"]').count() == 0
    commit(page)
    page.get_by_text("Recorded").first.wait_for()
    page.get_by_role("button", name="Try that").click()
    page.wait_for_url("**labels_per_class=400*")
    settled(page)
    assert page.locator('[data-testid="stAlert"]').count() == 0


def test_a_point_whose_network_is_not_kept_is_trained_again(server, student):
    page = student()
    page.goto(f"{server.url}/transfer?{TINY.replace('steps=4', 'steps=3')}")
    settled(page)
    commit(page)
    page.locator(".st-key-start_anb button").click()
    page.wait_for_selector('[class*="st-key-gain_"]', timeout=150_000)
    for run in (server.home / "runs").iterdir():  # as when they had to make room
        record = run / "run.json"
        if record.is_file() and '"core.experiments.train:train"' in record.read_text():
            shutil.rmtree(run)
    page.locator('[class*="st-key-curves_"] .points path').nth(1).click(force=True)
    page.get_by_text("only the numbers are kept").wait_for()
    page.get_by_role("button", name="Train this network again").click()
    page.wait_for_selector('[class*="st-key-confusion"]', timeout=150_000)
