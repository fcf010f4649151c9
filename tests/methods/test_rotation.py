"""The rotation task: each picture is turned as its label says, and the loop sees what turned pictures would show it."""

import numpy as np
import pytest

from core.learning.fit import fit
from core.learning.supervised import Supervised
from core.methods.rotation import TURNS, Rotation, turned
from core.models.staged import build
from core.models.states import freeze

RATES = {"head_rate": 1e-3, "body_rate": 1e-3}


def test_a_corner_goes_where_the_turns_bring_it():
    marked, turns = np.zeros((40, 8, 8, 3), np.uint8), np.arange(40) % TURNS
    marked[:, 0, 0] = 255
    corner = {0: (0, 0), 1: (7, 0), 2: (7, 7), 3: (0, 7)}
    for picture, turn in zip(turned(marked, turns), turns, strict=True):
        assert picture[corner[turn]].all()


@pytest.mark.parametrize("states", [("new",) * 8, ("frozen",) * 3 + ("new",) * 5], ids=["scratch", "frozen prefix"])
def test_the_loop_sees_what_pictures_that_were_turned_before_would_show_it(states):
    pictures = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
    turns, found = np.arange(12) % TURNS, []
    for method, shown in ((Rotation, pictures), (Supervised, turned(pictures, turns))):
        network = freeze(build("labnet", TURNS, 0, size=32), states)
        objective = method(network, (shown, turns), precision="float32", cache=False, **RATES)
        found.append([row["loss"] for row in fit(objective, steps=5, batch_size=4)])
    assert found[0] == found[1]
