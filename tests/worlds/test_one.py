"""One picture by its address: of a world by number, or somebody's own."""

import io

import numpy as np
import pytest
from PIL import Image

from core.runs.settings import Refused
from core.worlds import open_world
from core.worlds.decode import square
from core.worlds.one import absolute_one, fingerprint_one, is_of, label_of, read_one
from core.worlds.photos import photograph
from core.worlds.uploads import forget, store_picture


def test_a_picture_of_a_world_is_named_by_its_number():
    digits = open_world("digits")
    assert np.array_equal(read_one("digits#7", 32), digits.pictures([7], 32)[0])
    assert label_of("digits#7") == digits.classes[digits.labels[7]]
    assert absolute_one("digits#007") == "digits#7", "one picture has one address"
    assert fingerprint_one("digits#7") != fingerprint_one("digits#8")
    with pytest.raises(Refused, match="pictures 0 to"):
        read_one(f"digits#{len(digits)}", 32)


def test_an_own_picture_has_no_class_and_may_be_forgotten(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSFERLAB_HOME", str(tmp_path))
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(file, "PNG")
    address = store_picture(file.getvalue())
    assert (read_one(address, 16) == [200, 30, 30]).all()
    assert label_of(address) == ""
    forget([address])
    with pytest.raises(Refused, match="deleted"):
        read_one(address, 16)


def test_a_bundled_photograph_is_whole():
    picture = read_one("photograph:coffee", 224)
    assert picture.shape == (224, 224, 3)
    assert np.array_equal(picture, square(photograph("coffee"), 224))
    assert label_of("photograph:coffee") == "coffee"
    assert fingerprint_one("photograph:coffee") != fingerprint_one("photograph:cat")


def test_a_picture_belongs_to_the_world_that_it_is_taken_from():
    upload = f"upload:{'a' * 64}"
    assert is_of(f"{upload}#3", upload)
    assert is_of(f"half:a:random-0:{upload}#12", upload)
    assert not is_of(f"upload:{'b' * 64}#3", upload)
