"""The loop trains what does not name whole pictures, through `fit`, the engine and the command line."""

import copy
import json
import re

import numpy as np
import pytest
import torch

from core.cli import main
from core.experiments import EXPERIMENTS
from core.experiments.sources import borrowed, network_of, recipe_at
from core.learning.fit import fit
from core.learning.objective import Objective
from core.models.weights import from_arrays
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from tests.methods.objectives import METHODS, MISSING, TwoTasks, TwoViews, learn


@pytest.fixture(scope="module")
def finished():
    """method -> its run, driven once."""
    done = {}
    for method in METHODS:
        spec = Spec.of(learn, method=method)
        for _ in drive(spec, Store()):
            pass
        done[method] = Store().open(spec)
    return done


def of(run, split):
    return [row for row in run.rows() if row["split"] == split]


def test_a_mask_is_learned_and_moves_with_its_picture(finished):
    rows = of(finished["masks"], "validation")
    assert rows[-1]["iou"] > rows[0]["iou"] + 0.1
    assert rows[-1]["loss"] < 0.7 * rows[0]["loss"]


def test_two_tasks_are_learned_from_labels_of_which_some_are_missing(finished):
    first, *_, last = of(finished["tasks"], "validation")
    assert last["toy"] > first["toy"] + 0.1
    assert last["room"] > first["room"] + 0.1


def test_two_views_are_brought_together_and_the_encoder_does_not_collapse(finished):
    training, collapse = of(finished["views"], "train"), of(finished["views"], "collapse")
    assert training[-1]["loss"] < 0.5 * training[0]["loss"]
    assert collapse[-1]["spread"] > 0.2
    assert collapse[-1]["effective_rank"] > 5
    assert all(0 < row["accuracy"] < 1 for row in of(finished["views"], "neighbours"))


def noise(n=8):
    return np.random.default_rng(0).integers(0, 256, (n, 48, 48, 3), dtype=np.uint8)


def test_what_is_not_labelled_is_not_learned_from():
    labels = np.array([[0, 1]] * 4 + [[1, MISSING]] * 4)
    objective = TwoTasks(noise(), labels, [2, 2])
    loss, metrics = objective.loss(objective.batch(torch.arange(4, 8), None))
    loss.backward()
    assert objective.network.heads["room"].linear.weight.grad.abs().max() == 0
    assert objective.network.heads["toy"].linear.weight.grad.abs().max() > 0
    assert metrics["room"] == 0


def test_a_momentum_copy_follows_as_it_should_and_gets_no_gradient():
    objective = TwoViews(noise())
    expected = [value.clone() for value in objective.momentum.parameters()]
    for row in fit(objective, steps=3, batch_size=4, seed=0):
        if row["step"]:
            for slow, fast in zip(expected, objective.network.parameters(), strict=True):
                slow.copy_(0.98 * slow + 0.02 * fast.detach())
    for slow, value in zip(expected, objective.momentum.parameters(), strict=True):
        torch.testing.assert_close(value, slow, rtol=1e-5, atol=1e-6)
        assert value.grad is None


@pytest.mark.parametrize("method", METHODS)
def test_a_checkpoint_rebuilds_the_encoder_with_its_heads(finished, method):
    run = finished[method]
    half, last = (borrowed(address, None) for address in (f"run:{run.id}@30", f"run:{run.id}"))
    assert network_of(f"run:{run.id}@30") == "labnet"
    assert recipe_at(f"run:{run.id}")["outputs"] == 0
    x = torch.rand(2, 3, 48, 48)
    for kept in (half, last):
        network = from_arrays(kept.recipe, kept.arrays).eval()
        assert network.recipe == kept.recipe
        assert network.names[-1] == "fc7"
        assert list(network.heads) == list(kept.recipe["heads"])
        assert network(x).shape == (2, 256)
    assert any((half.arrays[name] != last.arrays[name]).any() for name in last.arrays)


def test_a_step_without_a_checkpoint_is_refused(finished):
    with pytest.raises(Refused, match="holds no network@41"):
        borrowed(f"run:{finished['masks'].id}@41", None)
    with pytest.raises(Refused, match="kept no network"):
        recipe_at(f"run:{finished['masks'].id}@41")


def test_the_command_line_runs_it_and_keeps_what_it_told(monkeypatch, capsys, home, tmp_path):
    monkeypatch.setitem(EXPERIMENTS, "learn", "tests.methods.objectives:learn")
    assert main(["run", "learn", "method=masks", "steps=4", "pictures=16", "--json", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["settings"]["method"] == "masks"
    header = (tmp_path / "rows.csv").read_text().splitlines()[0]
    assert {"loss", "iou", "split"} <= set(header.split(","))
    run = json.loads(out)["run_id"]
    assert main(["show", run]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"Overlap of held-out masks: \d+\.\d% after step 4", shown)
    found = re.search(r"Loss: (\S+) after step 4; best: (\S+) after step \d", shown)
    assert float(found[2]) <= float(found[1]), "less is better"
    assert "Spread" not in shown, "which this method does not tell"
    assert main(["report", run, "--out", str(tmp_path / "report.html")]) == 0
    report = (tmp_path / "report.html").read_text()
    for title in ("Overlap of held-out masks", "Loss"):
        assert f"<figcaption>{title}</figcaption>" in report
    assert main(["run", "learn", "method=nothing"]) == 2


class Guesses(Objective):
    """Tells which of two kinds a feature is of: the adversary of what hides it."""

    def __init__(self, hidden):
        super().__init__("float32", "cpu")
        self.linear, self.hidden = torch.nn.Linear(3, 1), hidden

    def loss(self, batch):
        x, kind = batch
        return torch.nn.functional.binary_cross_entropy_with_logits(self.linear(self.hidden(x))[:, 0], kind), {}


class Hides(Objective):
    """Features from which nobody can tell the kind: the adversary's loss, as large as it can be."""

    rate = 1e-2

    def __init__(self):
        super().__init__("float32", "cpu")
        chance = torch.Generator().manual_seed(0)
        self.kind, self.n = torch.arange(64) % 2, 64
        self.x = torch.randn(64, 3, generator=chance) + 3 * self.kind[:, None]
        self.linear = torch.nn.Linear(3, 3)
        self.adversary = Guesses(lambda x: self.linear(x).detach())

    def batch(self, indices, drawn):
        return self.x[indices], self.kind[indices].float()

    def loss(self, batch):
        x, kind = batch
        guessed = self.adversary.linear(self.linear(x))[:, 0]
        return -torch.nn.functional.binary_cross_entropy_with_logits(guessed, kind), {"spread": self.linear(x).std()}

    def groups(self):
        return [{"params": list(self.linear.parameters()), "full_rate": self.rate, "setting": "rate"}]


def test_an_adversary_learns_with_an_optimiser_of_its_own():
    torch.manual_seed(0)
    objective = Hides()
    start = copy.deepcopy(objective.state_dict())
    rows = list(fit(objective, steps=2, batch_size=64, schedule="constant"))
    assert all(not torch.equal(start[name], value) for name, value in objective.state_dict().items())
    moved = (objective.adversary.linear.weight - start["adversary.linear.weight"]).abs().max()
    assert moved <= 2.1 * Objective.rate, "at its own rate, not at that of the objective"
    assert {"loss", "spread"} <= set(rows[-1])
    assert all(parameter.requires_grad for parameter in objective.parameters())
