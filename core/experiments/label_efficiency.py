"""How few labels? (`con.cpc2`): an encoder that learned without labels is given a share of them. It stays as it is
(frozen), learns on (fine-tuned), or the same network starts from nothing (scratch); or the labels spread over a graph
of its codes (propagation). Hénaff et al. 2020, arXiv:1905.09272; Zhou et al. 2004.

The first three are one training: a linear layer on the mean of the last maps, the same pictures and order. They
differ in where the weights come from, and in whether, and how fast, they learn. Each stops where the validation
pictures say.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from core.experiments.encoders import longer
from core.experiments.finetune import network_for
from core.experiments.puzzle_runs import puzzler
from core.experiments.reading import load
from core.experiments.sources import FITTING, RUN, size_of
from core.experiments.train import Train, judged, staged
from core.learning.intervals import wilson
from core.learning.menus import AUGMENTATIONS, PRECISIONS
from core.models.catalog import network_info
from core.runs.metrics import Metric
from core.runs.settings import Help, Matching, OneOf, Range, Refused
from core.runs.spec import Course, Progress, Row, Spec, experiment
from core.worlds import absolute, counts, fingerprint

FROZEN, TUNED, SCRATCH, PROPAGATION = HOWS = ("frozen", "fine-tuned", "scratch", "propagation")
LETTER = {FROZEN: "f", TUNED: "t", SCRATCH: "t", PROPAGATION: "f"}  # of the stages below the head (`train.STATES`)
NAMED = ("simclr", "moco2", "byol", "autoencoder", "rotation", "cpc")  # that learned without labels and are recorded
OWN = "labresnet"  # the network of all of these
SOURCE = Matching(rf"{'|'.join(NAMED)}|imagenet|none|{RUN}", f"{', '.join(NAMED)}, imagenet, none, or run:<id>")
MEASURED = 20  # times on validation pictures (`core.learning.fit`), and as long is a mean of weights
PATIENCE = 8  # of these without a better one, and it stops
ALPHAS = (0.5, 0.9, 0.99)  # how far labels spread; the validation pictures choose
# Of the stages below the new layer, as multiples of its rate. At 1 %, borrowed ones that learned at 2e-3, as fast as
# the layer did, fell from 27 % of the validation pictures after 40 steps to 21 % after 120: their features were lost.
BODY_RATE = {TUNED: 0.02, SCRATCH: 0.2}
METRICS = (Metric("accuracy", "Held-out pictures right", share=True),)


def encoder_of(name: str) -> Spec:
    """The training of an encoder, recorded for all but CPC's."""
    if name == "rotation":
        return puzzler(name)
    if known := {spec.settings.method: spec for spec in longer("toybox").values()}.get(name):
        return known
    from core.experiments.ssl import ssl

    return Spec.of(ssl, data="toybox", method=name, steps=next(iter(longer("toybox").values())).settings.steps)


@dataclasses.dataclass(frozen=True)
class LabelEfficiency:
    data: Annotated[str, Help("the pictures")] = "toybox:b"
    how: Annotated[str, OneOf(HOWS), Help("what becomes of the encoder")] = FROZEN
    source: Annotated[str, SOURCE, Help("whose encoder")] = "simclr"
    share: Annotated[int, Range(1, 100), Help("per cent of the labels, as many of every class")] = 1
    network: FITTING = "auto"
    steps: Annotated[int, Range(1, 100_000), Help("updates of the weights, at most")] = 1000
    batch_size: Annotated[int, Range(2, 512), Help("pictures a step")] = 32
    rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate of the new layer")] = 1e-2
    body_rate: Annotated[
        float, Range(0, 100), Help("of the stages below it, as a multiple; 0: 0.2 of scratch, 0.02 of borrowed ones")
    ] = 0.0
    augment: Annotated[str, OneOf(AUGMENTATIONS), Help("random change of each training picture")] = "flip"
    size: Annotated[int, Range(0, 256), Help("pixels a side; 0: as the encoder learned")] = 0
    precision: Annotated[str, OneOf(PRECISIONS), Help("arithmetic")] = "auto"
    seed: Annotated[int, Range(0, 10**6), Help("draws which labels, the new weights and the order")] = 0
    donor: Spec | None = None

    def canonical(self) -> LabelEfficiency:
        """Names become their trainings; scratch has no source; propagation trains nothing."""
        donor = encoder_of(self.source) if self.source in NAMED else self.donor
        source = "none" if donor else self.source
        network, size = fitting(source, donor, self.network), self.size or size_of(source)
        size = size or network_info(network).size
        network_info(network).check_size(size)
        changes: dict[str, Any] = {"data": absolute(self.data), "network": network, "size": size, "donor": donor}
        if self.how == SCRATCH:
            changes |= {"source": "none", "donor": None}
        unused = {FROZEN: ("body_rate",), PROPAGATION: ("steps", "batch_size", "rate", "body_rate", "augment")}
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        changes |= {name: defaults[name] for name in unused.get(self.how, ())}
        if self.how in BODY_RATE:
            changes["body_rate"] = self.body_rate or BODY_RATE[self.how]
        return dataclasses.replace(self, **changes)


def fitting(source: str, donor: Spec | None, asked: str) -> str:
    """The network of an encoder; without one the most usual. `Refused`: another was asked for."""
    if not donor:
        return network_for(source, OWN if (source, asked) == ("none", "auto") else asked)
    own = donor.settings.network
    if asked not in ("auto", own):
        raise Refused("network", asked, f"these weights are for {own}: leave it at auto.")
    return own


@dataclasses.dataclass(frozen=True)
class Parts:
    """Pictures uint8 (N, S, S, 3) and labels (N,) of `train` (all of it), `validation` and `test`; `chosen` (n,): which
    of the training pictures have a label.
    """

    classes: int
    train: tuple[Any, Any]
    validation: tuple[Any, Any]
    test: tuple[Any, Any]
    chosen: Any


@experiment(LabelEfficiency, version=1, data=lambda settings: fingerprint(settings.data), metrics=METRICS)
def label_efficiency(settings: LabelEfficiency) -> Course:
    """Rows of validation as it learns, and one of the test: accuracy with its interval (Wilson), `right` (which test
    pictures, as bits written in hexadecimal), and the `step` that the validation pictures chose.
    """
    import numpy as np

    data = yield from read(settings)
    common = {"arm": settings.how, "share": settings.share, "seed": settings.seed}
    network = borrower(settings, data.classes)
    if settings.how == PROPAGATION:
        probabilities, step = propagated(settings, network, data)
    else:
        probabilities, step = yield from taught(settings, network, data, common)
    found = judged(probabilities, data.test[1])
    _, low, high = wilson(found["correct"], found["n"])
    right = np.packbits(probabilities.argmax(1) == data.test[1]).tobytes().hex()
    yield {**common, "split": "test", **found, "low": low, "high": high, "step": step, "right": right}
    about = {"labels": len(data.chosen), "step": step, "size": settings.size}
    return {"accuracy": {"mean": found["accuracy"], "low": low, "high": high}, **about}


def read(settings: LabelEfficiency) -> Generator[Progress, None, Parts]:
    """The pictures; where labels do not spread, of the training part those alone that have one."""
    import numpy as np

    from core.worlds import open_world, prepare
    from core.worlds.splits import budget, measured, split

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.1)
    world = open_world(settings.data)
    parts = measured(split(world))
    least = int(np.bincount(world.labels[parts.train], minlength=len(world.classes)).min())
    chosen = budget(world, parts.train, max(1, round(settings.share * least / 100)), settings.seed)
    known = parts.train if settings.how == PROPAGATION else chosen
    pairs = []
    for k, indices in enumerate((known, parts.validation, parts.test)):
        pictures = yield from load(world, indices, settings.size, 0.1 + 0.1 * k, 0.2 + 0.1 * k)
        pairs.append((pictures, world.labels[indices]))
    train, validation, test = pairs
    return Parts(len(world.classes), train, validation, test, np.searchsorted(known, chosen))


def borrower(settings: LabelEfficiency, classes: int) -> Any:
    """The network before its first step: the encoder's stages, or drawn ones, and a new head."""
    stages = LETTER[settings.how] * (len(network_info(settings.network).stages) - 1) + "n"
    source = "none" if settings.donor else settings.source
    how = {name: getattr(settings, name) for name in ("data", "network", "size", "seed", "donor")}
    return staged(Train(source=source, stages=stages, **how), classes)


def taught(settings: LabelEfficiency, network: Any, data: Parts, common: Row) -> Generator[Any, None, tuple[Any, int]]:
    """Train until the validation pictures are no better named; what the best moment says of the test pictures
    (N, classes), and its step.
    """
    from core.learning.evaluate import probabilities
    from core.methods.averaged import Averaged

    objective = Averaged(
        network, data.train, span=settings.steps / MEASURED, head_rate=settings.rate,
        body_rate=settings.body_rate * settings.rate,
        augment=settings.augment, precision=settings.precision,
    )  # fmt: skip
    best, kept, step = -1.0, objective.averaged.state_dict(), 0
    for row in validated(settings, objective, data):
        yield {**common, **row}
        yield Progress(row["step"], settings.steps, "steps", 0.4, 0.9)
        if row["accuracy"] > best:
            best, step = row["accuracy"], row["step"]
            kept = {name: value.clone() for name, value in objective.averaged.state_dict().items()}
        if row["step"] - step >= PATIENCE * settings.steps / MEASURED:
            break
    objective.averaged.load_state_dict(kept)
    return probabilities(objective.averaged, data.test[0], precision=settings.precision), step


def validated(settings: LabelEfficiency, objective: Any, data: Parts) -> Iterator[Row]:
    """The rows of validation of the loop, at a constant rate."""
    from core.learning.fit import fit

    rows = fit(
        objective, steps=settings.steps, batch_size=settings.batch_size, schedule="constant", seed=settings.seed,
        probes={"validation": objective.held_out(data.validation)},
    )  # fmt: skip
    return (row for row in rows if row["split"] == "validation")


def propagated(settings: LabelEfficiency, network: Any, data: Parts) -> tuple[Any, int]:
    """What the graph of the frozen codes says of the test pictures (N, classes), which are no part of it; no step is
    made. How far labels spread, the validation pictures choose.
    """
    import numpy as np

    from core.learning.propagation import graph, spread_labels, votes

    last = network.names[-2]
    train, validation, test = (directions(network, part[0], last) for part in (data.train, data.validation, data.test))
    labels = np.full(len(train), -1)
    labels[data.chosen] = data.train[1][data.chosen]
    s = graph(train)
    spread = [spread_labels(s, labels, data.classes, alpha) for alpha in ALPHAS]
    right = [float((votes(f, train, validation).argmax(1) == data.validation[1]).mean()) for f in spread]
    return votes(spread[int(np.argmax(right))], train, test), 0


def directions(network: Any, pictures: Any, layer: str) -> Any:
    """Codes (N, D) of length one."""
    import numpy as np

    from core.learning.features import codes

    x = codes(network, pictures, layer)
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
