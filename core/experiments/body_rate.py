"""The body's learning rate (`tune.rate`): how fast should borrowed stages be changed, compared with the new head?

Every arm is the same fine-tuning run but for the rate of the stages below the head: 0, .01, .1, 1 and 10 times the
head's. At 0 the weights of the body stay as they were borrowed.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.finetune import Finetune, arms
from core.learning.compare import compare
from core.runs.settings import Help, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import fingerprint

MULTIPLES = (0.0, 0.01, 0.1, 1.0, 10.0)


@dataclasses.dataclass(frozen=True)
class BodyRate:
    data: Annotated[str, Help("toybox:b, photos, digits, upload:<hash>, or the path of a folder or zip")] = "toybox:b"
    source: Annotated[str, Help("where the weights come from: imagenet, toybox or run:<id>")] = "toybox"
    labels_per_class: Annotated[int, Range(0, 100_000), Help("labelled pictures a class; 0 takes all")] = 40
    epochs: Annotated[int, Range(1, 500), Help("passes over the labelled pictures")] = 15
    head_rate: Annotated[float, Range(1e-6, 10, log=True), Help("learning rate of the new head")] = 2e-3
    size: Annotated[int, Range(0, 256), Help("pixels a side that the network sees; 0 is the network's own")] = 0
    seed: Annotated[int, Range(0, 10**6), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> BodyRate:
        one = self.at(1.0)
        return dataclasses.replace(self, data=one.data, size=one.size)

    def at(self, multiple: float) -> Finetune:
        """The fine-tuning run with the body at `multiple` of the head's rate."""
        shared = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return Finetune(**shared, frozen="0", body_rate=multiple, control=False).canonical()


def summarise(settings: BodyRate, rows: list[Row]) -> dict:
    """For each multiple the test accuracy with its 95 % interval; the best one; and 1 − .1, paired over seeds."""
    by = {spec.id: (spec.settings.body_rate, spec.settings.seed) for spec in body_rate(settings)}
    compared = compare(rows, by)
    curve: list[dict[str, Any]] = []
    for multiple in MULTIPLES:
        right = compared.accuracy(multiple)
        assert right
        bounds = {"accuracy": right.mean, "low": right.low, "high": right.high}
        curve.append({**bounds, "body_rate": multiple, "values": list(right.values)})
    summary = {"curve": curve, "best": max(curve, key=lambda point: point["accuracy"])["body_rate"]}
    gain = compared.gap(0.1, 10.0)
    if gain and len(gain.values) > 1:
        summary |= {"small_over_large": gain.mean, "small_over_large_low": gain.low, "small_over_large_high": gain.high}
    return summary


@plan(BodyRate, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def body_rate(settings: BodyRate) -> list[Spec]:
    """One arm a multiple and seed; seed by seed, so that the curve is whole early and its bars come later."""
    by_multiple = [arms(settings.at(multiple)) for multiple in MULTIPLES]
    return [spec for seed in zip(*by_multiple, strict=True) for spec in seed]
