"""How few labels? Accuracy against the share of labels, for encoders that learned without any."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from core.figures.crossing import rounded
from core.figures.few_labels import LABELS, LOOKS, SHARES, printed_figure, shares_figure
from core.figures.papers import paper
from core.figures.representations import ranking_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import POINTS, Claim, Drawn, Lesson, Number, Result

TITLES = {  # encoder → its words
    "": "scratch",
    "simclr": "SimCLR",
    "moco2": "MoCo v2",
    "byol": "BYOL",
    "rotation": "Rotation",
    "autoencoder": "Autoencoder",
    "cpc": "CPC",
    "imagenet": "ImageNet",
    "none": "Random weights",
}
FROZEN, TUNED, SCRATCH, PROPAGATION = LOOKS
MARGIN = 0.03  # more than this is expected of frozen at the least share
Curves = Mapping[str, Mapping[str, Mapping[str, Any]]]  # how → share → point


def first_encoder(result: Result) -> str:
    """The one that is tried in every way: the first that was asked for."""
    return str(result.settings["encoders"]).split(",")[0]


def ways(result: Result) -> Curves:
    """Of the first encoder, and of scratch: how → share → point."""
    curves = result.summary["curves"]
    return {**curves.get("", {}), **curves.get(first_encoder(result), {})}


def shares(result: Result, dark: bool) -> Drawn | None:
    """All ways, against the share of labels."""
    curves = ways(result)
    if not curves:
        return None
    title = f"{TITLES[first_encoder(result)]}, and what a few labels make of it"
    figure = shares_figure(curves, result.summary["overtakes"].get(SCRATCH), dark=dark, guess=result.guess)
    return Drawn(title, figure, f"Test pictures right by the share of labels. {said(curves)}")


def said(curves: Curves) -> str:
    """The curves as a sentence, for those who do not see them."""
    words = [
        f"{how}: " + ", ".join(f"{point['mean']:.0%} at {share} %" for share, point in curves[how].items())
        for how in LOOKS
        if how in curves
    ]
    return "; ".join(words)


def at(result: Result, share: str) -> dict[str, Mapping[str, Any]]:
    """Every encoder and way at one share, in words, the best first."""
    points = {
        TITLES[encoder] if how == SCRATCH else f"{TITLES[encoder]}, {how}": points[share]
        for encoder, hows in result.summary["curves"].items()
        for how, points in hows.items()
        if share in points
    }
    return dict(sorted(points.items(), key=lambda item: -item[1]["mean"]))


def least_share(result: Result) -> str | None:
    return min(ends, key=int) if (ends := every_share(result)) else None


def every_share(result: Result) -> set[str]:
    return {share for hows in result.summary["curves"].values() for points in hows.values() for share in points}


def encoders(result: Result, dark: bool) -> Drawn | None:
    """Who is read best with the fewest labels."""
    share = least_share(result)
    if share is None:
        return None
    points, title = at(result, share), f"With {share} % of the labels"
    words = ", ".join(f"{name} {point['mean']:.0%}" for name, point in points.items())
    return Drawn(title, ranking_figure(points, x="Test pictures right (%)", dark=dark), f"{title}: {words}")


def printed(result: Result, dark: bool, name: str) -> Drawn:
    """What a paper has: "cpc2" or "stl10"."""
    held = paper("few_labels")[name]
    if name == "cpc2":
        curves = {how: dict(zip(held["shares"], held[how], strict=True)) for how in (FROZEN, TUNED, SCRATCH)}
        x, y, title = SHARES, "Top-5, ImageNet (%)", "CPC v2 on ImageNet, as printed"
    else:
        frozen = dict(zip(held["labels_per_class"], held[FROZEN], strict=True))
        curves = {FROZEN: frozen, SCRATCH: {int(n): value for n, value in held[SCRATCH].items()}}
        x, y, title = LABELS, "STL-10, test pictures right (%)", "SimCLR on STL-10, as printed"
    words = "; ".join(
        f"{how} {', '.join(f'{v:.1%} at {n}' for n, v in points.items())}" for how, points in curves.items()
    )
    return Drawn(title, printed_figure(curves, x=x, y=y, dark=dark), f"{title}: {words}")


def overtaken(summary: Mapping[str, Any]) -> float | str | None:
    """The answer to the question: a share, "never" within all labels, or None where nothing is known."""
    found = summary["overtakes"].get(SCRATCH)
    if not found:
        return None
    return "never" if found["share"] is None else float(rounded(found["share"]))


def overtaken_words(summary: Mapping[str, Any]) -> str:
    """Where the curves cross, as sentences."""
    words = []
    for how, who in ((SCRATCH, "Scratch"), (TUNED, "Fine-tuned")):
        if found := summary["overtakes"].get(how):
            words.append(crossing_words(found, who))
    return " ".join(words)


def crossing_words(found: Mapping[str, Any], who: str) -> str:
    """Of one rival. An interval without an end says so."""
    if found["share"] is None:
        often = f" ({found['never']:.0%} of the draws agree)" if found["never"] < 1 else ""
        return f"{who} does not overtake frozen within all the labels{often}."
    low, high = (f"{rounded(found[end])} %" if found[end] else "beyond all labels" for end in ("low", "high"))
    sure = f"95 % interval {low} to {high}, over {found['seeds']} seeds and the test pictures"
    return f"{who} overtakes frozen at **{rounded(found['share'])} %** of the labels ({sure})."


SLOWLY = "How fast borrowed stages learn on, validation pictures chose, share by share."
PAIRED = "Points of accuracy, paired over seeds: the same labels in the same order."
AHEAD = (  # how, whether with the most labels or the fewest, what it does better than the frozen codes, reason
    (SCRATCH, max, "scratch beats the frozen codes", PAIRED),
    (TUNED, max, "an encoder that learns on beats the frozen codes", SLOWLY),
    (TUNED, min, "learning on beats staying frozen", "CPC v2, printed: 77.9 against 77.1 % (top-5, ImageNet)."),
    (PROPAGATION, min, "labels that spread over a graph of the codes beat a linear layer on them",
     "The graph is of all training pictures, of which the others know only those with a label."),
)  # fmt: skip


def few_claims(result: Result) -> list[Claim]:
    """Few labels want a borrowed encoder; all of them do not."""
    summary, first, claims = result.summary, first_encoder(result), []
    if points := summary["gains"].get(first, {}).get(FROZEN):
        few = min(points, key=int)
        words = f"With {few} % of the labels, {TITLES[first]}'s frozen codes beat scratch."
        claims.append(Claim(words, point_verdict(points[few], MARGIN), PAIRED))
    for how, end, better, reason in AHEAD:
        if points := summary["ahead"].get(how):
            share = end(points, key=int)
            claims.append(Claim(f"With {share} % of the labels, {better}.", point_verdict(points[share]), reason))
    return claims


def few_numbers(result: Result) -> list[Number]:
    """Every point, and what is gained over scratch."""
    summary = result.summary
    numbers = [
        Number.of(f"{TITLES[encoder]}{'' if how == SCRATCH else f', {how}'}, {share} % of the labels", point)
        for encoder, hows in summary["curves"].items()
        for how, points in hows.items()
        for share, point in points.items()
    ]
    numbers += [
        Number.of(f"{TITLES[encoder]}, {how} − scratch, {share} %", gap, POINTS)
        for encoder, hows in summary["gains"].items()
        for how, points in hows.items()
        for share, gap in points.items()
    ]
    return numbers


def one_number(result: Result) -> list[Number]:
    """Of one way and share."""
    settings = result.settings
    words = f"Test pictures right, {settings['how']}, {settings['share']} % of the labels"
    return [Number.of(words, result.summary["accuracy"])]


FEW_LABELS = Lesson(
    "How few labels?",
    lambda settings: "At which share of the labels does scratch catch up with the frozen encoder?",
    {
        "shares": shares,
        "encoders": encoders,
        "printed": functools.partial(printed, name="cpc2"),
        "stl10": functools.partial(printed, name="stl10"),
    },
    few_claims,
    few_numbers,
    unit="%",
)
LABEL_EFFICIENCY = Lesson("One share of the labels", numbers=one_number)
