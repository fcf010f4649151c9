"""Methods that learn representations: their losses against lightly's and closed forms, and every one of the table."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.learning.features import codes
from core.learning.fit import fit
from core.methods.autoencoder import kl_to_normal
from core.methods.byol import BYOL, regression
from core.methods.catalog import METHODS, Options, resolved
from core.methods.instance import MemoryBank, info_nce
from core.methods.moco import MoCo
from core.methods.simclr import nt_xent
from core.methods.swav import sinkhorn, swapped
from core.methods.views import alike, follow
from core.models.staged import build
from core.models.weights import from_arrays, to_arrays

N, SIZE = 24, 32


def normal(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def pictures(n=N):
    """Two kinds, told by their colour."""
    chance = np.random.default_rng(0)
    made = chance.integers(0, 120, (n, SIZE, SIZE, 3), dtype=np.uint8)
    made[::2, ..., 0] += 130
    return made, np.arange(n) % 2


def objective(method, without="", mirrors=True, **options):
    seen, labels = pictures()
    chosen = resolved(method, Options(**{"negatives": 16, "prototypes": 4, "code": 8, "outputs": 8, **options}))
    network = build(next(iter(METHODS[method].networks), "labresnet"), 0, 0, size=SIZE)
    return METHODS[method].make()(network, seen, chosen, None, labels, without, mirrors, precision="float32")


def batch(made, n=8):
    _, drawn = next(made.order(1, n, 0))
    return made.batch(torch.arange(n), drawn)


# Their losses are lightly's.


def test_nt_xent_is_lightlys():
    from lightly.loss import NTXentLoss

    one, other = normal(16, 8), normal(16, 8, seed=1)
    for temperature in (0.1, 0.5):
        theirs = NTXentLoss(temperature)(one, other)
        torch.testing.assert_close(nt_xent(one, other, temperature), theirs, atol=1e-5, rtol=0)


def test_nt_xent_of_views_that_are_all_one_point_is_the_logarithm_of_their_number():
    same = torch.ones(10, 4, dtype=torch.float64)
    assert float(nt_xent(same, same, 0.1)) == pytest.approx(math.log(2 * 10 - 1), abs=1e-12)


def test_nt_xent_of_orthogonal_pairs_has_a_closed_form():
    one, t = torch.eye(6, dtype=torch.float64), 0.5
    expected = -1 / t + math.log(math.exp(1 / t) + 10)  # 1 positive, and 10 others at a right angle
    assert float(nt_xent(one, one, t)) == pytest.approx(expected, abs=1e-12)


def test_the_loss_of_a_queue_is_lightlys():
    from lightly.loss import NTXentLoss
    from lightly.models.modules.memory_bank import MemoryBankModule

    q, k, queue = (F.normalize(normal(n, 8, seed=n), dim=1) for n in (6, 7, 32))
    k = k[:6]
    theirs = NTXentLoss(0.2, memory_bank_size=(32, 8))
    assert isinstance(theirs.memory_bank, MemoryBankModule)
    theirs.memory_bank.bank = queue.clone()
    theirs.memory_bank.bank_ptr = torch.zeros(1, dtype=torch.long)
    torch.testing.assert_close(info_nce(q, k, queue, 0.2), theirs(q, k), atol=1e-5, rtol=0)


def test_a_picture_is_not_its_own_negative():
    q, k, bank = (F.normalize(normal(n, 8, seed=n, dtype=torch.float64), dim=1) for n in (2, 3, 5))
    k = k[:2]
    same = torch.zeros(2, 5, dtype=torch.bool)
    same[0, 3] = True
    rows = [info_nce(q[:1], k[:1], bank[[0, 1, 2, 4]], 0.2), info_nce(q[1:], k[1:], bank, 0.2)]
    torch.testing.assert_close(info_nce(q, k, bank, 0.2, same), sum(rows) / 2)


def test_byols_loss_is_lightlys():
    from lightly.loss import NegativeCosineSimilarity

    guesses, targets = normal(12, 8), normal(12, 8, seed=1)
    theirs = 2 + 2 * NegativeCosineSimilarity()(guesses, targets)
    torch.testing.assert_close(regression(guesses, targets), theirs, atol=1e-5, rtol=0)
    apart = F.normalize(guesses, dim=1) - F.normalize(targets, dim=1)
    torch.testing.assert_close(regression(guesses, targets), (apart**2).sum(1).mean(), atol=1e-5, rtol=0)


def test_swavs_loss_is_lightlys():
    from lightly.loss import SwaVLoss

    scores = [F.normalize(normal(16, 6, seed=k), dim=1) for k in range(2)]
    theirs = SwaVLoss(temperature=0.1, sinkhorn_epsilon=0.05, sinkhorn_iterations=3)(scores, [])[0]
    ours = swapped(tuple(scores), [sinkhorn(s) for s in scores], 0.1)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def test_sinkhorn_gives_every_picture_a_whole_and_every_prototype_its_share():
    scores = F.normalize(normal(64, 8), dim=1) + torch.linspace(0, 0.5, 8)  # the last are liked by all
    assigned = sinkhorn(scores.double(), iterations=100)
    torch.testing.assert_close(assigned.sum(1), torch.ones(64, dtype=torch.float64))
    torch.testing.assert_close(assigned.sum(0), torch.full((8,), 8.0, dtype=torch.float64), rtol=1e-6, atol=0)
    assert torch.equal(assigned.argmax(1).bincount(minlength=8) > 0, torch.ones(8, dtype=torch.bool))


def test_the_divergence_of_a_cloud_is_torchs():
    mean, log_variance = normal(5, 3, dtype=torch.float64), normal(5, 3, seed=1, dtype=torch.float64)
    cloud = torch.distributions.Normal(mean, (log_variance / 2).exp())
    standard = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    expected = torch.distributions.kl_divergence(cloud, standard).sum(1).mean()
    torch.testing.assert_close(kl_to_normal(mean, log_variance), expected)


def test_how_alike_views_are_is_a_direct_mean():
    one, other = normal(5, 3), normal(5, 3, seed=1)
    pairs = [[float(F.cosine_similarity(a, b, dim=0)) for b in other] for a in one]
    found = {name: float(value) for name, value in alike(one, other).items()}
    assert found["positive"] == pytest.approx(np.mean([pairs[k][k] for k in range(5)]), abs=1e-6)
    assert found["negative"] == pytest.approx(np.mean([pairs[i][k] for i in range(5) for k in range(5) if i != k]))


# What moves beside the network.


def test_a_momentum_copy_moves_by_one_minus_momentum():
    slow, fast = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    expected = 0.9 * slow.weight.detach().clone() + 0.1 * fast.weight.detach()
    follow(slow, fast, 0.9)
    torch.testing.assert_close(slow.weight.detach(), expected)


def test_mocos_keys_have_no_gradient_and_enter_the_queue_in_order():
    made = objective("moco")
    assert isinstance(made, MoCo)
    before = made.queue.clone()
    loss, _ = made.loss(batch(made))
    loss.backward()
    assert all(value.grad is None for value in made.key_network.parameters())
    assert any(value.grad is not None and value.grad.abs().max() > 0 for value in made.network.parameters())
    assert not made.keys.requires_grad
    made.after_step(0.5)
    assert torch.equal(made.queue, torch.cat([before[8:], made.keys]))
    torch.testing.assert_close(made.queue.norm(dim=1), torch.ones(16))


def test_a_memory_bank_remembers_those_that_were_seen():
    made = objective("memory_bank")
    assert isinstance(made, MemoryBank)
    before = made.bank.clone()
    made.loss(batch(made))
    made.after_step(0.5)
    assert torch.equal(made.bank[8:], before[8:])
    expected = F.normalize((before[:8] + made.seen[1]) / 2, dim=1)
    torch.testing.assert_close(made.bank[:8], expected)


@pytest.mark.parametrize("without", ["", "stop_gradient"])
def test_byols_targets_have_no_gradient_unless_it_is_let_in(without):
    made = objective("byol", without=without).eval()
    assert isinstance(made, BYOL)
    x = batch(made)
    z, targets = made.project(x).detach().requires_grad_(), made.project(x, made.target_network)
    assert not targets.requires_grad
    made.project = lambda x, network=None: targets if network else z
    found = torch.autograd.grad(made.loss(x)[0], z)[0]
    guesses, aims = made.network.heads["prediction"](z), z if without else targets
    expected = torch.autograd.grad(regression(guesses, torch.cat([aims[8:], aims[:8]])), z)[0]
    torch.testing.assert_close(found, expected)


# Every method of the table.


@pytest.mark.parametrize("method", METHODS)
def test_every_method_learns_and_leaves_an_encoder_with_heads(method):
    made = objective(method, momentum=0.9, augment="flip")
    losses = [row["loss"] for row in fit(made, steps=40, batch_size=N, seed=0, schedule="constant")]
    assert np.mean(losses[-5:]) < np.mean(losses[3:8]), "it learns its task (a queue is filled first)"
    network = from_arrays(*to_arrays(made.network)).eval()
    assert network.classes == 0
    x = torch.rand(2, 3, SIZE, SIZE)
    with torch.no_grad():
        torch.testing.assert_close(network(x), made.network.eval()(x), atol=1e-4, rtol=1e-4)
    layer = METHODS[method].shows or network.names[-1]
    assert codes(network, pictures()[0], layer).shape[0] == N


@pytest.mark.parametrize("method", METHODS)
def test_the_catalogue_says_how_many_views_a_method_sees(method):
    assert objective(method).views == METHODS[method].views


@pytest.mark.parametrize("method", METHODS)
def test_a_run_is_what_its_seed_makes_it(method):
    ends = [[row["loss"] for row in fit(objective(method), steps=3, batch_size=8, seed=1)] for _ in range(2)]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(("method", "word"), [(m, word) for m, info in METHODS.items() for word in info.breaks])
def test_what_is_taken_away_is_gone(method, word):
    gradients = []
    for made in (objective(method), objective(method, without=word)):
        made.loss(batch(made))[0].backward()
        gradients.append(made.network.stage("stem").conv.weight.grad)
    assert not torch.allclose(*gradients, rtol=0.05)


def test_a_denoising_autoencoder_is_shown_noise_and_asked_for_the_clean_picture():
    made, clean = objective("denoising", noise=0.7), objective("denoising", noise=0.0)
    x, given = batch(made), []
    made.network.stage("stem").register_forward_pre_hook(lambda module, x: given.append(x[0].clone()))
    made.loss(x)
    assert float((given[0] - x).std()) == pytest.approx(0.7, abs=0.02)
    assert float(clean.loss(x)[0]) == pytest.approx(float(F.mse_loss(clean.decode(clean.code(x)), x)), rel=1e-5)


def test_what_means_another_thing_in_a_mirror_is_not_mirrored():
    seen = [objective("autoencoder", augment="flip", mirrors=mirrors) for mirrors in (True, False)]
    drawn = torch.zeros(8, 12)  # of which every one is mirrored
    plain = seen[1].network.prepare(pictures()[0][:8])
    assert torch.equal(seen[1].batch(torch.arange(8), drawn), plain)
    assert torch.equal(seen[0].batch(torch.arange(8), drawn), plain.flip(3))
