"""How transferable? (`anb.random`, `anb.dissimilar`): copy n stages of a trained network, and train the rest anew.

Yosinski et al. 2014, arXiv:1411.1792. Two tasks, A and B. `base` learns B from nothing. AnB borrows its first n stages
from a network that learned A and keeps them frozen, the rest starts anew and learns B. BnB does the same with a donor
that learned B itself, from the same labelled pictures. With a + the borrowed stages learn on.

Three effects: co-adaptation = base − BnB (stages that learned together are torn apart), specificity = BnB − AnB (what
the donor knows is of A), the donor's gain = AnB+ − BnB+ (both were trained as long, which base was not). A run that is
given as A (`source`) learned in its own way, and as long as it did: that, too, is then in the difference.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any

from core.experiments.finetune import network_for
from core.experiments.sources import NETWORK, RUN_OR_NOTHING, size_of
from core.experiments.train import train
from core.learning.compare import Estimate, compare
from core.learning.menus import OPTIMISERS
from core.models.catalog import WORDS, network_info
from core.runs.settings import Help, Later, Matching, OneOf, Range, Refused
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, addresses, fingerprint

BASE = ("base", 0)
CURVES = ("BnB", "AnB", "BnB+", "AnB+")
EFFECTS = {  # name: the curve that is compared, and with which; None is base
    "coadaptation": (None, "BnB"),
    "specificity": ("BnB", "AnB"),
    "gain": ("AnB+", "BnB+"),
    "frozen_over_base": ("AnB", None),
    "tuned_over_base": ("AnB+", None),
}
OTHER_TASKS = ("light", "room", "camera")
DONOR_SEED = 1000  # a donor's own first weights are other ones than those of the stages that start anew
SGD_RATE = 0.05  # at AdamW's rates SGD hardly moves
NATURAL = {"a": "toybox:manmade", "b": "toybox:natural"}
TELLING = (5, 7, 1, 3, 6, 2, 4)  # the order in which the depths are trained


@dataclasses.dataclass(frozen=True)
class Preset:
    steps: int
    head_rate: float
    seeds: int
    every: int  # of the depths, how many to one that is fine-tuned


PRESETS = {
    "express": Preset(250, 3e-3, 1, 2),
    "standard": Preset(500, 2e-3, 3, 1),
    "paper-like": Preset(1500, 2e-3, 5, 1),
}
DEPTHS = Range(0, 99)  # numbers of stages


@dataclasses.dataclass(frozen=True)
class Anb:
    data: Annotated[str, Help("a world of at least four classes")] = "toybox"
    split: Annotated[
        str,
        OneOf(("random", "natural", "task", "untrained")),
        Help(
            "A: random other classes; man-made against natural toys; another task on the same pictures; never trained"
        ),
    ] = "random"
    task: Annotated[str, OneOf(OTHER_TASKS), Help("what A learned, with split=task")] = "light"
    preset: Annotated[str, OneOf(tuple(PRESETS)), Help("how long, and how often")] = "express"
    labels_per_class: Annotated[int, Range(0, 100_000), Help("labelled pictures of B a class; 0 takes all")] = 60
    network: Annotated[str, Matching(NETWORK, WORDS), Help("the network that is cut")] = "labnet"
    frozen_at: Annotated[tuple[int, ...], DEPTHS, Help("depths n of AnB and BnB; nothing: all; 0: none")] = ()
    tuned_at: Annotated[
        tuple[int, ...], DEPTHS, Help("depths n of AnB+ and BnB+; nothing: those of the preset; 0: none")
    ] = ()
    donors: Annotated[str, OneOf(("both", "A", "B")), Help("whose copies are tried")] = "both"
    source: Annotated[str, RUN_OR_NOTHING, Later(), Help("a finished run that is A, however it learned")] = ""
    optimiser: Annotated[str, OneOf(OPTIMISERS), Help("rule of the step")] = "adamw"
    steps: Annotated[int, Range(0, 100_000), Help("of training, 64 pictures each; 0: those of the preset")] = 0
    head_rate: Annotated[float, Range(0, 10), Help("learning rate; 0: that of the preset, or .05 for sgd")] = 0.0
    size: Annotated[int, Range(0, 256), Help("pixels a side that the network sees; 0 is the network's own")] = 0
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(0, 20), Help("how many seeds; 0: those of the preset")] = 0

    def canonical(self) -> Anb:
        network = self.network
        if self.source:
            network = network_for(self.source, "auto" if network == Anb.network else network)
        preset, n = PRESETS[self.preset], len(network_info(network).stages) - 1
        every = range(1, n + 1)
        settings = dataclasses.replace(
            self,
            data=absolute(self.data),
            network=network,
            task=self.task if self.split == "task" else OTHER_TASKS[0],
            frozen_at=depths(self.frozen_at or every, n) or (0,),
            tuned_at=depths(self.tuned_at or every[:: preset.every], n) or (0,),
            steps=self.steps or preset.steps,
            head_rate=self.head_rate or (SGD_RATE if self.optimiser == "sgd" else preset.head_rate),
            size=self.size or size_of(self.source) or network_info(network).size,
            seeds=self.seeds or preset.seeds,
        )
        if self.split in ("natural", "task") and settings.data != "toybox":
            raise Refused("split", self.split, "only the toybox knows what is natural, and other tasks: data=toybox.")
        if self.source and self.split in ("task", "untrained"):
            raise Refused("split", self.split, "the run is A: random, or natural, says which classes are B.")
        if self.split == "untrained":
            settings = dataclasses.replace(settings, tuned_at=(0,))  # an untrained network that is tuned is base
        check_sides(settings)
        return settings


def depths(numbers: Iterable[int], most: int) -> tuple[int, ...]:
    """Numbers of stages, ascending; 0 is none. `Refused` beyond `most`, the head being always new."""
    chosen = sorted({*numbers} - {0})
    if chosen and chosen[-1] > most:
        raise Refused("n", chosen[-1], f"this network has {most} stages below its head: n from 1 to {most}.")
    return tuple(chosen)


def side(settings: Anb, which: str, seed: int) -> str:
    """The address of task A or B for a seed: with random splits each seed has its own."""
    if settings.split == "natural":
        return NATURAL[which]
    if settings.split == "task":
        same = addresses.half("b", seed, settings.data)
        return addresses.task(settings.task, same) if which == "a" else same
    return addresses.half(which, seed, settings.data)


def check_sides(settings: Anb) -> None:
    """`Refused`: fewer than two classes a side, a budget larger than a class."""
    b = side(settings, "b", settings.seed)
    check_side(b, fingerprint(b), settings.labels_per_class, settings.seed)


@functools.lru_cache(maxsize=64)
def check_side(address: str, pictures: str, labels_per_class: int, seed: int) -> None:
    """Opens the world, without torch; once for the `pictures` of this fingerprint, as a page asks at every rerun."""
    from core.worlds import open_world
    from core.worlds.splits import budget, split

    world = open_world(address)
    if labels_per_class:
        budget(world, split(world).train, labels_per_class, seed)


def arms_of(settings: Anb, seed: int) -> Iterator[tuple[str, int, Spec]]:
    """(curve, n, run) of one seed, the most telling first; n = 0 is base."""
    stages = len(network_info(settings.network).stages)
    shared: dict[str, Any] = {
        "network": settings.network,
        "steps": settings.steps,
        "batch_size": 64,
        "head_rate": settings.head_rate,
        "optimiser": settings.optimiser,
        "augment": "none",
        "size": settings.size,
    }
    b = side(settings, "b", seed)
    if settings.labels_per_class:
        b = addresses.few(settings.labels_per_class, seed, b)
    donors = {"B": Spec.of(train, **shared, data=b, seed=DONOR_SEED + seed), "A": None}
    if settings.split != "untrained" and not settings.source:
        donors["A"] = Spec.of(train, **shared, data=side(settings, "a", seed), seed=DONOR_SEED + seed)
    yield "base", 0, Spec.of(train, **shared, data=b, seed=seed)
    frozen, tuned = (depths(numbers, stages) for numbers in (settings.frozen_at, settings.tuned_at))
    order = sorted({*frozen, *tuned}, key=lambda n: TELLING.index(n) if n in TELLING else n)
    for curves, wanted in ((("AnB", "BnB"), frozen), (("AnB+", "BnB+"), tuned)):
        for n in (n for n in order if n in wanted):
            for curve in (curve for curve in curves if settings.donors in ("both", curve[0])):
                letters = ("t" if curve.endswith("+") else "f") * n + "n" * (stages - n)
                lent = settings.source if settings.source and curve[0] == "A" else "none"
                own = {"stages": letters, "donor": donors[curve[0]], "source": lent}
                yield curve, n, Spec.of(train, **{**shared, **own}, data=b, seed=seed)


def cells(settings: Anb) -> dict[str, tuple[str, int, int]]:
    """run id → (curve, n, seed) of every arm."""
    seeds = range(settings.seed, settings.seed + settings.seeds)
    return {spec.id: (curve, n, seed) for seed in seeds for curve, n, spec in arms_of(settings, seed)}


def summarise(settings: Anb, rows: list[Row]) -> dict:
    """`base`, `curves[name][n]` and `effects[name][n]`, each a mean with its 95 % interval (`core.learning.compare`).
    Effects are paired. Works on the rows of any of the arms: what is not there yet is left out.
    """
    place = cells(settings)
    compared = compare(rows, {run: ((curve, n), seed) for run, (curve, n, seed) in place.items()})
    depths = sorted({n for _, n, _ in place.values()} - {0})
    base = compared.accuracy(BASE)
    curves = {curve: points(depths, lambda n: compared.accuracy((curve, n))) for curve in CURVES}  # noqa: B023
    effects = {
        name: points(depths, lambda n: compared.gap(*((curve, n) if curve else BASE for curve in pair)))  # noqa: B023
        for name, pair in EFFECTS.items()
    }
    runs: dict[str, list[str]] = {}
    for run, (curve, n, _) in place.items():
        runs.setdefault(f"{curve} {n}", []).append(run)
    return {
        "base": base.as_json() if base else None,
        "curves": {curve: values for curve, values in curves.items() if values},
        "effects": {name: values for name, values in effects.items() if values},
        "runs": runs,
    }


def points(depths: Iterable[int], estimate: Callable[[int], Estimate | None]) -> dict[str, dict[str, Any]]:
    """n → what is known there."""
    return {str(n): estimated.as_json() for n in depths if (estimated := estimate(n))}


def pictures_of(settings: Anb) -> str:
    return fingerprint(side(settings, "b", settings.seed)) + fingerprint(settings.data)


@plan(Anb, version=1, summarise=summarise, data=pictures_of)
def anb(settings: Anb) -> list[Spec]:
    """Seed by seed, and within a seed the most telling first; donors are trained once for all of them."""
    seeds = range(settings.seed, settings.seed + settings.seeds)
    return [spec for seed in seeds for _, _, spec in arms_of(settings, seed)]
