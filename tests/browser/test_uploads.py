"""A zip is looked through while others go on: progress, time left, Stop, and what is left behind."""

import hashlib
import re
import shutil
import time
import zipfile

import pytest
from PIL import Image

from tests.app_server import settled
from tests.browser.test_pages import photos
from tests.worlds.drawn import encoded

UPLOAD = "finetune?data=upload&source=imagenet"
MANY = 1500  # some minutes of work, which nobody waits for


@pytest.fixture(scope="module")
def large_zip(tmp_path_factory):
    """Pictures of 12 megapixels that are small files, and take their time to decode."""
    file = tmp_path_factory.mktemp("photos") / "holiday.zip"
    different = [encoded(Image.new("RGB", (4000, 3000), (9 * k, 99, 250 - 9 * k)), "PNG") for k in range(8)]
    with zipfile.ZipFile(file, "w") as archive:
        for k in range(MANY):
            archive.writestr(f"{'sea' if k % 2 else 'hills'}/{k}.png", different[k % 8])
    return file


def bring(page, file):
    page.locator('input[type="file"]').first.set_input_files(str(file))


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def gone(places, patience=10.0):
    """What is still there after so many seconds."""
    end = time.monotonic() + patience
    while (left := places()) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def test_progress_is_shown_others_are_not_held_up_and_stop_leaves_nothing_behind(server, student, large_zip, tmp_path):
    page = student()
    page.goto(f"{server.url}/{UPLOAD}")
    settled(page)
    bring(page, large_zip)
    going_on = page.get_by_text(re.compile(rf"\d+ of {MANY} pictures looked through · about \d+ (s|min) left"))
    going_on.wait_for(timeout=150_000)  # the first run of a server waits for its workers
    kept, copies = server.home / "uploads" / f"{digest(large_zip)}.zip", server.home / "cache" / "pictures"
    assert kept.exists()
    other = student()
    other.goto(f"{server.url}/toybox")
    other.wait_for_selector('[data-testid="stImage"] img')
    assert going_on.is_visible(), "others are served meanwhile"
    assert page.locator('input[type="file"]').count() == 0, "the file is not held twice"
    page.locator(".st-key-stop_looking button").click()
    page.get_by_text("Stopped. Nothing of your photos was kept.").wait_for()
    assert gone(lambda: [kept] if kept.exists() else []) == []  # others share this server: their photos stay
    assert gone(lambda: [*copies.glob(f"*{kept.stem}*"), *copies.glob(".draft-*")]) == []
    small = tmp_path / "pets.zip"
    small.write_bytes(photos(each=4, seed=7))
    bring(page, small)
    page.wait_for_url("**data=upload%3A*")
    page.wait_for_selector("text=class 0, class 1")
    assert page.get_by_text("Stopped.").count() == 0


def test_what_is_refused_is_not_kept_and_the_box_is_there_again(server, student, tmp_path):
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    one.write_bytes(photos(classes=1, each=5, seed=8))
    two.write_bytes(photos(each=5, seed=8))
    page = student()
    page.goto(f"{server.url}/{UPLOAD}")
    settled(page)
    before = set((server.home / "uploads").iterdir())
    bring(page, one)
    page.get_by_text("one.zip cannot be used: pictures of two classes are needed").wait_for()
    assert gone(lambda: set((server.home / "uploads").iterdir()) - before) == set()
    bring(page, two)
    page.wait_for_url("**data=upload%3A*")
    page.wait_for_selector("text=class 0, class 1")


def test_copies_that_were_deleted_to_save_room_are_made_again_on_the_page(server, student, tmp_path):
    file = tmp_path / "pets.zip"
    file.write_bytes(photos(each=5, seed=9))
    page = student()
    page.goto(f"{server.url}/{UPLOAD}")
    settled(page)
    bring(page, file)
    page.wait_for_url("**data=upload%3A*")
    page.wait_for_selector("text=class 0, class 1")
    shutil.rmtree(server.home / "cache" / "pictures")
    page.reload()
    page.wait_for_selector("text=class 0, class 1")
    assert list((server.home / "cache" / "pictures").glob("upload-*"))
