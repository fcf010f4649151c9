"""Which puzzle teaches most, and for what (`pretext.*`)? All tasks, and others that learn without labels or with them,
by the same encoder and as many steps; what each code tells of a scene is read by a linear probe.

Whether who solves more puzzles has the better code is asked over the tasks by Kendall's rank correlation (Kolesnikov et
al. 2019, arXiv:1901.09005).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Annotated, Any

from core.experiments.factors import Kept, factors, told
from core.experiments.pretext import pretext
from core.experiments.ssl import ssl
from core.learning.compare import by_seed, over_seeds, paired
from core.methods.catalog import METHODS
from core.methods.puzzles import TASKS
from core.runs.settings import Help, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import fingerprint

UNTRAINED, PIXELS = "Untrained", "Pixels"
OTHERS = ("supervised", "simclr", "autoencoder")  # methods, beside the tasks
ANSWERS = ("The best puzzler's", "Another one's", "They hardly differ")
READ = ("class", "room", "pose", "position", "colour")  # what is asked of a code


@dataclasses.dataclass(frozen=True)
class Ranking(Kept):
    steps: Annotated[int, Range(1, 100_000), Help("of each training")] = 200


def trainings(settings: Ranking, seed: int) -> Iterator[tuple[str, str, Spec]]:
    """(title, layer of its code, training), the tasks first."""
    about: dict[str, Any] = {"data": settings.data, "steps": settings.steps, "seed": seed}
    for name, task in TASKS.items():
        yield task.title, task.shows, Spec.of(pretext, task=name, **about)
    for name in OTHERS:
        yield METHODS[name].title, METHODS[name].shows, Spec.of(ssl, method=name, **about)


def arms_of(settings: Ranking) -> Iterator[tuple[str, int, Spec]]:
    """(title, seed, run), seed by seed: each training, and what is read from its code."""
    shared: dict[str, Any] = {"data": settings.data, "pictures": settings.pictures}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        for title, layer, donor in trainings(settings, seed):
            yield title, seed, donor
            yield title, seed, Spec.of(factors, **shared, layer=layer, donor=donor)
        yield UNTRAINED, seed, Spec.of(factors, **shared, source="none", seed=seed)
    yield PIXELS, settings.seed, Spec.of(factors, **shared, source="pixels")


def summarise(settings: Ranking, rows: list[Row]) -> dict[str, Any]:
    """`table[title][factor]`: the share read from each code, mean over seeds with its 95 % interval; `chance[factor]`;
    `gained[title]`: how much more of the class than from an untrained network's, paired over seeds; `solved[title]`: of
    the test puzzles, from 0, chance, to 1; `tau`: over the tasks, between solved and told; `proxy`: by how
    much the code of the best `solver` tells more classes than the best of the others, paired; `answer`: one of ANSWERS.
    Works on some of the rows.
    """
    by = {spec.id: (title, seed) for title, seed, spec in arms_of(settings)}
    found, read = told(rows, by, READ)
    classes = found["class"]
    gains = {title: paired(values, classes.get(UNTRAINED, {})) for title, values in classes.items()}
    solved = by_seed(rows, by, "above_chance", split="solved")
    return {
        **read,
        "gained": {t: gap.as_json() for t, gap in gains.items() if gap and t not in (UNTRAINED, PIXELS)},
        "solved": {title: over_seeds([*values.values()]).as_json() for title, values in solved.items()},
        "tau": agreement(settings, solved, classes),
        **proxy({t: values for t, values in classes.items() if t in solved}, solved),
    }


def proxy(classes: dict[str, dict[int, float]], solved: dict[str, dict[int, float]]) -> dict[str, Any]:
    """Whether the best puzzler has the best code; nothing before two tasks were learned."""
    if len(classes) < 2:
        return {}
    solver = max(classes, key=lambda title: fmean(solved[title].values()))
    rival = max((title for title in classes if title != solver), key=lambda title: fmean(classes[title].values()))
    gap = paired(classes[solver], classes[rival])
    if gap is None:
        return {}
    answer = ANSWERS[0] if gap.low > 0 else ANSWERS[1] if gap.high < 0 else ANSWERS[2]
    return {"solver": solver, "proxy": gap.as_json(), "answer": answer}


def agreement(settings: Ranking, solved: dict, classes: dict) -> dict | None:
    """Kendall's correlation over the tasks, mean over the seeds that have all; None before there is one."""
    titles = [task.title for task in TASKS.values()]
    taus = [
        kendall([(solved[title][seed], classes[title][seed]) for title in titles])
        for seed in range(settings.seed, settings.seed + settings.seeds)
        if all(seed in found.get(title, {}) for title in titles for found in (solved, classes))
    ]
    return over_seeds(taus).as_json() if taus else None


def kendall(pairs: Sequence[tuple[float, float]]) -> float:
    """The share of pairs of points in the same order in both, less that of those in opposite order: tau-a, -1 to 1."""
    signs = [(a - c) * (b - d) for (a, b), (c, d) in itertools.combinations(pairs, 2)]
    return sum((sign > 0) - (sign < 0) for sign in signs) / len(signs)


@plan(Ranking, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def pretext_ranking(settings: Ranking) -> list[Spec]:
    """Each training and a reading of its code, seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
