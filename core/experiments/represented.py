"""What learning a representation needs around the loop: its pictures, its objective, what is measured on the way, and
how well the finished codes can be read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from typing import Any

from core.experiments.learned import Learning
from core.experiments.reading import load
from core.experiments.sources import borrowed, memory
from core.methods.catalog import METHODS
from core.models.catalog import network_info
from core.runs.artifacts import Artifact
from core.runs.settings import Refused
from core.runs.spec import Progress, Row
from core.worlds import addresses, counts, mirrors

KNOWN, ASKED, SHOWN, COMPARED = 1000, 300, 8, 256  # pictures: neighbours, who asks them, drawn, and of histograms
REGULARISATION = 0.1  # of the probe: on 8,000 pictures of CIFAR-10 .01 gave 2 points less, 1 a quarter of a point more
BINS = 20  # of cosines, from -1 to 1
SECOND_VIEWS = {"itself": "", "new_room": "background", "new_room_and_light": "background,light,camera"}


@dataclasses.dataclass(frozen=True)
class Pictures:
    """uint8 (N, S, S, 3) of the training and the validation part, and of the training pictures perhaps their twins;
    of the test part what reads it (`test`); labels are for measuring.
    """

    world: Any
    parts: Any
    size: int
    train: Any
    validation: Any
    others: Any = None

    def labels(self, part: str) -> Any:
        return self.world.labels[getattr(self.parts, part)]


def examples(settings: Learning, second_view: str = "itself") -> Generator[Progress, None, Pictures]:
    """Read the pictures, showing progress."""
    from core.worlds import open_world, prepare
    from core.worlds.splits import measured, split
    from core.worlds.views import behind

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.05)
    world = open_world(settings.data)
    parts, size = measured(split(world)), side(settings.network, settings.size, world.side)
    train = yield from load(world, parts.train, size, 0.05, 0.09)
    validation = yield from load(world, parts.validation, size, 0.09, 0.1)
    others = None
    if factors := SECOND_VIEWS[second_view]:
        toys, there = behind(world, parts.train)
        others = yield from load(open_world(addresses.twin(factors, toys.address)), there, size, 0.09, 0.1)
    return Pictures(world, parts, size, train, validation, others)


def side(network: str, asked: int, own: int) -> int:
    """Pixels a side that the network sees: those asked for, its own, or those that the pictures have if fewer."""
    info = network_info(network)
    if asked:
        return asked
    size = min(info.size, own) if own else info.size
    return max(info.sizes[0], size - size % info.step)


def started(settings: Any, data: Pictures) -> Any:
    """The objective before its first step: from the seed, or as it was at the checkpoint `start`."""
    from core.models.staged import build
    from core.models.weights import from_arrays

    if not settings.start:
        network = build(settings.network, 0, settings.seed, size=data.size)
    else:
        tensors = borrowed(settings.start, None)
        assert tensors is not None
        network = from_arrays(tensors.recipe, tensors.arrays)
        if network.preprocessing.size != data.size:
            raise Refused("start", settings.start, f"it learned from pictures of {network.preprocessing.size} pixels.")
    objective = METHODS[settings.method].make()(
        network, data.train, settings, data.others, data.labels("train"), settings.without, mirrors(settings.data),
        settings.precision,
    )  # fmt: skip
    objective.rate = settings.rate
    if settings.start:
        restore(objective, settings.start)
    return objective


def restore(objective: Any, start: str) -> None:
    """Put back what an objective holds beside its network: a momentum copy, a queue, a bank."""
    import torch

    arrays = {name: torch.from_numpy(value.copy()) for name, value in memory(start).arrays.items()}
    own = {name: value for name, value in objective.state_dict().items() if not name.startswith("network.")}
    if {name: value.shape for name, value in own.items()} != {name: value.shape for name, value in arrays.items()}:
        raise Refused("start", start, "another method, or one of other sizes, was trained there.")
    objective.load_state_dict(arrays, strict=False)


def neighbours(network: Any, data: Pictures) -> tuple[Any, Any]:
    """A probe: nearest neighbours, as the encoder sees some pictures; and the held-out ones of these."""
    import numpy as np

    from core.learning.probe import probing

    chance = np.random.default_rng(0)
    known = np.sort(chance.permutation(len(data.train))[:KNOWN])
    asked = np.sort(chance.permutation(len(data.validation))[:ASKED])
    some = data.validation[asked], data.labels("validation")[asked]
    return probing(network, network.names[-1], (data.train[known], data.labels("train")[known]), some), some[0]


def probes(objective: Any, data: Pictures) -> dict[str, Any]:
    """Asked while it learns: nearest neighbours, and whether the codes collapse."""
    from core.learning.probe import collapse_meter

    network = objective.network
    probe, some = neighbours(network, data)
    projection = "projection" if "projection" in network.heads else network.names[-1]
    return {"neighbours": probe, "collapse": collapse_meter(network, projection, some)}


def drawn(objective: Any, data: Pictures, step: int, common: Row) -> Iterator[Row | Artifact]:
    """What is to be seen at this step: two views at the first, histograms of similarities, reconstructions."""
    import numpy as np
    import torch

    from core.learning.precision import evaluating

    some = torch.linspace(0, len(data.train) - 1, min(COMPARED, len(data.train))).long()  # of all classes
    with evaluating(objective):
        if "decoder" in objective.network.heads:
            held = data.validation[np.linspace(0, len(data.validation) - 1, SHOWN).astype(int)]
            back = objective.decode(objective.code(objective.network.prepare(held)))
            pairs = np.concatenate([held, as_pictures(back, objective.network)], axis=1)
            yield Artifact("reconstructions", pairs, step)
        elif objective.views == 2:
            _, chance = next(iter(objective.all(len(some), seed=1)))
            x = objective.batch(some, chance[:, : len(some)])
            if step == 0:
                first, second = np.split(as_pictures(x, objective.network), 2)
                spread = np.linspace(0, len(some) - 1, SHOWN).astype(int)
                yield Artifact("views", np.concatenate([first[spread], second[spread]], axis=1))
            for row in similarities(objective.project(x)):
                yield {**common, "step": step, "split": "similarity", **row}


def similarities(z: Any) -> Iterator[Row]:
    """Of codes (2N, D), first the one views and then the others: what share of the pairs has a cosine in each bin, of
    the same picture (`positive`) and of different ones (`negative`).
    """
    import torch
    import torch.nn.functional as F

    one, other = F.normalize(z.float().cpu(), dim=1).chunk(2)
    cosines = (one @ other.T).clamp(-1, 1)
    same = torch.eye(len(one), dtype=torch.bool)
    shares = [torch.histc(cosines[where], BINS, -1, 1) / where.sum() for where in (same, ~same)]
    for k, (positive, negative) in enumerate(zip(*(share.tolist() for share in shares), strict=True)):
        yield {"cosine": round(-1 + (2 * k + 1) / BINS, 3), "positive": positive, "negative": negative}


def as_pictures(x: Any, network: Any) -> Any:
    """(N, 3, S, S) as the network sees them -> uint8 (N, S, S, 3)."""
    mean, std = (x.new_tensor(v).view(3, 1, 1) for v in (network.preprocessing.mean, network.preprocessing.std))
    return (x * std + mean).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()


def read(network: Any, code: str, data: Pictures, common: Row) -> Generator[Any, None, dict[str, Any]]:
    """A row a layer (the last maps averaged over place; `code`, if there is such a head) and probe, on test pictures;
    the summary has those of the first.
    """
    from core.learning.features import codes
    from core.learning.probe import effective_rank, linear_probe, nearest_neighbours

    test = yield from load(data.world, data.parts.test, data.size, 0.9, 0.95)
    summary: dict[str, Any] = {}
    for layer in [network.names[-1], *([code] if code in network.heads else [])]:
        seen = [codes(network, pictures, layer) for pictures in (data.train, test)]
        known, asked = zip(seen, (data.labels("train"), data.labels("test")), strict=True)
        for name, found in {
            "linear_probe": linear_probe(known, asked, REGULARISATION), "knn": nearest_neighbours(known, asked)
        }.items():  # fmt: skip
            point = {"mean": found.accuracy, "low": found.low, "high": found.high}
            yield {**common, "split": "test", "layer": layer, "probe": name, "accuracy": found.accuracy, **point}
            summary.setdefault(name, point)
        summary.setdefault("effective_rank", effective_rank(seen[1]))
        yield Progress(1, 1, "layers read", 0.95, 1.0)
    return {**summary, "labels": len(data.train), "classes": list(data.world.classes), "size": data.size}
