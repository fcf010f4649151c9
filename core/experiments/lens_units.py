"""What excites the units of a stage? (`see.hierarchy`, `see.deconvnet`): the nine patches that do so most, and what of
them comes back, by each rule (Zeiler and Fergus, arXiv:1311.2901, figure 2).
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.looked_at import FEWEST, LookedAt, opened, some_pictures
from core.experiments.reading import load
from core.models.catalog import network_info
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Range, Refused
from core.runs.spec import Course, Progress, Row, experiment
from core.worlds import fingerprint

NINE, TILE, BACK = FEWEST, 72, 48  # patches of a unit, pixels a side of each, and of what comes back to it
RENDERED = 3  # times as large as the network sees are patches that people see


@dataclasses.dataclass(frozen=True)
class LensUnits(LookedAt):
    stage: Annotated[str, Help("a stage of the network")] = "conv3"
    first: Annotated[int, Range(0, 100_000), Help("the first channel that has a sheet")] = 0
    channels: Annotated[int, Range(1, 2048), Help("how many channels have a sheet")] = 32

    def canonical(self) -> Any:
        settings = super().canonical()
        if self.stage not in (stages := network_info(settings.network).stages):
            raise Refused("stage", self.stage, f"one of {', '.join(stages)}.")
        return settings


@experiment(LensUnits, version=3, data=lambda settings: fingerprint(settings.data), quick=True)
def lens_units(settings: LensUnits) -> Course:
    """A row a channel of the stage: how strongly its best picture excites it, the class that most of its nine best are
    of, and how many. Artifacts: `patches`, a sheet of nine a channel, and of each rule that this network has what it
    takes for, `back_<rule>`, what comes back to the same patches. `Refused`: a channel that the stage has not.
    """
    import numpy as np

    from core.learning.features import chunks
    from core.lenses.backward import rules
    from core.lenses.receptive import spans
    from core.lenses.top import top
    from core.lenses.units import Unit

    network = yield from opened(settings)
    possible, size = rules(network), network.preprocessing.size
    world, indices, pictures = yield from some_pictures(settings, size, 0.4)
    for best in top(network, (pictures[where] for where in chunks(pictures)), settings.stage, NINE):
        yield Progress(best.seen, len(pictures), "pictures", 0.4, 0.6)
    shown = range(settings.first, min(settings.first + settings.channels, len(best.value)))
    if not shown:
        raise Refused("first", settings.first, f"{settings.stage} has channels 0 to {len(best.value) - 1}.")
    wanted = np.unique(best.picture[shown.start : shown.stop].numpy())
    large = yield from load(world, indices[wanted], RENDERED * size, 0.6, 0.8)
    field, sheets = spans(network, settings.stage), []
    for channel in shown:
        of, unit = best.picture[channel].numpy(), Unit(settings.stage, channel)
        boxes = boxes_of(field, best.row[channel].tolist(), best.column[channel].tolist())
        sheets.append(all_of(network, unit, possible, pictures[of], large[np.searchsorted(wanted, of)], boxes))
        yield {"split": "unit", "channel": channel, **about(best.value[channel], world, indices[of])}
        yield Progress(channel + 1 - shown.start, len(shown), "channels", 0.8, 1.0)
    for name, kept in zip(("patches", *(f"back_{rule}" for rule in possible)), zip(*sheets, strict=True), strict=True):
        yield Artifact(name, np.stack(kept))
    summary = {"channels": len(best.value), "pictures": len(pictures), "network": settings.network}
    return {**summary, "rules": list(possible), "largest": max(end - start for start, end in field), "size": size}


def boxes_of(field: list[tuple[int, int]], rows: list[int], columns: list[int]) -> list[tuple[int, int, int, int]]:
    """(top, left, bottom, right) of what the places of a map can see; where there is none, of the whole picture."""
    seen = [[field[min(k, len(field) - 1)] for k in places] for places in (rows, columns)]
    return [(row[0], column[0], row[1], column[1]) for row, column in zip(*seen, strict=True)]


def about(values: Any, world: Any, indices: Any) -> Row:
    """How strong the best and the ninth are, and the commonest class of the nine."""
    import numpy as np

    counts = np.bincount(world.labels[indices], minlength=len(world.classes))
    strength = {"value": round(float(values[0]), 4), "ninth": round(float(values[-1]), 4)}
    return {**strength, "class": world.classes[counts.argmax()], "of_nine": int(counts.max())}


def all_of(network: Any, unit: Any, possible: Any, pictures: Any, large: Any, boxes: list) -> tuple[Any, ...]:
    """The sheets of the patches `boxes` of `pictures` (N, S, S, 3), from larger ones, and by each rule of what comes
    back there.
    """
    import numpy as np

    from core.lenses.backward import backward
    from core.lenses.sheets import in_grey, patch, sheet

    size = network.preprocessing.size
    back = [in_grey(backward(network, network.prepare(pictures), unit, rule)) for rule in possible]
    return tuple(
        sheet(np.stack([patch(one, box, size, side) for one, box in zip(seen, boxes, strict=True)]))
        for seen, side in ((large, TILE), *((one, BACK) for one in back))
    )
