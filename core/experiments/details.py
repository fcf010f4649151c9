"""Details matter (`con.moco2`): one thing of a method is changed, everything else stays, and the linear probe says what
it was worth; as in the tables of SimCLR and MoCo v2 (arXiv:2002.05709, arXiv:2003.04297), at our scale.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.ssl import ssl, usual_view
from core.learning.compare import by_seed, over_seeds, paired
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

SIMCLR: dict[str, Any] = {"method": "simclr"}
V1: dict[str, Any] = {"method": "moco", "projection": "linear", "augment": "colour", "schedule": "constant"}
MLP, AUG, COS = {"projection": "mlp"}, {"augment": "blur"}, {"schedule": "cosine"}
SIZES = (32, 128, 512)
ALIKE = {"projection": "mlp", "augment": "colour", "schedule": "cosine", "second_view": "itself"}  # a bank has one view
BATCH = 128  # pictures a step, where they are not what is changed
LONGER, AS_LONG = "(e) four times as long", "(d) MLP, aug+, cos"
AGAINST = {LONGER: AS_LONG}  # the arm from which it differs in one thing; of all others the first of the table
# table → arm → settings. `times`: how often the usual images.
TABLES: dict[str, dict[str, dict[str, Any]]] = {
    "projection": {f"{head}": {**SIMCLR, "projection": head} for head in ("none", "linear", "mlp")},
    "augmentation": {
        name: {**SIMCLR, "augment": kind}
        for name, kind in {
            "flips": "flip", "crops": "small_crop", "colours": "jitter", "crops and colours": "colour",
            "crops, colours, blur": "blur",
        }.items()
    },
    "negatives": {
        **{f"end to end, {n}": {**ALIKE, "method": "end_to_end", "batch_size": n} for n in SIZES},
        **{
            f"{title}, {n}": {**ALIKE, "method": method, "batch_size": BATCH, "negatives": n}
            for method, title in {"memory_bank": "memory bank", "moco2": "momentum queue"}.items()
            for n in SIZES
        },
    },
    "moco2": {
        "MoCo v1": V1,
        "(a) MLP": {**V1, **MLP},
        "(b) aug+": {**V1, **AUG},
        "(c) MLP, aug+": {**V1, **MLP, **AUG},
        AS_LONG: {**V1, **MLP, **AUG, **COS},
        LONGER: {**V1, **MLP, **AUG, **COS, "times": 4},
    },
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Details:
    table: Annotated[str, OneOf(tuple(TABLES)), Help("what is changed")] = "augmentation"
    data: Annotated[str, Help("the pictures")] = "toybox:b"
    images: Annotated[int, Range(100, 100_000_000), Help("seen by each network")] = 25_600
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Details:
        return dataclasses.replace(self, data=absolute(self.data))


def arms_of(settings: Details) -> Iterator[tuple[str, int, Spec]]:
    """(arm, seed, run), seed by seed; all see as many images, but for the one that is to see more."""
    for seed in range(settings.seed, settings.seed + settings.seeds):
        for name, how in TABLES[settings.table].items():
            own = {key: value for key, value in how.items() if key != "times"}
            batch = own.get("batch_size", BATCH)
            steps = max(1, how.get("times", 1) * settings.images // batch)
            about: dict[str, Any] = {"data": settings.data, "steps": steps, "seed": seed, "batch_size": batch}
            yield name, seed, Spec.of(ssl, **{"second_view": usual_view(settings.data), **about, **own})


def summarise(settings: Details, rows: list[Row]) -> dict[str, Any]:
    """`accuracy[arm]`: of the linear probe on test pictures, mean over seeds with its 95 % interval; `gained[arm]`: how
    much more than that of the arm that it is compared with, paired over seeds. Works on some of the rows.
    """
    by = {spec.id: (name, seed) for name, seed, spec in arms_of(settings)}
    found = by_seed(rows, by, "accuracy", probe="linear_probe")
    first = next(iter(TABLES[settings.table]))
    gains = {name: paired(values, found.get(AGAINST.get(name, first), {})) for name, values in found.items()}
    accuracy = {name: over_seeds([*values.values()]).as_json() for name, values in found.items()}
    return {
        "accuracy": accuracy,
        "gained": {name: gap.as_json() for name, gap in gains.items() if gap and name != first},
    }


@plan(Details, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def details(settings: Details) -> list[Spec]:
    """Each arm of the table; seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
