"""Fine-tuning (`tune.freeze`): borrow stages of a trained network, train the rest on few labels, beside a control.

The control is the same network with the same labels, steps and order, started from random weights with nothing frozen.
Yosinski et al. 2014, arXiv:1411.1792; the recipe of the slides is that of CS231n.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.sources import FITTING, LENT, network_of, size_of
from core.experiments.train import Learning, Train, arm, train
from core.learning.compare import compare
from core.learning.menus import AUGMENTATIONS
from core.models.catalog import network_info
from core.runs.settings import Help, Matching, OneOf, Range, Refused
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint, mirrors

# Another seed than any arm's: a stage drawn anew must not start from the donor's own first weights.
TOYBOX_DONOR: dict[str, Any] = {
    "data": "toybox:a",
    "network": "labnet",
    "labels_per_class": 400,
    "epochs": 10,
    "batch_size": 64,
    "seed": 1000,
}


@dataclasses.dataclass(frozen=True)
class Finetune(Learning):
    data: Annotated[str, Help("toybox:b, photos, digits, upload:<hash>, or the path of a folder or zip")] = "toybox:b"
    source: Annotated[str, LENT, Help("where the weights come from")] = "toybox"
    network: FITTING = "auto"
    frozen: Annotated[
        str, Matching(r"all|\d{1,3}", "a number of stages, or all (but the head)"), Help("stages kept as they are")
    ] = "5"
    stages: Annotated[
        str,
        Matching("[ftn]*", "one letter a stage: f frozen, t fine-tuned, n new"),
        Help("each stage by itself; overrides frozen"),
    ] = ""
    epochs: Annotated[int, Range(1, 500), Help("passes over the labelled pictures")] = 25
    augment: Annotated[
        str,
        OneOf(("auto", *AUGMENTATIONS)),
        Help("random change of each training picture; auto mirrors what may be mirrored, so no writing"),
    ] = "auto"
    seed: Annotated[int, Range(0, 10**6), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds: other pictures, weights and order")] = 1
    control: Annotated[bool, Help("train the same network from scratch beside it")] = True

    def canonical(self) -> Finetune:
        source = self.source
        network = network_for(source, self.network)
        stages = self.stages or stage_letters(self.frozen, network)
        size = self.size or size_of(source) or network_info(network).size
        data, augment = absolute(self.data), self.augment
        if augment == "auto":
            augment = "flip" if mirrors(data) else "none"
        if source == "imagenet" and "pretrained" in network_info(network).weights:
            source = "pretrained"  # on other pictures than ImageNet's, and the only ones that it has
        settings = dataclasses.replace(
            self,
            source=source,
            network=network,
            stages=stages,
            frozen=leading(stages),
            size=size,
            data=data,
            augment=augment,
        )
        arms(settings)  # what an arm refuses is refused here
        return settings


def network_for(source: str, network: str) -> str:
    """The network that fits a source: the embedded ImageNet weights are EfficientNet's, the toybox's are LabNet's."""
    if source == "imagenet":
        return "efficientnet_lite0" if network == "auto" else network
    fits = {"toybox": "labnet"}.get(source)
    if source.startswith(("run:", "weights:")):
        fits = network_of(source)
        if not fits and network == "auto":
            raise Refused("network", network, "say which network these weights are for, for example resnet18.")
    if fits and network not in ("auto", fits):
        raise Refused("network", network, f"the weights of source={source} are for {fits}.")
    return fits or ("labnet" if network == "auto" else network)


def stage_letters(frozen: str, network: str) -> str:
    """`frozen=3` of eight stages is `fffttttn`: the head is always new."""
    body = len(network_info(network).stages) - 1
    n = body if frozen == "all" else int(frozen)
    if n > body:
        raise Refused(
            "frozen", frozen, f"a whole number from 0 to {body}, or all: the head of {network} is always new."
        )
    return "f" * n + "t" * (body - n) + "n"


def leading(stages: str) -> str:
    """How many stages are frozen before the first that is not."""
    return str(len(stages) - len(stages.lstrip("f")))


def arms(settings: Finetune) -> list[Spec]:
    """For each seed the transfer arm and, beside it, its control."""
    shared: dict[str, Any] = {
        field.name: getattr(settings, field.name)
        for field in dataclasses.fields(Train)
        if field.name not in ("donor", "seed", "source")
    }
    donor = Spec.of(train, **TOYBOX_DONOR) if settings.source == "toybox" else None
    start = "none" if donor else settings.source
    specs = []
    for seed in range(settings.seed, settings.seed + settings.seeds):
        specs.append(Spec.of(train, **shared, source=start, donor=donor, seed=seed))
        if settings.control:
            scratch = {**shared, "stages": "", "body_rate": 1.0}
            specs.append(Spec.of(train, **scratch, source="none", seed=seed))
    return specs


def summarise(settings: Finetune, rows: list[Row]) -> dict:
    """Test accuracy of both arms, 95 % intervals (Wilson for one seed, t over seeds), and their paired difference."""
    specs = arms(settings)
    ours = arm(specs[0].settings)
    compared = compare(rows, {spec.id: (arm(spec.settings), spec.settings.seed) for spec in specs})
    mine, values = compared.accuracy(ours), {}
    assert mine
    values[ours] = list(mine.values)
    summary = {"arm": ours, "test_accuracy": mine.mean, "low": mine.low, "high": mine.high, "seeds": len(mine.values)}
    if settings.control:
        control, gap = compared.accuracy("scratch"), compared.gap(ours, "scratch")
        assert control
        assert gap
        values["scratch"] = list(control.values)
        summary |= {"control_accuracy": control.mean, "control_low": control.low, "control_high": control.high}
        summary |= {"difference": gap.mean, "difference_low": gap.low, "difference_high": gap.high}
    return {**summary, "values": values}


@plan(Finetune, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def finetune(settings: Finetune) -> list[Spec]:
    """Transfer against scratch, over seeds."""
    return arms(settings)
