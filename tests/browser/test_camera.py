"""Own pictures without a zip: a made-up camera, loose files, dropped folders; and what is said where that fails."""

import re

import numpy as np
import pytest
from PIL import Image

from core.worlds.snapshots import MOST_CLASSES, MOST_PICTURES
from tests.app_server import FILMING, settled
from tests.browser.test_pages import commit
from tests.worlds.drawn import encoded, folder, jpeg

# Keeps what the page films with, to see that it is let go.
WATCH = """
window.filmed = [];
const media = navigator.mediaDevices, real = media && media.getUserMedia.bind(media);
if (media) media.getUserMedia = async wanted => {
  const stream = await real(wanted);
  filmed.push(...stream.getTracks());
  return stream;
};
"""


@pytest.fixture
def visitor(other_browsers):
    """visitor(*flags, width=1280, height=800, touch=False, permissions=()) → a page of a browser with these flags."""
    contexts = []

    def visit(*flags, width=1280, height=800, touch=False, permissions=()):
        context = other_browsers(*flags).new_context(
            viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch, permissions=[*permissions]
        )
        context.set_default_timeout(150_000)
        context.add_init_script(WATCH)
        contexts.append(context)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()


def bring(page, server, way, more=""):
    page.goto(f"{server.url}/finetune?data=upload&source=imagenet&bring={way}{more}")
    return settled(page)


def card(page, k):
    return page.locator("section.class").nth(k)


def snap(page, k, count):
    """Take so many snapshots one by one.

    Where a busy machine stretches a click beyond the 400 ms that make a press a hold, a burst begins; what it took too
    much is deleted again, as a student would.
    """
    thumbs = card(page, k).locator(".thumb")
    have = thumbs.count()
    for n in range(have + 1, have + count + 1):
        card(page, k).get_by_role("button", name=re.compile("^Snap")).click()
        thumbs.nth(n - 1).wait_for()
        page.wait_for_timeout(100)
        while thumbs.count() > n:
            thumbs.first.click()


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.timeout(400)
def test_two_names_ten_snapshots_each_are_trained_on(server, visitor):
    page = visitor(*FILMING, permissions=["camera"])
    bring(page, server, "camera", "&epochs=2&size=64")
    page.locator("video:visible").wait_for()
    use = page.get_by_role("button", name="Use these pictures")
    assert use.is_disabled()
    for k, name in enumerate(("mug", "my / spoon")):
        page.get_by_label(f"Name of class {k + 1}").fill(name)
        snap(page, k, 10)
        assert card(page, k).locator(".count").inner_text() == "10 pictures"
    use.click()
    page.wait_for_url("**data=upload%3A*")
    page.get_by_text("20 pictures of 2 classes: mug, my spoon").wait_for()
    assert "bring" not in page.url
    assert page.evaluate("filmed.length > 0 && filmed.every(track => track.readyState === 'ended')"), "the light is off"
    commit(page)
    page.locator(".st-key-start_finetune button").click()
    page.wait_for_selector('[class*="st-key-confusion"]', timeout=150_000)
    assert "Traceback" not in page.inner_text("body")


def test_a_held_button_takes_many_and_a_thumbnail_is_deleted(server, visitor):
    page = visitor(*FILMING, permissions=["camera"])
    bring(page, server, "camera")
    page.locator("video:visible").wait_for()
    snap(page, 0, 1)
    shoot = card(page, 0).get_by_role("button", name=re.compile("^Snap"))
    shoot.focus()
    page.keyboard.down("Space")
    card(page, 0).locator(".thumb >> nth=4").wait_for()
    page.keyboard.up("Space")
    page.wait_for_timeout(500)
    have = card(page, 0).locator(".thumb").count()
    page.wait_for_timeout(500)
    assert card(page, 0).locator(".thumb").count() == have, "let go, it takes no more"
    shoot.hover()
    page.mouse.down()
    card(page, 0).locator(f".thumb >> nth={have + 2}").wait_for()
    page.mouse.up()
    page.wait_for_timeout(500)
    have = card(page, 0).locator(".thumb").count()
    card(page, 0).get_by_role("button", name=re.compile("^Delete picture")).first.click()
    assert card(page, 0).locator(".thumb").count() == have - 1


LATE = """
const set = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject").set;
Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
  get() { return this.given ?? null; },
  set(stream) { this.given = stream; window.arrive = () => set.call(this, stream); },
});
"""


def test_snap_waits_for_the_cameras_first_picture_instead_of_losing_a_click(server, visitor):
    page = visitor(*FILMING, permissions=["camera"])
    page.add_init_script(LATE)
    bring(page, server, "camera")
    page.locator("video:visible").wait_for()
    button = card(page, 0).get_by_role("button", name=re.compile("^Snap"))
    button.wait_for()
    assert button.is_disabled()
    page.evaluate("arrive()")
    snap(page, 0, 1)


def test_what_was_taken_stays_when_the_way_is_changed_and_the_camera_is_let_go(server, visitor):
    page = visitor(*FILMING, permissions=["camera"])
    bring(page, server, "camera")
    page.locator("video:visible").wait_for()
    snap(page, 0, 3)
    page.get_by_role("radio", name="A zip").click()
    page.locator('[data-testid="stFileUploader"]').wait_for()
    page.wait_for_function("filmed.every(track => track.readyState === 'ended')")
    page.get_by_role("radio", name="Pictures").click()
    card(page, 0).locator(".thumb >> nth=2").wait_for()
    assert page.locator("video:visible").count() == 0


def test_on_a_phone_over_http_a_sentence_says_so_and_pictures_are_picked(server, visitor, tmp_path):
    """The address is a name that is not this computer's: the browser itself calls it insecure."""
    page = visitor("--host-resolver-rules=MAP class.test 127.0.0.1", width=380, height=740, touch=True)
    page.goto(f"http://class.test:{server.port}/finetune?data=upload&source=imagenet&bring=camera&epochs=2&size=64")
    settled(page)
    page.get_by_text("Browsers give their camera only to https addresses and to localhost.").wait_for()
    assert not page.evaluate("isSecureContext")
    assert page.get_by_role("button", name="Turn on the camera").is_hidden()
    for k in range(2):
        files = [tmp_path / f"{k} {n}.jpg" for n in range(6)]
        for n, file in enumerate(files):
            file.write_bytes(jpeg(10 * k + n, (900, 700)))
        (tmp_path / "words.jpg").write_bytes(b"no picture")
        one_by_one = card(page, k).locator('input[type="file"]').nth(1)
        assert one_by_one.get_attribute("capture") == "environment", "a phone opens its camera"
        assert card(page, k).get_by_role("button", name=re.compile("^Take a picture")).is_visible()
        one_by_one.set_input_files(files[0])
        card(page, k).locator(".thumb >> nth=0").wait_for()
        card(page, k).locator('input[type="file"]').first.set_input_files([*files[1:], tmp_path / "words.jpg"])
        card(page, k).locator(".thumb >> nth=5").wait_for()
    page.get_by_text("1 of 6 files could not be read: words.jpg.").wait_for()
    assert sideways(page) <= 0
    page.get_by_role("button", name="Use these pictures").click()
    page.get_by_text("12 pictures of 2 classes: Class 1, Class 2").wait_for()
    assert sideways(page) <= 0


def test_dropped_folders_become_classes(server, visitor, tmp_path):
    page = visitor()
    bring(page, server, "pictures")
    names = {"cats": 4, "dogs": 70, "owls": 1}
    folder(
        tmp_path,
        {f"{name}/{n}.jpg": jpeg(100 * k + n) for k, (name, count) in enumerate(names.items()) for n in range(count)},
    )
    hint = page.locator(".album .hint")
    hint.hover()  # waits until it no longer moves
    at = hint.bounding_box()
    drag = {"x": at["x"] + 5, "y": at["y"] + 5}
    drag["data"] = {"items": [], "files": [str(tmp_path / name) for name in names], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **drag})
    left_out = page.get_by_text("30 pictures were left out: a class holds 40 here")
    left_out.wait_for()
    page.get_by_role("radio", name="Camera").click()  # the page is drawn anew
    page.get_by_text("No camera was found").wait_for()
    left_out.wait_for()
    assert [page.get_by_label(f"Name of class {k}").input_value() for k in (1, 2, 3)] == list(names)
    assert [card(page, k).locator(".thumb").count() for k in range(3)] == [4, 40, 1]
    page.get_by_role("button", name="Remove owls").click()
    page.get_by_role("button", name="Use these pictures").click()
    page.get_by_text("44 pictures of 2 classes: cats, dogs").wait_for()


def test_equal_names_are_told_apart_here_and_by_the_server_and_no_picture_is_lost(server, visitor, tmp_path):
    page = visitor()
    bring(page, server, "pictures")
    for k in range(2):
        page.get_by_label(f"Name of class {k + 1}").fill(("Cat", "cat")[k])
        files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": jpeg(10 * k + n)} for n in range(3)]
        card(page, k).locator('input[type="file"]').first.set_input_files(files)
        card(page, k).locator(".thumb >> nth=2").wait_for()
    page.get_by_text("Two classes are called cat").wait_for()
    assert page.get_by_role("button", name="Use these pictures").is_disabled()
    page.get_by_label("Name of class 1").fill(
        "c:at"
    )  # told from "c at" here, but as the name of a folder they are equal
    page.get_by_label("Name of class 2").fill("c at")
    page.get_by_role("button", name="Use these pictures").click()
    page.get_by_text("photos=c at cannot be used: two classes have this name").wait_for()
    page.get_by_label("Name of class 1").fill("Cat")
    page.get_by_label("Name of class 2").fill("dog")
    page.get_by_role("button", name="Use these pictures").click()
    page.get_by_text("6 pictures of 2 classes: Cat, dog").wait_for()


@pytest.mark.timeout(400)
def test_the_largest_album_of_the_heaviest_pictures_arrives(server, visitor):
    """Noise packs worst. Streamlit hangs up on a browser that sends more than 25 MB at once."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (MOST_PICTURES, 384, 512, 3), dtype=np.uint8)
    page = visitor()
    bring(page, server, "pictures")
    for k in range(MOST_CLASSES):
        if k > 1:
            page.get_by_role("button", name="Add a class").click()
        pictures = [Image.fromarray(np.roll(picture, k, axis=1)) for picture in noise]  # no picture in two classes
        files = [
            {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": encoded(picture, quality=90)}
            for n, picture in enumerate(pictures)
        ]
        card(page, k).locator('input[type="file"]').first.set_input_files(files)
        card(page, k).locator(f".thumb >> nth={MOST_PICTURES - 1}").wait_for()
    assert page.get_by_role("button", name="Add a class").is_hidden()
    page.get_by_role("button", name="Use these pictures").click()
    told = page.get_by_text(f"{MOST_CLASSES * MOST_PICTURES} pictures of {MOST_CLASSES} classes")
    told.wait_for(timeout=300_000)  # thirty megabytes, on a machine that others use


# As a browser answers whose visitor says no; one without windows has nobody to ask.
DENIED = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };"


@pytest.mark.parametrize(
    ("flags", "sentence"), [((), "No camera was found"), (("--use-fake-device-for-media-stream",), "not allowed")]
)
def test_a_camera_that_is_missing_or_forbidden_is_one_sentence(server, visitor, flags, sentence):
    page = visitor(*flags)
    if flags:
        page.add_init_script(DENIED)
    bring(page, server, "camera")
    page.get_by_text(sentence).wait_for()
    assert card(page, 0).get_by_role("button", name=re.compile("^Add pictures")).is_visible()
    assert page.get_by_role("button", name="Turn on the camera").is_visible()


@pytest.mark.parametrize("way", ["zip", "pictures", "camera"])
def test_the_ways_to_bring_photos_fit_a_phone(server, visitor, way):
    page = visitor(*FILMING, width=380, height=740, touch=True, permissions=["camera"])
    bring(page, server, way)
    if way != "zip":
        card(page, 1).wait_for()
    assert sideways(page) <= 0
