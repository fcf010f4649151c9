"""Oriented boundaries: that their angles move with the pictures, the loss against a slow formula, what is said of
strength and angle, and that it learns both.
"""

import numpy as np
import pytest
import torch

from core.learning.augment import DRAWS
from core.learning.boundaries import ods, orientation_error, skeletons, tallies, tangents, thinned
from core.learning.fit import fit
from core.methods.cob import ORIENTATIONS, ORIENTED, OrientedBoundaries, between, bins, strength_and_angles
from core.methods.sides import NARROW
from core.models.heads import attach
from core.models.staged import build

SIZE = 48


def tilted(n, seed=0):
    """Light squares, each turned by an angle of its own, on grey noise; where they end, two pixels wide."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    pictures, edges = np.zeros((n, SIZE, SIZE, 3), np.uint8), np.zeros((n, SIZE, SIZE), bool)
    for k in range(n):
        (y, x), angle, half = rng.uniform(18, 30, 2), rng.uniform(0, np.pi), rng.uniform(9, 13)
        along = np.cos(angle) * (columns - x) + np.sin(angle) * (rows - y)
        across = -np.sin(angle) * (columns - x) + np.cos(angle) * (rows - y)
        beside = np.maximum(np.abs(along), np.abs(across)) - half
        light = np.where(beside < 0, 200, 90) + rng.normal(0, 12, (SIZE, SIZE))
        pictures[k], edges[k] = light[..., None].clip(0, 255), np.abs(beside) <= 1
    return pictures, edges


def made(pictures, edges, **how):
    network = build("labnet", 0, 0, size=SIZE)
    return OrientedBoundaries(network, pictures, edges, precision="float32", **how)


def apart(one, other):
    """Radians between directions."""
    return np.abs((np.asarray(one) - np.asarray(other) + np.pi / 2) % np.pi - np.pi / 2)


def test_a_mirrored_picture_has_mirrored_boundaries_whose_angles_are_those_of_the_mirrored_truth():
    pictures, edges = tilted(4)
    objective = made(pictures, edges)
    for chance, sides in ((0.0, -1), (1.0, 1)):
        x, there, angles = objective.batch(torch.arange(4), torch.full((4, DRAWS), chance))
        mirrored = edges[:, :, ::sides]
        np.testing.assert_array_equal(there, mirrored)
        torch.testing.assert_close(x, objective.network.prepare(pictures[:, :, ::sides].copy()))
        assert apart(angles, tangents(mirrored))[mirrored].max() < 1e-4
        assert (angles >= 0).all()
        assert (angles <= np.pi).all()
    assert apart(tangents(edges)[:, :, ::-1], tangents(edges[:, :, ::-1]))[edges[:, :, ::-1]].mean() > 0.3


def test_a_direction_falls_into_the_bin_whose_middle_is_nearest():
    angles = torch.linspace(0, np.pi, 1000, dtype=torch.float64)
    found = bins(angles)
    middles = np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS
    np.testing.assert_array_equal(found, apart(angles[:, None], middles).argmin(1))
    assert bins(torch.tensor([0.0, 3.1, np.pi, np.pi / 2])).tolist() == [0, 0, 0, 4]


def test_what_is_said_lies_between_the_bins_also_across_the_end_of_the_half_circle():
    shares = torch.eye(ORIENTATIONS)[..., None, None]
    one_each = between(shares)[:, 0, 0]
    np.testing.assert_allclose(apart(one_each, np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS), 0, atol=1e-6)
    pairs = between((shares + shares.roll(1, 0)) / 2)[:, 0, 0]
    expected = (np.arange(ORIENTATIONS) - 0.5) * np.pi / ORIENTATIONS
    np.testing.assert_allclose(apart(pairs, expected), 0, atol=1e-6)


def test_the_loss_is_that_of_a_slow_formula():
    pictures, edges = tilted(3)
    objective = made(pictures, edges).eval()
    x, there, angles = batch = objective.batch(torch.arange(3), torch.ones(3, DRAWS))
    maps = objective.maps(x).detach().double().numpy()
    share, strength, orientation = there.double().mean().item(), 0.0, []
    for k, row, column in np.ndindex(*there.shape):
        odds, scores = maps[k, 0, row, column], maps[k, 1:, row, column]
        if there[k, row, column]:
            strength += 2 * (1 - share) * np.log1p(np.exp(-odds))
            nearest = round(angles[k, row, column].item() / np.pi * ORIENTATIONS) % ORIENTATIONS
            orientation.append(np.log(np.exp(scores).sum()) - scores[nearest])
        else:
            strength += 2 * share * np.log1p(np.exp(odds))
    loss, told = objective.loss(batch)
    assert told["strength_loss"].item() == pytest.approx(strength / there.numel(), rel=1e-4)
    assert told["orientation_loss"].item() == pytest.approx(np.mean(orientation), rel=1e-4)
    assert loss.item() == pytest.approx(strength / there.numel() + ORIENTED * np.mean(orientation), rel=1e-4)


def test_a_batch_without_a_boundary_has_a_loss():
    pictures, edges = tilted(2)
    loss, told = (objective := made(pictures, edges & False)).loss(objective.batch(torch.arange(2), torch.ones(2, 12)))
    assert torch.isfinite(loss)
    assert told["orientation_loss"] == 0


def test_it_begins_without_an_opinion_but_keeps_a_head_that_it_is_given():
    pictures, edges = tilted(2)
    objective = made(pictures, edges)
    assert objective.network.heads["fused"].convolution.weight.std().item() == pytest.approx(NARROW)
    network, widths = objective.network, [h.convolution.out_channels for h in list(objective.network.heads.values())]
    assert widths[-1] == 1 + ORIENTATIONS
    head = attach(network, "fused", "fusion", 5, inputs=16 * len(objective.stages), hidden=16, outputs=9)
    before = head.convolution.weight.clone()
    again = OrientedBoundaries(network, pictures, edges, precision="float32")
    torch.testing.assert_close(again.network.heads["fused"].convolution.weight, before)


def test_it_learns_where_boundaries_are_and_how_they_run_and_its_probe_says_so():
    objective, others = made(*tilted(32)), tilted(8, seed=1)
    probe = objective.held_out(*others)
    before = probe()["f"]
    *_, row = fit(objective, steps=40, batch_size=8, probes={"validation": probe})
    said = objective.said(others[0])
    assert said.shape == (8, 2, SIZE, SIZE)
    strength, angles = strength_and_angles(said)
    assert 0 <= strength.min() < strength.max() <= 1
    assert row["f"] == ods(tallies(thinned(strength, angles), skeletons(others[1])))
    assert before < 0.5 < 0.8 < row["f"]
    assert orientation_error(angles, tangents(others[1]), others[1]) < 25
