"""What a student does: look, guess, run, stop, reload, bring photos, come back after a restart."""

import io
import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.app_server import settled

QUICK = "data=digits&source=none&labels_per_class=5&epochs=3"


def commit(page):
    """Answer the first question of the page by skipping it."""
    page.get_by_role("button", name="Skip", exact=True).first.click()


def trained(page, address):
    """Open a fine-tuning in a browser that has not answered yet, skip the question and run it, if nobody has before."""
    page.goto(address)
    settled(page)
    commit(page)
    button = page.locator(".st-key-start_finetune button")
    button.wait_for()
    if button.is_enabled():
        button.click()
    page.wait_for_selector('[class*="st-key-confusion"]', timeout=120_000)


def test_nothing_is_shown_before_the_guess_and_a_reload_keeps_all(server, student):
    page = student()
    page.goto(f"{server.url}/finetune?{QUICK}")
    settled(page)
    assert page.locator(".st-key-start_finetune").count() == 0
    thumb = page.locator('[class*="st-key-guess_"] input[type="range"]').first
    lock = page.get_by_role("button", name="Lock in my guess").first
    assert lock.is_disabled(), "nothing is preselected"
    thumb.focus()
    for _ in range(9):
        thumb.press("ArrowRight")
    page.wait_for_function("() => !document.querySelector('[class*=_lock] button').disabled")
    lock.click()
    page.locator(".st-key-start_finetune button").click()
    page.wait_for_selector('[class*="st-key-confusion"]')
    assert "Measured here" in page.inner_text(".stMain")
    page.reload()
    settled(page)
    page.wait_for_selector('[class*="st-key-confusion"]')
    assert page.locator(".st-key-start_finetune button").is_disabled()
    other = student()  # another browser has not guessed yet, so the finished run stays closed
    other.goto(page.url)
    settled(other)
    assert other.locator('[class*="st-key-confusion"]').count() == 0


def test_a_run_shows_its_curve_and_stops(server, student):
    page = student()
    page.goto(f"{server.url}/finetune?{QUICK.replace('epochs=3', 'epochs=400')}")
    settled(page)
    commit(page)
    page.locator(".st-key-start_finetune button").click()
    page.wait_for_selector(".st-key-curve_finetune canvas")
    page.locator(".st-key-stop_finetune button").click()
    page.wait_for_selector("text=Stopped.")


def test_a_slider_freezes_stages_and_follows_the_drawing(server, student):
    page = student()
    page.goto(f"{server.url}/finetune")
    settled(page)
    slider = page.get_by_role("slider", name=re.compile("Frozen stages"))
    assert slider.get_attribute("aria-valuetext") == "5 of 7"
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**stages=fffftttn*")
    page.get_by_role("button", name=re.compile("conv5: fine-tuned")).wait_for()
    page.keyboard.press("End")
    page.wait_for_url("**stages=fffffffn*")
    page.keyboard.press("Home")
    page.wait_for_url("**stages=tttttttn*")
    page.get_by_role("button", name=re.compile("conv2: fine-tuned")).wait_for()
    place = slider.bounding_box()
    page.mouse.click(place["x"] + 3 * place["width"] / 7, place["y"] + place["height"] / 2)
    page.wait_for_url("**stages=fffttttn*")
    page.get_by_role("button", name=re.compile("conv1: frozen")).click()
    page.get_by_text("Frozen stages: 0 of 7, and others further on").wait_for()
    page.wait_for_url("**stages=tffttttn*")
    page.reload()
    settled(page)
    page.get_by_text("Frozen stages: 0 of 7, and others further on").wait_for()


def test_the_stages_are_changed_by_mouse_and_keyboard_and_live_in_the_address(server, student):
    page = student()
    page.goto(f"{server.url}/finetune")
    settled(page)
    page.get_by_role("button", name=re.compile("conv2: frozen")).click()
    page.wait_for_url("**stages=ftffftt*")
    page.get_by_role("button", name=re.compile("conv1: frozen")).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # the gap after conv1
    page.wait_for_url("**stages=fttttt*")
    page.reload()
    settled(page)
    page.get_by_role("button", name=re.compile("conv2: fine-tuned")).wait_for()


def test_the_choices_live_in_the_address(server, student):
    page = student()
    page.goto(f"{server.url}/finetune")
    settled(page)
    page.get_by_role("radio", name="Digits").click()
    page.wait_for_url("**data=digits*")
    page.get_by_role("radio", name="ImageNet").click()
    page.wait_for_url("**source=imagenet*")
    number = page.get_by_role("spinbutton", name=re.compile("Pictures a class"))
    number.fill("12")
    number.press("Enter")
    page.wait_for_url("**labels_per_class=12*")
    page.get_by_role("button", name=re.compile("block7|features")).first.wait_for()


def photos(classes=2, each=14, seed=0):
    """A zip of class folders: reddish and bluish noise, one file broken."""
    rng, out = np.random.default_rng(seed), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for c in range(classes):
            for k in range(each):
                picture = rng.integers(0, 120, (90, 120, 3), dtype=np.uint8)
                picture[..., c] += 120
                file = io.BytesIO()
                Image.fromarray(picture).save(file, "JPEG")
                archive.writestr(f"pets/class {c}/{k}.jpg", file.getvalue())
        archive.writestr("pets/class 0/broken.jpg", b"\xff\xd8\xff nothing")
    return out.getvalue()


def test_ones_own_photos_are_learned_and_forgotten(server, student, tmp_path):
    file = tmp_path / "pets.zip"
    file.write_bytes(photos())
    page = student()
    page.goto(f"{server.url}/finetune?data=upload&source=imagenet&labels_per_class=5&epochs=2&size=64")
    settled(page)
    page.locator('input[type="file"]').first.set_input_files(str(file))
    page.wait_for_url("**data=upload%3A*")
    page.wait_for_selector("text=class 0, class 1")
    page.get_by_text("Left out, with the reason (1)").wait_for()
    commit(page)
    page.locator(".st-key-start_finetune button").click()
    page.wait_for_selector('[class*="st-key-confusion"]', timeout=120_000)
    page.get_by_role("tab", name="Try it").click()
    single = tmp_path / "one.png"
    Image.new("RGB", (80, 80), (240, 20, 20)).save(single)
    page.locator('[class*="st-key-try_"] input[type="file"]').set_input_files(str(single))
    page.get_by_text(re.compile(r"class 0: \d+%")).wait_for()
    own = re.search("upload%3A([0-9a-f]{64})", page.url)[1]
    assert (server.home / "uploads" / f"{own}.zip").exists()
    page.locator(".st-key-forget button").first.click()
    page.wait_for_url(lambda url: "upload%3A" not in url)
    assert not (server.home / "uploads" / f"{own}.zip").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("broken.zip", b"PK\x03\x04 cut off"), ("empty.zip", b""), ("one.zip", photos(classes=1))],
)
def test_an_upload_that_cannot_be_used_is_one_sentence(server, student, tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    page = student()
    page.goto(f"{server.url}/finetune?data=upload")
    settled(page)
    page.locator('input[type="file"]').first.set_input_files(str(file))
    alert = page.locator('[data-testid="stAlert"]').first
    alert.wait_for()
    assert "cannot be used" in alert.inner_text()
    assert "Traceback" not in page.inner_text("body")


def test_a_cell_of_the_confusions_opens_its_pictures(server, student):
    page = student()
    trained(page, f"{server.url}/finetune?{QUICK}")
    page.locator('[class*="st-key-confusion"] .points path').first.click(force=True)
    page.wait_for_selector("text=pictures of")


def test_breaking_it_asks_anew_and_shows_the_claim_fail(server, student):
    page = student()
    trained(page, f"{server.url}/finetune?{QUICK}&seed=5")
    page.locator(".st-key-break button").click()
    page.wait_for_url("**stages=fffffffn*")
    page.get_by_role("button", name=re.compile("fc7: frozen")).wait_for()
    assert page.get_by_role("radio", name="Other toys").is_checked()
    assert page.locator('[class*="st-key-confusion"]').count() == 0


def test_a_trained_network_can_be_borrowed_from(server, student):
    page = student()
    trained(page, f"{server.url}/finetune?{QUICK}&seed=5")
    page.get_by_role("tab", name="Take it home").click()
    page.locator('[class*="st-key-lend_"] button').click()
    page.wait_for_url("**source=run%3A*")
    page.get_by_role("radio", name=re.compile("^Run ")).wait_for()


def test_home_runs_its_experiment_in_one_click(server, student):
    page = student()
    page.goto(server.url)
    settled(page)
    page.get_by_role("button", name="Borrow five stages").click()
    page.wait_for_selector('[class*="st-key-result_borrowed"]', timeout=150_000)
    words = page.inner_text(".stMain")
    assert "of the test pictures named correctly, borrowed" in words
    page.get_by_text(re.compile("Holds here|Weaker here|Not here")).wait_for()


def test_after_a_restart_of_the_app_finished_runs_are_there(server, student):
    page = student()
    trained(page, f"{server.url}/finetune?{QUICK}&seed=3")
    server.stop()
    server.start()
    page.goto(f"{server.url}/finetune?{QUICK}&seed=3")
    page.wait_for_selector('[class*="st-key-confusion"]')


def picture(page):
    """The address of the first picture of the page."""
    return page.locator('[data-testid="stImage"] img').first.get_attribute("src")


def test_a_factor_of_the_toybox_changes_the_picture_and_lives_in_the_address(server, student):
    page = student()
    page.goto(f"{server.url}/toybox?toys=mug")
    page.wait_for_selector('.st-key-many_labels [data-testid="stImageCaption"] >> nth=17')
    before = picture(page)
    page.locator('.st-key-light input[type="range"]').press("ArrowRight")
    page.wait_for_url("**light=2*")
    page.wait_for_function(
        "before => document.querySelector('[data-testid=stImage] img')?.getAttribute('src') !== before", arg=before
    )
    after = picture(page)
    page.reload()
    page.wait_for_function(
        "after => document.querySelector('[data-testid=stImage] img')?.getAttribute('src') === after", arg=after
    )


def test_a_clip_plays_and_stands_still(server, student):
    page = student()
    page.goto(f"{server.url}/toybox")
    page.get_by_alt_text("The clip", exact=True).wait_for()
    page.get_by_text("Play", exact=True).click()
    page.locator('.st-key-frame input[type="range"]').wait_for()
    page.get_by_alt_text("Frame 1: The clip").wait_for()
    assert page.get_by_alt_text("The clip", exact=True).count() == 0


def test_one_toy_cannot_cross_another_and_says_so(server, student):
    page = student()
    page.goto(f"{server.url}/toybox?motion=crossing&clip_toys=1")
    page.get_by_text("two or more").wait_for()


def test_what_the_surroundings_give_away_is_closed_until_the_guess(server, student):
    page = student()
    page.goto(f"{server.url}/toybox")
    page.get_by_role("button", name="Skip", exact=True).wait_for()
    assert page.locator('[class*="st-key-cues_"]').count() == 0
    assert "Recorded" not in page.inner_text(".stMain")
    commit(page)
    page.wait_for_selector('[class*="st-key-cues_"] .js-plotly-plot')
    page.get_by_text(re.compile("Recorded")).wait_for()
    page.get_by_text(re.compile("Not here")).wait_for()


def test_the_trained_network_can_be_taken_home(server, student, tmp_path):
    """The file that the browser saves builds the network again."""
    from safetensors import safe_open

    from core.models.weights import from_arrays

    page = student()
    trained(page, f"{server.url}/finetune?{QUICK}&seed=5")
    page.get_by_role("tab", name="Take it home").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="The network (safetensors)").click()
    file = tmp_path / "network.safetensors"
    waiting.value.save_as(file)
    with safe_open(file, framework="numpy") as opened:
        recipe = json.loads(opened.metadata()["recipe"])
        network = from_arrays(recipe, {name: opened.get_tensor(name) for name in opened.keys()})  # noqa: SIM118
    assert network.classes == len(recipe["classes"]) == 10
