"""Generic to specific: how alike the stages of networks are that learned the same, something else, or nothing."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from core.figures.papers import paper
from core.figures.similarity import cited_figure, similarity_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import PLAIN, Claim, Drawn, Lesson, Number, Result

MEASURES = {"cka": "CKA", "procrustes": "Procrustes"}
NAMES = {"seed": "other seed", "task": "other task", "untrained": "never trained", "tuned": "fine-tuned"}
BOTH = "both untrained"
CLAIMS = {  # the one that was asked about first
    "tuned_late": ("Fine-tuning changes late stages most.", "Before and after, {first} against {last}."),
    "early_alike": (
        "Early stages are alike whatever was learned, late ones are not.",
        "Of two tasks, {first} against {last}.",
    ),
    "late_task": (
        "Late stages are of the task: where it is the same they are more alike.",
        "{last} of one task against {last} of two.",
    ),
    "learned": (
        "That early stages are alike was learned: without it they are less so.",
        "{first} of two tasks against {first} of {untrained}.",
    ),
}
PAIRS = {"one": "a trained network and an untrained one", "both": "two untrained networks"}
EXPECTED = 0.05  # of CKA
CITED = {
    "tuned": "before, after",
    "both_tuned": "two fine-tuned",
    "both_scratch": "two from scratch",
}


def names_of(settings: Mapping[str, Any]) -> dict[str, str]:
    return NAMES | ({"untrained": BOTH} if settings["untrained"] == "both" else {})


def alike(measure: str, result: Result, dark: bool) -> Drawn | None:
    groups, stages = result.summary["groups"], result.summary["stages"]
    if not groups:
        return None
    names, guess = names_of(result.settings), str(result.guess) if result.guess else None
    figure = similarity_figure(
        groups, stages, measure=measure, title=MEASURES[measure], names=names, dark=dark, guess=guess
    )
    parts = [
        f"{names[group]}: " + ", ".join(f"{stage} {point[measure]['mean']:.2f}" for stage, point in points.items())
        for group, points in groups.items()
    ]
    title = f"How alike two networks are, by {MEASURES[measure]}"
    return Drawn(title, figure, f"{title}. {'; '.join(parts)}")


def cited(result: Result, dark: bool) -> Drawn:
    """Of ResNet-50 on chest X-rays: it has other stages than the network here."""
    printed = paper("neyshabur2020")
    lines = {words: printed[name] for name, words in CITED.items()}
    figure = cited_figure(lines, printed["stages"], title="CKA", dark=dark)
    parts = [f"{words}: {', '.join(map(str, values))}" for words, values in lines.items()]
    title = "The paper's: ResNet-50, from ImageNet to chest X-rays"
    return Drawn(title, figure, f"{title}. CKA from conv1 to layer4. {'; '.join(parts)}")


def claims(result: Result) -> list[Claim]:
    first, *_, last = result.summary["stages"]
    where = {"first": first, "last": last, "untrained": PAIRS[result.settings["untrained"]]}
    gaps, made = result.summary["gaps"], []
    for name, (words, reason) in CLAIMS.items():
        if name in gaps["cka"]:
            other = point_verdict(gaps["procrustes"][name], EXPECTED)
            verdict = point_verdict(gaps["cka"][name], EXPECTED)
            made.append(Claim(words, verdict, f"{reason.format(**where)} By Procrustes: {other.interval}."))
    return made


def numbers(result: Result) -> list[Number]:
    names = names_of(result.settings)
    return [
        Number.of(f"{words}, {names[group]}, {stage}", point[measure], PLAIN)
        for measure, words in MEASURES.items()
        for group, points in result.summary["groups"].items()
        for stage, point in points.items()
    ]


def question(settings: Mapping[str, Any]) -> str:
    onto = "ten digits" if settings["target"] == "digits" else "other pictures"
    return f"Fine-tuned on {onto}: which stage changed most?"


GENERIC_SPECIFIC = Lesson(
    "Generic to specific",
    question,
    {**{measure: functools.partial(alike, measure) for measure in MEASURES}, "cited": cited},
    claims,
    numbers,
)
