"""Where does it look? Heat maps, scored against causes that are known to the pixel."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from core.figures.attribution import CAUSES, METHODS, league_figure
from core.figures.verdict import Verdict, point_verdict
from core.lessons.lesson import POINTS, Claim, Drawn, Lesson, Number, Result

ENOUGH = 0.8  # of the pictures
FRONT = {
    "gradcam": "Each of its maps has one weight, a mean over places. With a weight a place (HiResCAM) it finds "
    "{hirescam}: the mean is not why. But a place of these maps is 8 pixels wide and sees nearly the whole picture.",
    "occlusion": "The square has the picture's own mean colour. A grey one finds fewer: it is a thing that the network "
    "never saw in a room of toys, and changes its mind by itself.",
}


def league(cause: str, result: Result, dark: bool) -> Drawn | None:
    """Of the network that learned to tell the classes by `cause`."""
    summary = result.summary
    if cause not in summary["league"]:
        return None
    points = summary["league"][cause]
    said = ", ".join(
        f"{METHODS[method]} {point['trained']['mean']:.0%}, random weights {point['random']['mean']:.0%}"
        for method, point in points.items()
    )
    title = f"{CAUSES[cause]}: how often the map peaks on it"
    return Drawn(title, league_figure(points, summary["nothing"][cause], dark=dark), f"{title}. {said}")


def claims(result: Result) -> list[Claim]:
    found = result.summary["league"]
    if not {"toy", "shadow"} <= set(found):
        return []
    shadow = found["shadow"]
    return [
        Claim(
            "A heat map lies on what the network used: on the shadow, where only shadows were learned.",
            _of(point_verdict(shadow["gradcam"]["aside"])),
            "Grad-CAM: how much more often its peak is on the shadow than where the toy stood; the pixels of both are "
            f"known. Occlusion: {_of(point_verdict(shadow['occlusion']['aside'])).interval}.",
        ),
        *(_finds(found["toy"], method, reason) for method, reason in FRONT.items()),
        _learned(found["toy"], result.summary["nothing"]["toy"]["trained"]["mean"]),
    ]


def _finds(points: Mapping[str, Any], method: str, reason: str) -> Claim:
    above = {name: points[method]["trained"][name] - ENOUGH for name in ("mean", "low", "high")}
    both = f"it finds {_share(points, method)}, on random weights {_share(points, method, 'random')}"
    shares = {name: _share(points, name) for name in points}
    words = f"{METHODS[method]} finds the toy in four pictures of five."
    return Claim(words, _of(point_verdict(above)), f"Points above 80 %: {both}. {reason.format(**shares)}")


def _learned(points: Mapping[str, Any], middle: float) -> Claim:
    least = min(points, key=lambda method: points[method]["gap"]["mean"])
    return Claim(
        "What a map shows was learned: on random weights it finds the toy less often.",
        _of(point_verdict(points[least]["gap"])),
        f"Of all methods the gap is smallest for {METHODS[least].lower()}. Guided backprop finds "
        f"{_share(points, 'guided')} and, on weights that know nothing, still {_share(points, 'guided', 'random')}: it "
        f"draws edges, and a toy has many. Pointing at the middle finds {middle:.0%}.",
    )


def _share(points: Mapping[str, Any], method: str, weights: str = "trained") -> str:
    return f"{points[method][weights]['mean']:.0%}"


def _of(judged: Verdict) -> Verdict:
    return dataclasses.replace(judged, of="pictures")


def numbers(result: Result) -> list[Number]:
    return [
        number
        for cause, points in result.summary["league"].items()
        for method, point in points.items()
        for number in (
            *(Number.of(f"{CAUSES[cause]}, {METHODS[method]}, {w} weights", point[w]) for w in ("trained", "random")),
            Number.of(f"{CAUSES[cause]}, {METHODS[method]}: trained above random", point["gap"], POINTS),
        )
    ]


LEAGUE = Lesson(
    "Where does it look?",
    lambda settings: "One of two networks never saw a toy, only shadows. Which heat map is its own?",
    {cause: functools.partial(league, cause) for cause in CAUSES},
    claims,
    numbers,
)
