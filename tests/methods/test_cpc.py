"""CPC: who sees what, which are the negatives, and what InfoNCE finds where the information is known."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.learning.fit import fit
from core.methods.catalog import PATCHED
from core.methods.cpc import CPC, FramesCPC, bound, flat, no_negatives, similarities
from core.methods.cpc_choices import choosing, questions, scores
from core.methods.cpc_sequence import (
    LATENT,
    RHO,
    SequenceCPC,
    best_scores,
    information,
    latent_read,
    measured,
    which,
)
from core.models.patchnet import ACROSS, Cut, Joined
from core.models.staged import build
from core.runs.settings import Refused

SIZE, SIDE = 32, 8


@dataclasses.dataclass(frozen=True)
class Chosen:
    augment: str = "none"
    patch_augment: str = "none"
    directions: int = 1
    drawn_from: str = "all"
    temperature: float = 0.1
    seed: int = 0


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, SIZE, SIZE, 3), dtype=np.uint8)


def made(network="patch_labresnet_layer", n=6, mirrors=True, **options):
    return CPC(build(network, 0, 0, size=SIZE), noise(n), Chosen(**options), mirrors=mirrors, precision="float32")


def of_clips(n=5):
    return FramesCPC(build("labresnet", 0, 0, size=SIZE), noise(n, 4), Chosen(), precision="float32")


def first_batch(objective, n=4):
    _, drawn = next(objective.order(1, n, 0))
    return objective.batch(torch.arange(n), drawn)


# Who sees what.


@pytest.mark.parametrize("columns", [ACROSS, 1])
def test_a_prediction_never_sees_its_target_nor_anything_below_its_row(columns):
    objective = made() if columns > 1 else of_clips()
    z = torch.randn(2, 128, 4, columns, requires_grad=True)
    predicted = objective.predictions(z)
    for k, row, column in itertools.product(range(3), range(4), range(columns)):
        (found,) = torch.autograd.grad(predicted[k, 0, :, row, column].square().sum(), z, retain_graph=True)
        assert found[0, :, : row + 1].abs().max() > 0
        assert (found[0, :, row + 1 :] == 0).all(), "what lies below, and so what is to be predicted"
        assert (found[1] == 0).all(), "of another picture"


@pytest.mark.parametrize("direction", range(4))
def test_in_each_direction_the_loss_compares_with_what_lies_ahead(direction):
    objective = made(directions=4, n=3)
    z = torch.randn(3, 128, 4, 4)
    objective.codes = lambda x: z
    own = []
    objective.predictions = lambda seen, d=0: own.append(seen) or torch.zeros(3, 3, 128, 4, 4)
    objective.loss((None, torch.arange(3)))
    ahead = {0: z, 1: z.transpose(2, 3).flip(2), 2: z.flip(2, 3), 3: z.transpose(2, 3).flip(3)}[direction]
    torch.testing.assert_close(own[direction], ahead)


@pytest.mark.parametrize("network", PATCHED)
def test_a_patch_is_encoded_by_itself(network):
    objective = made(network)
    objective.eval()
    x = torch.randn(2, 3, SIZE, SIZE, requires_grad=True)
    for row, column in ((0, 0), (2, 1), (3, 3)):
        (found,) = torch.autograd.grad(objective.codes(x)[0, :, row, column].square().sum(), x)
        inside = torch.zeros(2, 1, SIZE, SIZE, dtype=torch.bool)
        inside[0, :, SIDE * row : SIDE * (row + 1), SIDE * column : SIDE * (column + 1)] = True
        assert found[inside.expand_as(found)].abs().max() > 0
        assert (found[~inside.expand_as(found)] == 0).all()


def test_batchnorm_tells_patches_of_one_another_while_it_trains_and_layer_norm_does_not():
    for network, told in (("patch_labresnet", True), ("patch_labresnet_layer", False)):
        objective = made(network)
        objective.train()
        x = torch.randn(2, 3, SIZE, SIZE, requires_grad=True)
        (found,) = torch.autograd.grad(objective.codes(x)[0, :, 0, 0].square().sum(), x)
        assert (found[1].abs().max() > 0) == told


def test_patches_are_cut_row_by_row_and_joined_again():
    x = torch.randn(3, 5, 16, 8)
    patches = Cut()(x)
    for n, row, column in itertools.product(range(3), range(4), range(4)):
        own = x[n, :, 4 * row : 4 * row + 4, 2 * column : 2 * column + 2]
        assert torch.equal(patches[16 * n + 4 * row + column], own)
    assert torch.equal(Joined()(patches), x)


def test_each_patch_changes_by_a_chance_of_its_own():
    objective, same = made(patch_augment="flip"), made()
    drawn = next(objective.order(1, 6, 0))[1]
    changed, plain = (Cut()(one.batch(torch.arange(6), drawn)[0]) for one in (objective, same))
    mirrored = [bool((a == b.flip(2)).all()) for a, b in zip(changed, plain, strict=True)]
    kept = [bool((a == b).all()) for a, b in zip(changed, plain, strict=True)]
    assert all(a != b for a, b in zip(mirrored, kept, strict=True))
    assert all(0 < sum(mirrored[16 * k : 16 * k + 16]) < 16 for k in range(6)), "within one picture both"
    still = made(patch_augment="flip", mirrors=False)
    assert torch.equal(still.batch(torch.arange(6), drawn)[0], same.batch(torch.arange(6), drawn)[0])


def test_whole_pictures_that_see_all_patches_are_refused():
    with pytest.raises(Refused, match="patch by patch"):
        CPC(build("labresnet", 0, 0, size=SIZE), noise(4), Chosen(), precision="float32")


# Which are the negatives.


def slow(z, predicted, pictures, options):
    """The loss in plain loops, places as (picture, row, column), of one direction."""
    n, _, rows, columns = z.shape
    places = list(itertools.product(range(n), range(rows), range(columns)))
    code = {p: F.normalize(z[p[0], :, p[1], p[2]], dim=0) for p in places}
    losses = []
    for k in range(1, rows):
        own = []
        for picture, row, column in ((p, r, c) for p, r, c in places if r + k < rows):
            target = (picture, row + k, column)
            asked = F.normalize(predicted[k - 1, picture, :, row, column], dim=0)
            taken = {
                "all": lambda p, picture=picture: True,
                "same": lambda p, picture=picture: pictures[p[0]] == pictures[picture],
                "others": lambda p, picture=picture: pictures[p[0]] != pictures[picture],
            }[options.drawn_from]
            wrong = [p for p in places if taken(p) and (pictures[p[0]], *p[1:]) != (pictures[picture], *target[1:])]
            logits = torch.stack([asked @ code[p] / options.temperature for p in (target, *wrong)])
            own.append(-logits.log_softmax(0)[0])
        losses.append(torch.stack(own).mean())
    return torch.stack(losses).mean()


@pytest.mark.parametrize("drawn_from", ["all", "same", "others"])
@pytest.mark.parametrize("pictures", [(0, 1, 2), (7, 3, 7)])
def test_the_loss_is_that_of_plain_loops(drawn_from, pictures):
    objective = made(n=3, drawn_from=drawn_from).double()
    z = torch.randn(3, 128, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    objective.codes = lambda x: z
    found, _ = objective.loss((None, torch.tensor(pictures)))
    torch.testing.assert_close(found, slow(z, objective.predictions(z), pictures, objective.options))


@pytest.mark.parametrize("drawn_from", ["all", "same", "others"])
def test_negatives_never_contain_the_positive_nor_its_twin(drawn_from):
    pictures, candidates = torch.tensor([5, 5, 8]), torch.zeros(48, 2)
    own = torch.arange(48)
    out = no_negatives(own, pictures, candidates, drawn_from)
    same_place = own[:, None] % 16 == own[None] % 16
    twin = (pictures[own // 16][:, None] == pictures[own // 16][None]) & same_place & (own[:, None] != own[None])
    assert twin.sum() == 32
    assert out[twin].all()
    assert not out.diagonal().any(), "the positive itself stays in the sum"


@pytest.mark.parametrize(("drawn_from", "count"), [("all", 48), ("same", 16), ("others", 33)])
def test_codes_that_are_all_one_point_lose_the_logarithm_of_their_number(drawn_from, count):
    objective = made(n=3, drawn_from=drawn_from)
    objective.codes = lambda x: torch.ones(3, 128, 4, 4)
    objective.predictions = lambda z, d=0: torch.ones(3, 3, 128, 4, 4)
    assert float(objective.loss((None, torch.arange(3)))[0]) == pytest.approx(math.log(count), abs=1e-4)


def test_clips_are_compared_frame_by_frame():
    objective = of_clips()
    x, _ = first_batch(objective)
    z = objective.codes(x)
    assert z.shape == (4, 128, 4, 1)
    objective.eval()
    alone = objective.codes(x)[2, :, 1, 0]
    torch.testing.assert_close(objective.codes(x[2:3])[0, :, 1, 0], alone, rtol=1e-3, atol=1e-4)
    assert [row["loss"] for row in fit(objective, steps=2, batch_size=4)][-1] > 0


# Which of four?


def test_one_of_four_is_the_patch_below_and_the_others_are_neither_it_nor_seen():
    asked = questions(50, 4, 4)
    assert asked.row == 2
    pictures, within = asked.candidates // 16, asked.candidates % 16
    for k in range(50):
        right = int(asked.answers[k])
        assert pictures[k, right] == k
        assert within[k, right] == 4 * asked.row + asked.columns_asked[k]
        others = [c for c in range(4) if c != right]
        (mine,) = [c for c in others if pictures[k, c] == k]
        assert within[k, mine] >= 4 * asked.row
        assert within[k, mine] != within[k, right]
        assert len(set(pictures[k].tolist())) == 3
        assert all(within[k, c] == within[k, right] for c in others if c != mine)
    assert torch.bincount(asked.answers, minlength=4).min() >= 5


def test_who_predicts_the_right_code_is_right_and_who_does_not_look_is_at_chance():
    objective = made(n=80)
    asked = questions(80, 4, 4)
    z = torch.randn(80, 128, 4, 4, generator=torch.Generator().manual_seed(0))
    given = iter([z[:64], z[64:]])
    objective.codes = lambda x: next(given)
    below = torch.cat([z[:, :, 1:], z[:, :, :1]], 2)
    objective.predictions = lambda seen: below[None]
    assert (scores(objective, asked).argmax(1) == asked.answers).all()
    untrained = choosing(made(n=80))()
    assert untrained["bound"] < math.log(4)
    assert 0.05 < untrained["accuracy"] < 0.6


# What is known of the sequence.


def test_the_information_is_that_of_the_covariances():
    for offset in (1, 3):
        kept = RHO**offset
        joint = torch.tensor([[1, kept], [kept, 1]], dtype=torch.float64)
        assert information(offset) == pytest.approx(float(-0.5 * LATENT * torch.logdet(joint)))


def test_the_sequence_is_as_far_apart_as_it_should_be():
    objective = SequenceCPC(2, (2, 5), pairs=60_000)
    z = objective.batch(torch.arange(2), objective.noise(torch.Generator().manual_seed(0)))
    assert z.shape == (3, 60_000, LATENT)
    for one, other, offset in ((0, 1, 2), (0, 2, 5), (1, 2, 3), (2, 2, 0)):
        assert float((z[one] * z[other]).mean()) == pytest.approx(RHO**offset, abs=0.01)


def test_the_optimal_critic_is_the_ratio_of_densities():
    z, later = torch.randn(2, 5, LATENT), torch.randn(2, 5, LATENT)
    kept = RHO**2
    normal = torch.distributions.Normal
    given = normal(kept * z[:, :, None], math.sqrt(1 - kept**2)).log_prob(later[:, None]).sum(-1)
    ratio = given - normal(0, 1).log_prob(later).sum(-1)[:, None]
    found = best_scores(z, later, 2)
    torch.testing.assert_close(found.log_softmax(2), ratio.log_softmax(2), atol=1e-4, rtol=1e-4)


def test_scores_pair_each_prediction_with_the_steps_of_its_own_group():
    objective = SequenceCPC(4, (1, 3), pairs=8)
    batch = objective.batch(torch.arange(2), objective.noise(torch.Generator().manual_seed(0)))
    found, codes = objective.scores(batch), objective.codes(batch)
    assert found.shape == (2, 2, 4, 4)
    for k, group, i, j in itertools.product(range(2), range(2), range(4), range(4)):
        predicted = objective.matrices[k](objective.context(codes[0, 4 * group + i]))
        expected = predicted @ codes[k + 1, 4 * group + j] / 8
        torch.testing.assert_close(found[k, group, i, j], expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("numbers", "kept", "among"), [(64, 0.5, 8), (50, 0.2, 512)])
def test_a_bilinear_critic_finds_nine_tenths_of_what_can_be_found_of_gaussians_and_never_more(numbers, kept, among):
    told, ceiling = -numbers / 2 * math.log(1 - kept**2), math.log(among)
    chance = torch.Generator().manual_seed(0)
    matrix = torch.nn.Linear(numbers, numbers, bias=False)
    torch.nn.init.zeros_(matrix.weight)
    optimiser = torch.optim.Adam(matrix.parameters(), 0.1)

    def loss(groups):
        z = torch.randn(groups, among, numbers, generator=chance)
        later = kept * z + math.sqrt(1 - kept**2) * torch.randn(groups, among, numbers, generator=chance)
        return which(matrix(z) @ later.transpose(1, 2))

    for step in range(300):
        optimiser.param_groups[0]["lr"] = 0.1 * (1 - step / 300)
        optimiser.zero_grad()
        loss(max(2, 1024 // among)).backward()
        optimiser.step()
    with torch.no_grad():
        found = float(bound(loss(32_768 // among), among))
    assert 0.9 * min(told, ceiling) < found < min(told, ceiling)


def test_a_short_training_stays_below_every_ceiling_and_learns():
    objective = SequenceCPC(32, (1, 4), seed=0)
    objective.rate = 4e-3
    before, read = [*measured(objective, 4096, 5)], latent_read(objective.codes, 5)
    for _ in fit(objective, steps=150, weight_decay=1e-4):
        pass
    for offset, early, now in zip((1, 4), before, measured(objective, 4096, 5), strict=True):
        assert early["bound"] + 0.5 < now["bound"] < now["optimal"] < min(math.log(32), information(offset))
    assert read + 0.03 < latent_read(objective.codes, 5) < 1
    assert latent_read(lambda z: z @ torch.randn(LATENT, LATENT), 5) == pytest.approx(1)


def test_two_seeds_are_two_networks_on_one_mixture():
    one, other = SequenceCPC(2, seed=0), SequenceCPC(2, seed=1)
    assert torch.equal(one.mixture, other.mixture)
    assert not torch.equal(one.encoder[0].weight, other.encoder[0].weight)


def test_cosines_are_in_temperatures():
    a, b = torch.eye(3)[:2] * 5, torch.eye(3)
    assert torch.equal(similarities(a, b, 0.5), 2 * torch.eye(3)[:2])
    assert flat(torch.arange(8.0).view(1, 2, 2, 2)).tolist() == [[0, 4], [1, 5], [2, 6], [3, 7]]
