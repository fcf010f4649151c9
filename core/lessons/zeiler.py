"""The measurements of Zeiler and Fergus (arXiv:1311.2901): which stages matter, what a network forgives, whether parts
correspond, and which stages settle first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from core.figures.papers import paper
from core.figures.style import in_points
from core.figures.verdict import Verdict, point_verdict
from core.figures.zeiler import (
    PANELS,
    ablation_figure,
    evolution_figure,
    moved_figure,
    parts_figure,
    without,
)
from core.lessons.lesson import PLAIN, POINTS, Claim, Drawn, Lesson, Number, Result

ALL, MIDDLE, CONNECTED = "conv3-conv4-fc6-fc7", "conv3-conv4", "fc6-fc7"
CONTROLS = {"random": "places of the toy at random", "elsewhere": "where the part is in another picture"}


def over(point: Mapping[str, float], of: str, expected: float = 0.0) -> Verdict:
    return dataclasses.replace(point_verdict(point, expected), of=of)


def errors(result: Result, dark: bool) -> Drawn | None:
    summary, printed = result.summary, paper("zeiler2013")["ablation"]["top1"]
    if not summary["whole"]:
        return None
    parts = [f"whole {summary['whole']['mean']:.0%}"]
    for how, points in summary["errors"].items():
        parts += [f"{without(name)} ({how}) {point['mean']:.0%}" for name, point in points.items()]
    figure = ablation_figure(summary["whole"], summary["errors"], printed, dark=dark)
    return Drawn("Named wrongly, without some stages", figure, f"Test pictures named wrongly: {', '.join(parts)}")


def ablation_claims(result: Result) -> list[Claim]:
    """The paper's: two pairs cost little, all four of them much; and of passing by, which it did not try."""
    lost, printed = result.summary["lost"], paper("zeiler2013")["ablation"]["top1"]
    claims, learned, passed = [], lost.get("retrained", {}), lost.get("passed", {})
    if ALL in learned:
        words = f"{without(ALL).capitalize()} a network is much worse: depth matters."
        expected = printed[ALL] - printed[""]
        claims.append(Claim(words, over(learned[ALL], "seeds", expected), f"The paper: {in_points(expected)} points."))
    if together := result.summary.get("together"):
        words = "The four cost more together than the two middle ones and the two connected ones apart."
        expected = printed[ALL] - printed[MIDDLE] - printed[CONNECTED] + printed[""]
        apart = ", ".join(f"{without(name)} {in_points(learned[name]['mean'], 1)}" for name in (MIDDLE, CONNECTED))
        reason = f"Here, in points: {apart}. The paper: {in_points(expected)} beyond the sum."
        claims.append(Claim(words, over(together, "seeds", expected), reason))
    for stage, point in passed.items():
        reason = f"A network that learned without it loses {in_points(learned[stage]['mean'], 1)} points."
        claims.append(Claim(f"A trained network cannot pass {stage} by.", over(point, "seeds", 0.1), reason))
    return claims


def ablation_numbers(result: Result) -> list[Number]:
    summary = result.summary
    points = {"Named wrongly, the whole network": summary["whole"]}
    for how, each in summary["errors"].items():
        points |= {f"Named wrongly, {without(name)}, {how}": point for name, point in each.items()}
    top = {f"{what}: not among the five likeliest": point["top5"] for what, point in points.items() if "top5" in point}
    return [Number.of(what, point) for what, point in {**points, **top}.items()]


def distances(result: Result, dark: bool) -> Drawn:
    rows = [row for row in result.rows if row["split"] == "distance"]
    lines = {stage: [row for row in rows if row["stage"] == stage] for stage in result.summary["stages"]}
    figure = moved_figure(lines, "Distance (1: another picture)", dark=dark)
    return Drawn("How far the features move", figure, f"Distance, 1 that of another picture. {most(lines)}")


def truth(result: Result, dark: bool) -> Drawn | None:
    rows = [row for row in result.rows if row["split"] == "truth"]
    if not rows:
        return None
    lines = {"its class": rows}
    figure = moved_figure(lines, "Probability of its class", dark=dark)
    return Drawn("Whether the network still names it", figure, f"Probability of its class. {most(lines)}")


def most(lines: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """What the ends of the curves are, in words."""
    said = []
    for name, rows in lines.items():
        for transform, words in PANELS.items():
            own = [row for row in rows if row["transform"] == transform]
            low, high = (find(own, key=lambda row: row["mean"]) for find in (min, max))
            ends = " to ".join(f"{row['mean']:.2f} at {row['amount']:.3g}" for row in (low, high))
            said.append(f"{name}, {words.lower()}: {ends}")
    return "; ".join(said)


def invariance_claims(result: Result) -> list[Claim]:
    summary = result.summary
    first, last = summary["stages"]
    words = f"A shift by a twelfth of the side moves the features of {first} far, those of {last} little."
    claims = [Claim(words, over(summary["early_above_late"], "pictures", 0.2), "The difference of the distances.")]
    if turned := summary.get("lost_by_turn"):
        small = over(summary["lost_by_shift"], "pictures")
        reason = f"What the probability of the class loses; by that shift: {small.interval}."
        claims.append(
            Claim("Turned by a quarter, a picture is no longer named.", over(turned, "pictures", 0.3), reason)
        )
    return claims


def invariance_numbers(result: Result) -> list[Number]:
    names = {
        "early_above_late": "Shift by a twelfth of the side: distance of the first stage − of the last",
        "lost_by_shift": "Probability of the class: as it is − shifted by a twelfth",
        "lost_by_turn": "Probability of the class: as it is − turned by a quarter",
    }
    summary = result.summary
    return [Number.of(words, summary[name], PLAIN) for name, words in names.items() if name in summary]


def parts(result: Result, dark: bool) -> Drawn:
    below, at = result.summary["below"], result.summary["stages"]
    printed = {stage: printed_below(stage) for stage in ("conv5", "fc7") if stage in at}
    said = [
        f"than {CONTROLS[control]}: "
        + ", ".join(f"{stage} {in_points(point['mean'], 1)}" for stage, point in own.items())
        for control, own in below.items()
    ]
    figure = parts_figure(below, {name: f"than {words}" for name, words in CONTROLS.items()}, printed, dark=dark)
    return Drawn("A hidden part changes features more alike", figure, f"More alike, in points, {'; '.join(said)}")


def printed_below(stage: str) -> float:
    """How far the paper's three parts lie below its random places."""
    table = paper("zeiler2013")["correspondence"][stage]
    own = [value for part, (value, _) in table.items() if part != "random"]
    return table["random"][0] - sum(own) / len(own)


def correspondence_claims(result: Result) -> list[Claim]:
    summary = result.summary
    middle, late, below = summary["middle"], summary["late"], summary["below"]
    printed = [printed_below(stage) for stage in ("conv5", "fc7")]
    in_paper = "The paper: {:.1f} points.".format
    words = f"The same part, hidden in two pictures, changes {middle} more alike than {{}}."
    return [
        Claim(
            words.format("places at random"),
            over(below["random"][middle], "pictures", printed[0]),
            in_paper(100 * printed[0]),
        ),
        Claim(
            words.format("the place of that part in another picture"),
            over(below["elsewhere"][middle], "pictures"),
            "Where this holds too, it is the part, and not merely the place at which it mostly is.",
        ),
        Claim(
            f"At {late} there is less of it.",
            over(summary["gone"], "pictures", printed[0] - printed[1]),
            f"{middle} − {late}, of places at random. {in_paper(100 * (printed[0] - printed[1]))}",
        ),
    ]


def correspondence_numbers(result: Result) -> list[Number]:
    return [
        Number.of(f"{stage}: less than {words}, hidden", point, POINTS)
        for control, words in CONTROLS.items()
        for stage, point in result.summary["below"][control].items()
    ]


def likeness(result: Result, dark: bool) -> Drawn | None:
    summary = result.summary
    if not summary["likeness"]:
        return None
    said = [f"{stage} {point['mean']:.0%}" for stage, point in summary["settled"].items()]
    figure = evolution_figure(summary["likeness"], summary["settled"], dark=dark)
    words = f"Share of the training after which a stage is like the finished one (CKA of .9): {', '.join(said)}"
    return Drawn("How like the finished stage (CKA); the bar: 0.9", figure, words)


def evolution_claims(result: Result) -> list[Claim]:
    point = result.summary.get("first_settles_first")
    if not point:
        return []
    first, *_, last, _ = result.summary["settled"]
    reason = f"{last} − {first}: when its CKA with the finished stage reaches .9, as a share of the training."
    return [Claim("Early stages settle first.", over(point, "seeds", 0.1), reason)]


def evolution_numbers(result: Result) -> list[Number]:
    return [
        Number.of(f"Share of the training after which {stage} has settled", point)
        for stage, point in result.summary["settled"].items()
    ]


STAGE_ABLATION = Lesson(
    "Which stages matter?",
    lambda settings: "Take one stage out and train without it: without which are most toys named wrongly?",
    {"errors": errors},
    ablation_claims,
    ablation_numbers,
)
INVARIANCE = Lesson(
    "What does a network forgive?",
    lambda settings: "A picture is shifted, enlarged, turned: what does the network forgive?",
    {"distances": distances, "truth": truth},
    invariance_claims,
    invariance_numbers,
)
CORRESPONDENCE = Lesson(
    "Does it know that an eye is an eye?",
    lambda settings: f"The same part is hidden on many a {settings['toy']}: do the features change alike?",
    {"parts": parts},
    correspondence_claims,
    correspondence_numbers,
)
EVOLUTION = Lesson(
    "Which stages settle first?",
    lambda settings: "While the network learns: which stages are the first to be as they will stay?",
    {"likeness": likeness},
    evolution_claims,
    evolution_numbers,
)
