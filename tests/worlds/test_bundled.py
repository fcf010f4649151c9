"""The worlds inside installed packages: the files are there, and tests share nothing with training."""

import numpy as np
import pytest

from core.worlds.bundled import package_file
from core.worlds.digits import open_digits
from core.worlds.photos import MARGIN, PHOTOGRAPHS, open_photos, photograph, tiles_of
from core.worlds.splits import split
from core.worlds.world import TEST, TRAIN, VALIDATION


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    theirs, ours = load_digits(), open_digits("digits")
    np.testing.assert_array_equal(ours.labels, theirs.target)
    grey = ours.pictures(range(50), 8)[..., 0]
    np.testing.assert_allclose(grey, theirs.images[:50] * 255 / 16, atol=0.51)


def test_a_missing_file_of_a_package_is_said():
    with pytest.raises(FileNotFoundError, match=r"no data/nothing\.png in the package skimage"):
        package_file("skimage", "data", "nothing.png")
    with pytest.raises(FileNotFoundError, match="no a in the package no_such_package"):
        package_file("no_such_package", "a")


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_tiles_of_different_parts_are_apart(name):
    owner = np.full(photograph(name).size[::-1], -1)
    tiles = tiles_of(name)
    for tile in tiles:
        left, top, right, bottom = tile.box
        assert right - left == bottom - top >= 40
        inside = owner[top:bottom, left:right]
        assert inside.shape == (bottom - top, right - left)
        assert np.isin(inside, (-1, tile.cell)).all()
        inside[:] = tile.cell
    for tile in tiles:
        left, top, right, bottom = tile.box
        around = owner[max(0, top - 2 * MARGIN) : bottom + 2 * MARGIN, max(0, left - 2 * MARGIN) : right + 2 * MARGIN]
        assert np.isin(around, (-1, tile.cell)).all()


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_cell_belongs_to_one_part_and_every_part_has_cells(name):
    tiles = tiles_of(name)
    cells = {(tile.cell, tile.part) for tile in tiles}
    assert len({cell for cell, _ in cells}) == len(cells)
    assert {part for _, part in cells} == {TRAIN, VALIDATION, TEST}
    assert len({tile.box for tile in tiles}) > 0.9 * len(tiles)


def test_photos_keep_their_own_split_and_know_their_cells():
    world = open_photos("photos")
    parts = split(world)
    np.testing.assert_array_equal(parts.test, np.flatnonzero(world.given == TEST))
    np.testing.assert_array_equal(parts.validation, np.flatnonzero(world.given == VALIDATION))
    assert not set(world.groups[parts.train]) & set(world.groups[parts.test])
    assert len(world.classes) >= 6


def test_photos_can_be_told_apart_by_their_colours_better_than_by_chance_but_not_perfectly():
    world = open_photos("photos")
    parts = split(world)
    seen, asked = (world.pictures(part, 8).reshape(len(part), -1, 3) for part in (parts.train, parts.test))
    mean_colour = [np.concatenate([x.mean(1), x.std(1)], 1) for x in (seen, asked)]
    nearest = ((mean_colour[1][:, None] - mean_colour[0][None]) ** 2).sum(-1).argmin(1)
    accuracy = (world.labels[parts.train][nearest] == world.labels[parts.test]).mean()
    assert 0.3 < accuracy < 0.95
