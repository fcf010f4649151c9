"""InfoNCE on chosen views: the loss by a slow formula, the bound, and windows and colours of photographs."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.learning.augment import ACROSS, AREA, DOWN, DRAWS, HUE, MIRROR, draws
from core.learning.fit import fit
from core.learning.probe import held_out
from core.methods.catalog import Options
from core.methods.infomin import ChosenViews, CropsAndColours, chosen_info_nce
from core.models.staged import build

OPTIONS = Options(augment="none", projection="linear", outputs=8)


def objective(pictures, others=None, made=ChosenViews, **how):
    network = build("labnet-fc7", 0, 0, size=48)
    return made(network, pictures, OPTIONS, others=others, mirrors=False, precision="float32", **how)


def pictures(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 48, 48, 3), dtype=np.uint8)


def test_the_loss_is_that_of_a_slow_formula_in_which_no_negative_is_the_positive():
    generator = torch.Generator().manual_seed(0)
    one, other = (F.normalize(torch.randn(6, 4, generator=generator, dtype=torch.float64), dim=1) for _ in range(2))
    total = 0.0
    for a, b in ((one, other), (other, one)):
        for k in range(6):
            positive = math.exp(3 * float(a[k] @ b[k]))
            negatives = [math.exp(3 * float(a[k] @ b[j])) for j in range(6) if j != k]
            assert len(negatives) == 5
            total -= math.log(positive / (positive + sum(negatives)))
    assert float(chosen_info_nce(one, other, torch.tensor(3.0))) == pytest.approx(total / 12)


def test_the_other_view_of_a_pair_pulls_and_those_of_other_pairs_push():
    one = F.normalize(torch.rand(4, 5, generator=torch.Generator().manual_seed(1)), dim=1).requires_grad_()
    chosen_info_nce(one, torch.eye(4, 5), torch.tensor(2.0)).backward()
    rises = one.grad[:, :4]  # the loss, as the view of a row moves towards the other view of a column
    own = torch.eye(4, dtype=torch.bool)
    assert (rises[own] < 0).all()
    assert (rises[~own] > 0).all()


@pytest.mark.parametrize("n", [2, 8, 32])
def test_the_estimate_never_exceeds_log_n_and_reaches_it_where_all_is_told(n):
    codes = F.normalize(torch.randn(n, 64, generator=torch.Generator().manual_seed(n)), dim=1)
    for scale in (0.1, 1.0, 50.0):
        estimate = math.log(n) - float(chosen_info_nce(codes, codes, torch.tensor(scale)))
        assert estimate <= math.log(n) + 1e-6
    assert estimate == pytest.approx(math.log(n), abs=1e-3)
    alike = codes[:1].expand(n, -1)
    assert math.log(n) - float(chosen_info_nce(alike, alike, torch.tensor(9.0))) == pytest.approx(0, abs=1e-5)


def test_of_gaussians_with_known_information_the_estimate_stays_below_it():
    """The optimal critic log p(y|x) / p(y), of 8 dimensions correlated by .8."""
    rho, d, n = 0.8, 8, 256
    information = -0.5 * d * math.log(1 - rho**2)
    chance, found = torch.Generator().manual_seed(0), []
    for _ in range(20):
        x = torch.randn(n, d, generator=chance)
        y = rho * x + math.sqrt(1 - rho**2) * torch.randn(n, d, generator=chance)
        log_ratio = -((y[None] - rho * x[:, None]) ** 2).sum(2) / (2 * (1 - rho**2)) + (y**2).sum(1) / 2
        found.append(math.log(n) - float(F.cross_entropy(log_ratio, torch.arange(n))))
    mean = float(np.mean(found))
    assert 0.85 * min(information, math.log(n)) < mean < min(information, math.log(n))


def test_the_metric_of_a_batch_is_log_n_less_the_loss():
    it = objective(pictures(6), pictures(6, 1))
    loss, metrics = it.loss(it.batch(torch.arange(6), draws(12, torch.Generator().manual_seed(0)).view(2, 6, DRAWS)))
    assert float(metrics["information"]) == pytest.approx(math.log(6) - float(loss.detach()))


def test_the_two_views_are_of_the_given_pictures_unmirrored():
    seen, others = pictures(4), pictures(4, 1)
    it = objective(seen, others)
    whole = (
        torch.full((2, 2, DRAWS), 0.5).index_fill(2, torch.tensor([AREA]), 1.0).index_fill(2, torch.tensor([MIRROR]), 0)
    )
    x = it.batch(torch.tensor([2, 0]), whole)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (it.network.preprocessing.mean, it.network.preprocessing.std))
    back = (x * std + mean).round().byte().permute(0, 2, 3, 1).numpy()
    assert np.array_equal(back, np.concatenate([seen[[2, 0]], others[[2, 0]]]))


def test_it_learns_to_tell_pairs_and_measures_others_without_learning_from_them():
    levels = np.linspace(20, 235, 24).round().astype(np.uint8)
    flat = np.broadcast_to(levels[:, None, None, None], (24, 48, 48, 3)).copy()
    it = objective(flat[::2], flat[::2])
    it.rate = 1e-2
    held = it.measuring(flat[1::2], flat[1::2], mirrors=False, precision="float32")
    probe = held_out(held, held.n)
    before = probe()["information"]
    rows = list(fit(it, steps=30, batch_size=12, seed=0))
    assert probe()["information"] > before + 0.3
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert held.scale is it.scale
    assert held.network is it.network
    assert probe()["information"] <= math.log(12)


def photographs(share, strength, seed=0):
    it = objective(pictures(5), made=CropsAndColours, share=share, strength=strength)
    chance = draws(5, torch.Generator().manual_seed(seed))
    pixels = torch.from_numpy(it.sources[0]).permute(0, 3, 1, 2).float()
    return pixels, it.view(pixels, chance), chance


def test_whole_pictures_without_other_colours_are_themselves():
    pixels, seen, _ = photographs(1.0, 0.0)
    # a window of the whole area is cut where it would be wider than the picture
    assert seen.shape == pixels.shape
    flat = torch.full((2, 3, 48, 48), 90.0)
    it = objective(pictures(2), made=CropsAndColours, share=0.3, strength=0.0)
    assert torch.allclose(it.view(flat, draws(2, torch.Generator().manual_seed(3))), flat, atol=0.01)


def test_each_window_has_the_share_of_the_area_whatever_is_drawn():
    """A ramp from left to right and one from top to bottom: the spans that are seen say how large the window is."""
    ramp = torch.linspace(0, 255, 48).expand(48, 48)
    both = torch.stack([ramp, ramp.T, ramp])[None].repeat(20, 1, 1, 1)
    it = objective(pictures(20), made=CropsAndColours, share=0.25, strength=0.0)
    chance = draws(20, torch.Generator().manual_seed(5))
    chance[:, [ACROSS, DOWN]] = 0.5
    seen = it.view(both, chance)
    spans = [(seen[:, k].amax((1, 2)) - seen[:, k].amin((1, 2))) / 255 for k in (0, 1)]
    assert torch.allclose(spans[0] * spans[1], torch.full((20,), 0.25), atol=0.03)


def test_the_stronger_the_further_the_colours_move():
    _, still, chance = photographs(0.5, 0.0)
    moved = [float((photographs(0.5, strength)[1] - still).abs().mean()) for strength in (0.0, 0.5, 1.0, 2.0)]
    assert moved == sorted(moved)
    assert moved[0] == 0 < moved[1] < moved[3]
    assert chance[:, AREA].std() > 0
    assert chance[:, MIRROR].std() > 0
    assert chance[:, HUE].std() > 0
