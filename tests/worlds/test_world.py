"""The table of worlds: what every embedded world promises, and what an unknown address is told."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.runs.settings import Refused
from core.worlds import EMBEDDED, WORLDS, fingerprint, open_world, prepare
from core.worlds.splits import budget, split
from tests.worlds.drawn import classes, folder

ROOT = Path(__file__).parents[2]
# a new embedded world cannot land untested
VIEWED = {
    "style": "style:night:toybox:a",
    "half": "half:b:random-0:digits",
    "few": "few:9:0:digits",
    "task": "task:room:toybox:a",
    "cue": "cue:shadow:toybox:a",
    "frame": "frame:1:toybox:a",
    "twin": "twin:background:toybox:a",
}
ADDRESSES = [VIEWED.get(scheme, scheme) for scheme in WORLDS if scheme not in ("upload", "torchvision")]


@pytest.fixture(scope="module", params=ADDRESSES)
def world(request):
    return open_world(request.param)


def test_the_attributes_fit_together(world):
    n = len(world.labels)
    assert n == len(world) > 0
    assert world.labels.dtype == np.int64
    assert set(world.labels.tolist()) == set(range(len(world.classes)))
    assert len(set(world.classes)) == len(world.classes)
    assert world.given is None or len(world.given) == n
    assert world.groups is None or len(world.groups) == n
    assert world.address in ADDRESSES
    assert world.name


def test_the_fingerprint_is_known_without_opening(world):
    assert world.fingerprint == fingerprint(world.address)


def test_read_gives_square_rgb_in_order(world):
    indices = np.random.default_rng(0).permutation(len(world))[:5]
    pictures = world.pictures(indices, 32)
    assert (pictures.shape, pictures.dtype) == ((5, 32, 32, 3), np.uint8)
    for k, index in enumerate(indices):
        np.testing.assert_array_equal(pictures[k], world.pictures([index], 32)[0])
    assert len({picture.tobytes() for picture in pictures}) == 5
    assert world.pictures(np.array([], int), 16).shape == (0, 16, 16, 3)


def test_a_world_is_the_same_when_opened_again(world):
    again = open_world(world.address)
    np.testing.assert_array_equal(again.labels, world.labels)
    np.testing.assert_array_equal(again.pictures([3, 1], 24), world.pictures([3, 1], 24))


def test_people_see_more_pixels(world):
    shown = world.show(0, 160)
    assert max(shown.shape[:2]) == 160
    assert (shown.ndim, shown.shape[2], shown.dtype) == (3, 3, np.uint8)


def test_every_class_is_in_every_part_and_budgets_can_be_drawn(world):
    parts = split(world)
    for part in vars(parts).values():
        assert set(world.labels[part]) == set(range(len(world.classes)))
    assert len(budget(world, parts.train, 5, seed=0)) == 5 * len(world.classes)


@pytest.mark.parametrize("address", ["", "toybx", "C:\\nowhere", "/nowhere/at/all", "http://pictures", "a\0b"])
def test_an_unknown_address_names_the_worlds_there_are(address):
    for ask in (open_world, fingerprint, lambda unknown: list(prepare(unknown))):
        with pytest.raises(Refused) as refused:
            ask(address)
        assert refused.value.setting == "data"
        assert EMBEDDED in str(refused.value)
        assert str(refused.value).endswith("the path of a folder or zip with one folder of pictures per class.")


@pytest.mark.parametrize("address", ["digits:7", "photos:cat"])
def test_worlds_without_parts_say_so(address):
    with pytest.raises(Refused, match=r"without a part\.$"):
        fingerprint(address)


def test_embedded_worlds_need_no_preparation():
    assert list(prepare("digits")) == list(prepare("photos")) == []


def test_fingerprints_and_worlds_import_nothing_heavy(tmp_path):
    addresses = ["digits", "photos", folder(tmp_path / "mine", classes({"a": 2, "b": 2}))]
    code = (
        "import sys; from core.worlds import fingerprint, open_world; import core.worlds.splits, core.worlds.uploads\n"
        f"for address in {addresses!r}: fingerprint(address), open_world(address).pictures([0], 32)\n"
        "print(set(sys.modules) & {'torch', 'torchvision', 'sklearn', 'skimage', 'scipy', 'streamlit'})"
    )
    environment = {"TRANSFERLAB_HOME": str(tmp_path / "home"), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
