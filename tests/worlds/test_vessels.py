"""Drawn retinas: the same for the same number, dark thin vessels that the mask knows, parts that share no picture."""

import numpy as np
import pytest

from core.worlds import fingerprint, open_world
from core.worlds.splits import split
from core.worlds.vessels import SIDE, cloud, retina


def test_a_retina_depends_on_its_number_alone_and_its_vessels_are_darker_than_what_is_beside_them():
    picture, mask = retina(7)
    assert picture.shape == (SIDE, SIDE, 3)
    assert mask.shape == (SIDE, SIDE)
    assert set(np.unique(mask)) == {0, 1}
    np.testing.assert_array_equal(picture, retina(7)[0])
    assert (retina(8)[1] != mask).any()
    assert 0.02 < mask.mean() < 0.25
    down, across = np.mgrid[:SIDE, :SIDE]
    inside = np.hypot(across - SIDE / 2, down - SIDE / 2) < 0.4 * SIDE
    green = picture[..., 1].astype(float)
    assert green[inside & (mask == 0)].mean() - green[inside & (mask > 0)].mean() > 15
    assert not mask[np.hypot(across - SIDE / 2, down - SIDE / 2) > 0.49 * SIDE].any(), "nothing beside the eye"


def test_the_world_reads_them_whole_and_small_and_parts_share_no_picture():
    world = open_world("vessels")
    parts = split(world)
    assert [len(part) for part in (parts.train, parts.validation, parts.test)] == [20, 4, 10]
    full, _ = world.read_full(int(parts.test[0]))
    small = world.pictures(parts.test[:2], 64)
    assert small.shape == (2, 64, 64, 3)
    assert abs(small[0].astype(int).mean() - full.astype(int).mean()) < 3
    first, other = (world.read_full(int(part[0]))[1] for part in (parts.train, parts.test))
    assert (first != other).mean() > 0.02
    assert fingerprint("vessels") == world.fingerprint
    assert world.knows == ("masks",)


def test_noise_is_smooth_and_as_large_as_the_picture():
    noise = cloud(np.random.default_rng(0), 4)
    assert noise.shape == (SIDE, SIDE)
    assert abs(np.diff(noise, axis=0)).max() < 0.1 < noise.std()
    assert noise.mean() == pytest.approx(0, abs=0.5)
