"""What would a unit like to see? A picture that begins as noise and grows until it excites the unit strongly
(`see.deepvis`; Yosinski et al., arXiv:1506.06579; Olah et al., distill.pub/2017/feature-visualization).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from core.experiments.looked_at import LookedAt, opened, some_pictures
from core.models.catalog import network_info
from core.runs.artifacts import Artifact
from core.runs.metrics import Stream
from core.runs.settings import Help, OneOf, Range, Refused
from core.runs.spec import Course, Progress, experiment
from core.worlds import fingerprint

WAYS = ("fourier", "first", "second", "third", "fourth", "none")  # the presets are those of Yosinski's table 1
PARTS = ("nothing", "decay", "blur", "small_norm", "small_contribution")
Units = list[tuple[int, ...]]
STEPS = {"fourier": 96}  # of the other ways PLAIN
PLAIN, LOOKS, CANVAS, SHOWN = 200, 16, 128, 192  # steps; pictures on the way; pixels at most, and as people see them


@dataclasses.dataclass(frozen=True)
class LensMaximise(LookedAt):
    stage: Annotated[str, Help("a stage of the network; the last one has the classes")] = "conv3"
    first: Annotated[int, Range(0, 100_000), Help("the first channel that a picture is made for")] = 0
    channels: Annotated[int, Range(1, 2048), Help("for how many")] = 6
    mixed: Annotated[tuple[int, ...], Range(0, 100_000), Help("instead, one picture that excites all of these")] = ()
    way: Annotated[
        str, OneOf(WAYS), Help("frequencies, or pixels under one of Yosinski's four sets of regularisers")
    ] = "fourier"
    without: Annotated[str, OneOf(PARTS), Help("the regulariser that is left out of the set")] = "nothing"

    def canonical(self) -> Any:
        settings = super().canonical()
        if self.stage not in (stages := network_info(settings.network).stages):
            raise Refused("stage", self.stage, f"one of {', '.join(stages)}.")
        return settings


@experiment(
    LensMaximise,
    version=1,
    data=lambda settings: fingerprint(settings.data),
    streams=(Stream("growing", "After {step} steps"),),
)
def lens_maximise(settings: LensMaximise) -> Course:
    """A row a picture: `value`, how strongly its channels answer to it, a mean over the map, and `best`, to the best of
    the world's pictures. Artifacts: `growing` as the steps go on, `made` at their end. `Refused`: no such channel.
    """
    network = yield from opened(settings)
    _, _, pictures = yield from some_pictures(settings, network.preprocessing.size, 0.2)
    units = wanted(network, settings, pictures[:1])
    best = yield from answers(network, settings.stage, units, pictures)
    total = STEPS.get(settings.way, PLAIN)
    for step, images, strength in grown(network, settings, units, total):
        if step % (total // LOOKS) == 0 and step < total:
            yield Artifact("growing", large(images), step)
        yield Progress(step, total, "steps", 0.4, 1.0)
        last = strength.tolist()
    yield Artifact("made", large(images))
    for answer, unit, record in zip(last, units, best, strict=True):
        yield {"split": "unit", "channels": list(unit), "value": round(answer, 4), "best": round(record, 4)}
    return {"pictures": len(pictures), "network": settings.network, "size": images.shape[-1]}


def wanted(network: Any, settings: LensMaximise, picture: Any) -> Units:
    """Of each picture that is to be made the channels that it is to excite."""
    from core.learning.precision import evaluating
    from core.lenses.units import channels
    from core.models.staged import activations

    with evaluating(network):
        n = channels(activations(network, network.prepare(picture), [settings.stage])[settings.stage])
    if (last := max((settings.first, *settings.mixed))) >= n:
        raise Refused("mixed" if settings.mixed else "first", last, f"{settings.stage} has channels 0 to {n - 1}.")
    if settings.mixed:
        return [settings.mixed]
    return [(channel,) for channel in range(settings.first, min(n, settings.first + settings.channels))]


def answers(network: Any, stage: str, units: Units, pictures: Any) -> Generator[Progress, None, Any]:
    """(len(units),): how strongly each answers to that of the pictures to which it does so most."""
    import torch

    from core.learning.features import chunks
    from core.learning.precision import evaluating
    from core.lenses.maximise import mean_of
    from core.models.staged import activations

    every, done = [], 0
    with evaluating(network), torch.no_grad():
        for where in chunks(pictures):
            given = activations(network, network.prepare(pictures[where]), [stage])[stage]
            every.append(torch.stack([mean_of(given, [unit] * len(given)) for unit in units], 1))
            done += len(given)
            yield Progress(done, len(pictures), "pictures", 0.2, 0.4)
    return torch.cat(every).amax(0).tolist()


def grown(network: Any, settings: LensMaximise, units: Units, steps: int) -> Iterator[tuple]:
    from core.lenses.maximise import PRESETS, fourier, pixels

    size = canvas(settings)
    if settings.way == "fourier":
        return fourier(network, settings.stage, units, size, steps, settings.seed)
    kept = PRESETS[settings.way]
    left_out: dict[str, Any] = {settings.without: 0.0} if settings.without != "nothing" else {}
    kept = dataclasses.replace(kept, **left_out)
    return pixels(network, settings.stage, units, size, kept, steps, settings.seed)


def canvas(settings: LensMaximise) -> int:
    """A smaller one than the network's own is quicker, where the network takes any."""
    info = network_info(settings.network)
    return min(info.size, CANVAS) if info.step == 1 and info.sizes[0] <= CANVAS else info.size


def large(images: Any) -> Any:
    """(N, 3, S, S) in 0..255 -> uint8 (N, SHOWN, SHOWN, 3)."""
    import torch.nn.functional as F

    shown = F.interpolate(images, SHOWN, mode="bicubic", antialias=True).clamp(0, 255).round()
    return shown.permute(0, 2, 3, 1).byte().cpu().numpy()
