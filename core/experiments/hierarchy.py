"""From edges to things (`see.hierarchy`): the units of every stage, of a trained network and of one that never learned.

Of the nine pictures that excite a unit most, how many are of one class? An edge is in all of them; a toy is not.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.finetune import network_for
from core.experiments.lens_units import NINE, lens_units
from core.experiments.looked_at import UNTRAINED, LookedAt
from core.learning.compare import over_seeds
from core.learning.intervals import welch
from core.models.catalog import network_info
from core.runs.settings import Help, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import fingerprint


@dataclasses.dataclass(frozen=True)
class Hierarchy(LookedAt):
    channels: Annotated[int, Range(2, 2048), Help("how many channels of each stage, from the first")] = 32


def stages(settings: LookedAt) -> list[str]:
    """Those that have maps, from the picture up."""
    info = network_info(network_for(settings.source, settings.network))
    return [name for name, stride in zip(info.stages, info.strides, strict=False) if stride]


def arms_of(settings: Hierarchy) -> Iterator[tuple[str, str, Spec]]:
    """(whose weights, stage, run)"""
    shared = {name: getattr(settings, name) for name in ("network", "data", "pictures", "seed", "channels")}
    for source in dict.fromkeys((settings.source, UNTRAINED)):
        for stage in stages(settings):
            yield source, stage, Spec.of(lens_units, source=source, stage=stage, **shared)


def summarise(settings: Hierarchy, rows: list[Row]) -> dict:
    """`units[trained or untrained][stage]`: of the nine pictures, the share of the commonest class, a mean over units
    with its 95 % interval; `deeper`: of the last stage above the first; `learned`: of the trained network's last stage
    above the untrained one's (Welch). Works on some of the rows.
    """
    place = {spec.id: (source, stage) for source, stage, spec in arms_of(settings)}
    shares = defaultdict(list)
    for row in rows:
        shares[place[row["run"]]].append(row["of_nine"] / NINE)
    units: dict[str, dict[str, Any]] = {}
    for (source, stage), values in shares.items():
        which = "untrained" if source == UNTRAINED else "trained"
        units.setdefault(which, {})[stage] = over_seeds(values).as_json() | {"values": []}
    first, last = stages(settings)[0], stages(settings)[-1]
    pairs = {
        "deeper": ((settings.source, last), (settings.source, first)),
        "learned": ((settings.source, last), (UNTRAINED, last)),
    }
    gaps = {
        name: dict(zip(("mean", "low", "high"), welch(shares[more], shares[less]), strict=True))
        for name, (more, less) in pairs.items()
        if more != less and more in shares and less in shares
    }
    return {"units": units, "stages": stages(settings), **gaps}


@plan(Hierarchy, version=3, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def hierarchy(settings: Hierarchy) -> list[Spec]:
    """All stages, of the trained network and of the untrained one."""
    return [spec for *_, spec in arms_of(settings)]
