"""One's own annotated pictures, and labels drawn on the Labels page, reach the systems of "In the wild"."""

import json
import re
import zipfile

import pytest

from tests.app_server import settled
from tests.browser.test_accessible import findings, fits, unfold
from tests.browser.test_labels import CIRCLE, drawn, ready, shown
from tests.browser.test_pages import commit
from tests.worlds.annotated_drawn import boxes_in, document, pairs, patched, pngs
from tests.worlds.drawn import classes, zipped

TRIANGLE = [[30, 10, 50, 10, 50, 30, 31, 33]]
CAT = boxes_in([30, 10, 20, 20])[0]
ROUND = 8


def with_boxes(n=8, **changes):
    return pngs(n) | {"a.json": document([CAT | {"image_id": k} for k in range(n)], n, **changes)}


def at(server, page, choices):
    page.goto(f"{server.url}/wild?{choices}")
    settled(page)
    commit(page)
    page.get_by_role("heading", name="Here, now").wait_for()
    settled(page)


def bring(page, file):
    page.locator('input[type="file"]').first.set_input_files(str(file))


def choose(page, words):
    page.get_by_role("radio", name=words, exact=True).click()
    settled(page)


def test_a_zip_in_the_form_of_coco_is_judged_for_each_system_before_anything_trains(server, student, tmp_path):
    page = student()
    at(server, page, "station=faster_rcnn")
    choose(page, "Your pictures …")
    page.get_by_text("a JSON file as COCO has it").first.wait_for()
    unfold(page)
    assert not findings(page)
    fits(page)
    bad = CAT | {"image_id": 1, "category_id": 99}
    files = with_boxes() | {"a.json": document([CAT | {"image_id": k} for k in range(8)] + [bad], 8)}
    bring(page, zipped(tmp_path / "cats.zip", files))
    page.wait_for_url("**data=upload%3A*")
    page.get_by_text("It learns from 5 of them, and is tested on 2 others").wait_for()
    page.get_by_text("Left out, with the reason (1)").wait_for()
    settled(page)
    assert page.get_by_role("button", name="Train both").is_enabled()
    own = re.search("data=(upload[^&]*)", page.url)[1]
    at(server, page, f"station=fcn&data={own}")
    page.get_by_text("FCN needs a mask of each thing; these pictures have only boxes").wait_for()
    assert page.get_by_role("button", name="Train both").count() == 0
    unfold(page)
    assert not findings(page)
    at(server, page, f"station=cob&data={own}")
    page.get_by_text("COB takes no pictures of your own").wait_for()
    assert page.get_by_role("button", name="Train both").is_enabled(), "on its own scenes"


UNUSABLE = {
    "cut_off": (pngs() | {"annotations.json": document([CAT])[:300]}, "annotations.json, broken JSON in line 1"),
    "lists": (with_boxes(categories=7), "a.json, it has no list of categories"),
    "two": (with_boxes(2), "three different pictures at least are needed"),
    "alone": ({"a.json": document([CAT])}, "a.json: images[0], there is no picture 0.png"),
}


def test_annotations_that_cannot_be_used_are_one_sentence_with_file_and_entry(server, student, tmp_path):
    page = student()
    at(server, page, "station=faster_rcnn&data=upload")
    for name, (files, said) in UNUSABLE.items():
        bring(page, zipped(tmp_path / f"{name}.zip", files))
        problem = page.get_by_test_id("stAlert").filter(has_text=said)
        problem.wait_for()
        assert problem.inner_text().strip().endswith(".")
        assert f"{name}.zip cannot be used: " in problem.inner_text()
        settled(page)
        assert page.locator('input[type="file"]').count() == 1, "the next zip can be brought"
        assert page.get_by_role("button", name="Train both").count() == 0


def test_folders_of_classes_say_nothing_of_where_and_pairs_are_enough_for_driu(server, student, tmp_path):
    page = student()
    at(server, page, "station=fcn&data=upload")
    bring(page, zipped(tmp_path / "pets.zip", classes({"cats": 4, "dogs": 4})))
    page.get_by_text("FCN needs pictures with masks; these lie in class folders").wait_for()
    at(server, page, "station=driu&data=upload")
    bring(page, zipped(tmp_path / "few.zip", pairs(*[patched((255, 30, 10, 50, 30))] * 3)))
    page.get_by_text("DRIU needs 2 pictures to learn from and 2 to test on; bring 8 or more.").wait_for()
    choose(page, "Drawn retinas")
    page.get_by_role("button", name="Train both").wait_for()


def test_drawn_outlines_are_saved_as_coco_has_them_and_train_an_fcn(server, student, tmp_path):
    page = student()
    page.goto(f"{server.url}/labels?pictures={ROUND}")
    settled(page)
    commit(page)
    shown(page)
    page.get_by_role("radio", name="3 · Outline").click()
    ready(page, "Draw its outline")
    for k in range(ROUND):
        page.locator(".labelling .count").get_by_text(f"Picture {k + 1} of {ROUND}").wait_for()
        page.locator(".labelling .clock").get_by_text(re.compile("0[.][1-9]|[1-9]")).wait_for()
        drawn(page, CIRCLE)
        page.get_by_role("button", name="Next").click()
    page.get_by_text(f"Draw {ROUND} boxes in a round: 0 are there.").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Your outlines, as COCO has them").click()
    download.value.save_as(tmp_path / "drawn.zip")
    with zipfile.ZipFile(tmp_path / "drawn.zip") as archive:
        kept = json.loads(archive.read("annotations.json"))
    assert len(kept["images"]) == len(kept["annotations"]) == ROUND
    assert len(kept["categories"]) == 4
    left, top, width, height = kept["annotations"][0]["bbox"]
    assert (left, top) == pytest.approx((0.25 * 384, 0.2 * 384), abs=4), "where it was drawn"
    assert (width, height) == pytest.approx((0.5 * 384, 0.6 * 384), abs=4)
    settled(page)
    unfold(page)
    assert not findings(page)
    page.get_by_role("button", name=f"Train it on your {ROUND} outlines").click()
    page.wait_for_url("**/wild?station=fcn&data=upload%3A*")
    settled(page)
    commit(page)
    page.get_by_text(re.compile("It learns from 5 of them, and is tested on 2 others")).wait_for()
    page.get_by_role("button", name="Train both").wait_for()
    assert page.get_by_role("radio", name="Your pictures", exact=True).is_checked()
