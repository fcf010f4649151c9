"""Which pictures train, steer and test; and how few labels a run may use.

A split belongs to its world: it is the same in every run, so no network is ever tested on what another was trained on.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from core.runs.settings import Refused
from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION, World

TEST_SHARE, VALIDATION_SHARE = 0.25, 0.15
MOST_VALIDATION, MOST_TEST = 1000, 4000  # pictures that a run is measured on: standard errors of 1.6 and 0.8 points
SEED = 0


@dataclasses.dataclass(frozen=True)
class Split:
    """Indices of pictures, ascending; the three parts share none and leave none out."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split(world: World) -> Split:
    """The three parts of a world, each class in the same shares (60, 15, 25 %), each group of pictures in one part.

    What the source decided stays. Where it brings no test part, its validation part is the test; where no validation
    part is left, one fifth of the training pictures becomes it. A class of three pictures has one in each part, a
    class of two is not validated.
    """
    parts = np.full(len(world.labels), UNDECIDED) if world.given is None else np.array(world.given)
    if not np.isin(parts, (VALIDATION, TEST)).any():
        parts[:] = UNDECIDED
    undecided = parts == UNDECIDED
    if not undecided.any() and not (parts == TEST).any():
        parts[parts == VALIDATION] = TEST
    units = _units(world)
    strata = _strata(world, units)
    for label in range(len(world.classes)):
        mine = undecided & (strata == label)
        _cut(parts, mine, units, label, {TEST: TEST_SHARE, VALIDATION: VALIDATION_SHARE})
    if not (parts == VALIDATION).any():
        share = VALIDATION_SHARE / (1 - TEST_SHARE)
        for label in range(len(world.classes)):
            _cut(parts, (parts == TRAIN) & (strata == label), units, label, {VALIDATION: share})
    return Split(*(np.flatnonzero(parts == part) for part in (TRAIN, VALIDATION, TEST)))


def measured(parts: Split) -> Split:
    """The same training part, with no more validation and test pictures than a student can wait for.

    Which ones they are is the same in every run. Only sets like CIFAR-10 and folders of many thousands have more.
    """
    return Split(parts.train, _some(parts.validation, MOST_VALIDATION), _some(parts.test, MOST_TEST))


def _some(indices: np.ndarray, most: int) -> np.ndarray:
    """At most `most` of `indices`, ascending, drawn once and for all."""
    return np.sort(np.random.default_rng(SEED).permutation(indices)[:most])


def _units(world: World) -> np.ndarray:
    """(N,) what is never divided: pictures with equal numbers stay together."""
    if world.block > 1:
        return np.arange(len(world.labels)) // world.block
    return np.arange(len(world.labels)) if world.groups is None else np.asarray(world.groups)


def _strata(world: World, units: np.ndarray) -> np.ndarray:
    """(N,) the class that a picture counts for: that of the first picture of its unit."""
    _, first, unit_of = np.unique(units, return_index=True, return_inverse=True)
    return world.labels[first][unit_of]


def _cut(parts: np.ndarray, mine: np.ndarray, units: np.ndarray, label: int, shares: dict[int, float]) -> None:
    """Give shares of the pictures `mine` to parts, in place, at least one unit each, as long as training keeps one.

    A unit larger than the first share goes to training if there are smaller ones.
    """
    names, sizes = np.unique(units[mine], return_counts=True)
    order = np.random.default_rng([SEED, label]).permutation(len(names))
    order = order[np.argsort(sizes[order] > max(1, next(iter(shares.values())) * sizes.sum()), kind="stable")]
    reach = np.cumsum(sizes[order])  # pictures in the first k + 1 units
    assigned = np.full(len(names), TRAIN)
    start, wanted = 0, 0.0
    for later, (part, share) in zip(reversed(range(len(shares))), shares.items(), strict=True):
        wanted += share * sizes.sum()
        end = int(np.searchsorted(reach, round(wanted))) + 1
        end = max(start + 1, min(end, len(names) - 1 - later))  # later parts and training want a unit too
        end = max(start, min(end, len(names) - 1))
        assigned[order[start:end]] = part
        start = end
    parts[mine] = assigned[np.searchsorted(names, units[mine])]


def budget(world: World, indices: np.ndarray, per_class: int, seed: int) -> np.ndarray:
    """`per_class` pictures of every class out of `indices`, ascending; for one seed a smaller budget is in a larger.

    Pictures that are rendered together are drawn together. `Refused` names the largest budget that every class can pay.
    """
    indices = np.asarray(indices)
    labels = world.labels[indices]
    counts = np.bincount(labels, minlength=len(world.classes))
    least = int(counts.argmin())
    if not 1 <= per_class <= counts[least]:
        most = f"at most {counts[least]}, the training pictures of the class {world.classes[least]}"
        raise Refused("labels_per_class", per_class, f"a whole number from 1, and {most}.")
    drawn = [_drawn(indices[labels == label], world.block, [seed, label])[:per_class] for label in range(len(counts))]
    return np.sort(np.concatenate(drawn))


def _drawn(indices: np.ndarray, block: int, seed: list[int]) -> np.ndarray:
    """All `indices` in a random order, block after block."""
    blocks, block_of = np.unique(indices // block, return_inverse=True)
    rank = np.random.default_rng(seed).permutation(len(blocks))[block_of]
    return indices[np.lexsort((indices, rank))]
