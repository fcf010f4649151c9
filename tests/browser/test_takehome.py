"""Taking a run home: every file that the page offers opens, and says what the page said."""

import csv
import io
import json
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ET
import zipfile

import pytest
from PIL import Image

from tests.app_server import settled
from tests.browser.test_pages import QUICK, trained

SVG = "{http://www.w3.org/2000/svg}"
CHARTS = {"accuracy": "from scratch", "curves": "from scratch", "confusion": "The network's answer"}


@pytest.fixture(scope="module")
def at_home(server, browser):
    """A page on which a run is finished and "Take it home" is open; whoever harms it opens it anew."""
    context = browser.new_context()
    context.set_default_timeout(150_000)
    page = context.new_page()
    trained(page, f"{server.url}/finetune?{QUICK}&seed=5")
    take(page)
    yield page
    context.close()


def take(page):
    page.get_by_role("tab", name="Take it home").click()
    page.get_by_role("button", name="Report (HTML)").wait_for()


def saved(page, button, file):
    with page.expect_download() as waiting:
        button.click()
    waiting.value.save_as(file)
    assert file.stat().st_size > 0
    return waiting.value.suggested_filename


def row_of(page, chart):
    return page.locator(f'[class*="st-key-take_{chart}"]')


@pytest.mark.parametrize("chart", CHARTS)
def test_a_figure_is_saved_as_a_picture_a_drawing_and_a_page(at_home, tmp_path, chart):
    row = row_of(at_home, chart)
    name = saved(at_home, row.get_by_role("button", name=re.compile("as PNG$")), tmp_path / "figure.png")
    assert re.fullmatch(rf"[0-9a-f]{{16}}-{chart}\.png", name)
    picture = Image.open(tmp_path / "figure.png").convert("RGB")
    shown = at_home.locator(f'[class*="st-key-{chart}"] svg.main-svg').first
    width, height = (float(shown.get_attribute(side)) for side in ("width", "height"))
    assert picture.size == (int(2 * width), int(2 * height))
    assert picture.getpixel((1, 1)) == (255, 255, 255)
    assert len(picture.getcolors(1 << 24)) > 20
    saved(at_home, row.get_by_role("button", name=re.compile("as SVG$")), tmp_path / "figure.svg")
    drawing = ET.parse(tmp_path / "figure.svg").getroot()
    words = " ".join("".join(text.itertext()) for text in drawing.iter(f"{SVG}text"))
    assert CHARTS[chart] in words
    assert float(drawing.get("width")) == width
    saved(at_home, row.get_by_role("button", name=re.compile("HTML")), tmp_path / "figure.html")
    assert_opens_offline(at_home, tmp_path / "figure.html", CHARTS[chart])


def assert_opens_offline(page, file, words, dark=False):
    """The file is drawn in a browser without a network, without an error; returns all that it says."""
    context = page.context.browser.new_context(offline=True, color_scheme="dark" if dark else "light")
    try:
        opened = context.new_page()
        wrong = []
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.goto(file.as_uri())
        opened.wait_for_selector(".main-svg text >> nth=2")
        text = opened.inner_text("body")
        assert words in " ".join(text.split())
        assert not wrong
        ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
        axis = opened.evaluate("getComputedStyle(document.querySelector('.xtick text')).fill")
        return text, ground, axis
    finally:
        context.close()


def brightness(colour):
    return max(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_a_figure_is_taken_from_the_dark_page_on_dark_ground_with_the_keyboard(server, student, tmp_path):
    page = student(dark=True)
    trained(page, f"{server.url}/finetune?{QUICK}&seed=5")
    page.get_by_role("tab", name="Take it home").click()
    button = row_of(page, "curves").get_by_role("button", name=re.compile("as PNG$"))
    with page.expect_download() as waiting:
        button.press("Enter")
    waiting.value.save_as(tmp_path / "figure.png")
    assert Image.open(tmp_path / "figure.png").convert("RGB").getpixel((1, 1)) == (14, 17, 23)


def test_a_figure_that_is_being_drawn_is_waited_for(at_home, tmp_path):
    chart = "document.querySelector('[class*=\"st-key-curves_\"] .js-plotly-plot')"
    at_home.evaluate(f"window.plot = {chart}; window.place = plot.parentNode; plot.remove()")
    row = row_of(at_home, "curves")
    with at_home.expect_download() as waiting:
        row.get_by_role("button", name=re.compile("as PNG$")).click()
        row.get_by_text("One moment").wait_for()
        at_home.evaluate("window.place.append(window.plot)")
    waiting.value.save_as(tmp_path / "figure.png")
    assert Image.open(tmp_path / "figure.png").size[0] > 600
    assert row.get_by_text("One moment").count() == 0


def test_a_figure_that_is_not_drawn_is_said_so(at_home):
    at_home.evaluate("document.querySelector('[class*=\"st-key-curves_\"] .js-plotly-plot').remove()")
    row = row_of(at_home, "curves")
    row.get_by_role("button", name=re.compile("as SVG$")).click()
    row.get_by_text("Open the part of the page").wait_for()
    at_home.reload()
    settled(at_home)
    take(at_home)


def test_the_report_opens_offline_with_the_numbers_of_the_page_in_light_and_dark(at_home, tmp_path):
    file = tmp_path / "report.html"
    saved(at_home, at_home.get_by_role("button", name="Report (HTML)"), file)
    accuracy = re.search(r"from scratch (\d+)%", at_home.inner_text('[class*="st-key-accuracy"]').replace("\n", " "))
    text, ground, axis = assert_opens_offline(at_home, file, "Where the numbers come from")
    (measured,) = re.findall(r"Test pictures named correctly, from scratch\s+([\d.]+) %", text)[:1]
    assert round(float(measured)) == pytest.approx(int(accuracy[1]), abs=1)
    assert "What share of the test pictures will the network name" in text
    assert f"{QUICK}&seed=5" in urllib.parse.unquote(text)
    assert brightness(ground) > 200 > 80 > brightness(axis)
    _, ground, axis = assert_opens_offline(at_home, file, "Where the numbers come from", dark=True)
    assert brightness(ground) < 60 < 200 < brightness(axis)


def test_rows_and_record_are_whole(at_home, tmp_path):
    saved(at_home, at_home.get_by_role("button", name="Rows (CSV)"), tmp_path / "rows.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text())))
    saved(at_home, at_home.get_by_role("button", name="Settings and origin (JSON)"), tmp_path / "run.json")
    record = json.loads((tmp_path / "run.json").read_text())
    test = next(row for row in rows if row["split"] == "test")
    assert float(test["accuracy"]) == record["summary"]["test_accuracy"]
    assert record["spec"]["settings"]["seed"] == 5
    assert record["provenance"]["processor"]


def test_the_link_opens_the_same_run_in_another_browser(at_home, student):
    link = at_home.locator('[data-testid="stCode"]', has_text="/finetune?").inner_text().strip()
    other = student()
    other.goto(link)
    settled(other)
    other.get_by_role("button", name="Skip", exact=True).first.click()
    other.wait_for_selector('[class*="st-key-confusion"]')
    keys = [set(re.findall(r"confusion_([0-9a-f]{16})", page.content())) for page in (at_home, other)]
    assert keys[0] == keys[1] != set()


def test_the_script_is_written_saved_and_repeats_the_run(at_home, tmp_path):
    at_home.get_by_role("button", name="A script that repeats it").click()
    button = at_home.get_by_role("button", name=re.compile("Save the script"))
    button.wait_for()
    saved(at_home, button, tmp_path / "script.zip")
    with zipfile.ZipFile(tmp_path / "script.zip") as archive:
        archive.extractall(tmp_path)
    (folder,) = tmp_path.glob("transferlab-*")
    done = subprocess.run(
        [sys.executable, "repeat.py"], cwd=folder, capture_output=True, text=True, timeout=120, check=True
    )
    assert "rows: equal" in done.stdout
    assert "summary: equal" in done.stdout
