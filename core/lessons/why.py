"""Why transfer? Errors against the number of labels, and the three kinds of new task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.figures.budgets import LOOKS, budgets_figure, gap_figure
from core.figures.crossing import rounded
from core.figures.definitions import TARGETS, WAYS, definitions_figure
from core.figures.verdict import NOT_HERE, NOT_SETTLED, WEAKER, Verdict, point_verdict
from core.lessons.lesson import POINTS, Claim, Drawn, Lesson, Number, Result

FEW = 15  # labels a class, or the nearest to that: where the claims about few labels are tested
PARTS = {"risk": " on other pictures", "empirical": " on those it learned from"}


def errors(result: Result, dark: bool) -> Drawn:
    figure = budgets_figure(result.summary, dark=dark, guess=result.guess)
    return Drawn("The risk, by how one learns", figure, errors_in_words(result.summary, tuple(LOOKS), {"risk": ""}))


def gap(result: Result, dark: bool) -> Drawn | None:
    """What scratch does on the pictures that it learned from, and on others."""
    scratch = result.summary["curves"].get("scratch")
    if not scratch:
        return None
    figure = gap_figure(scratch, way="scratch", dark=dark)
    words = errors_in_words(result.summary, ("scratch",), PARTS)
    return Drawn("From scratch: risk and empirical risk", figure, words)


def errors_in_words(summary: Mapping[str, Any], ways: tuple[str, ...], parts: Mapping[str, str]) -> str:
    """The curves as a sentence, for those who do not see them."""
    words = []
    for way in (way for way in ways if way in summary["curves"]):
        for part, where in parts.items():
            points = {n: point[part] for n, point in summary["curves"][way].items() if part in point}
            values = ", ".join(f"{point['mean']:.0%} at {n}" for n, point in points.items())
            words.append(f"{LOOKS[way][0]}{where} {values}")
    return "Wrong at labels a class: " + "; ".join(words)


def overtaken(summary: Mapping[str, Any] | None) -> float | str | None:
    """The answer to the page's question: a number of labels, "never", or None where seeds disagree or nothing is known.

    "Never" is said of all seeds, within the labels that were tried.
    """
    if summary and "labels" in summary:
        return float(rounded(summary["labels"]))
    return "never" if summary and summary["never"] == summary["seeds"] else None


def overtaken_words(summary: Mapping[str, Any] | None) -> str:
    """The answer as a sentence, empty where nothing is known."""
    if not summary:
        return ""
    if "labels" not in summary:
        often = f" in {summary['never']} of {summary['seeds']} seeds" if summary["seeds"] > 1 else ""
        return f"Within these labels scratch does not overtake frozen{often}."
    words = f"Scratch overtakes frozen at about {rounded(summary['labels'])} labels a class"
    if summary["seeds"] == 1:
        return f"{words}; one seed gives no interval."
    return f"{words}, 95 % interval {rounded(summary['low'])} to {rounded(min(summary['high'], 1e5))}."


def budget_claims(result: Result) -> list[Claim]:
    """The slide's claims."""
    summary, claims = result.summary, []
    gains, behind = summary["gains"], summary["behind"]
    if points := gains.get("tuned"):
        few = min(points, key=lambda count: abs(int(count) - FEW))
        gain = points[few]
        claim = f"With {few} labels a class, borrowed stages that learn on beat scratch."
        claims.append(Claim(claim, point_verdict(gain, expected=0.05)))
    for way, words in (("augmented", "Augmentation"), ("regularised", "Regularisation")):
        points = {count: gain for count, gain in gains.get(way, {}).items() if count in behind.get(way, {})}
        if points:
            few = min(points, key=lambda count: abs(int(count) - FEW))
            claim = f"{words} helps, but not enough ({few} a class)."
            claims.append(Claim(claim, *_enough(points[few], behind[way], few)))
    if closes := summary["closes"]:
        points = summary["gaps"]["scratch"]
        few, many = min(points, key=int), max(points, key=int)
        claim = f"With more labels the empirical risk comes nearer to the risk ({few} to {many} a class, from scratch)."
        left = f"{100 * points[many]['mean']:.0f}".replace("-", "−")
        reason = f"What is left between them at {many}: {left} points."
        claims.append(Claim(claim, point_verdict(closes), reason))
    return claims


def _enough(gain: Mapping[str, float], behind: Mapping[str, Any], few: str) -> tuple[Verdict, str]:
    """A way helps, but not enough: it must be above scratch and below fine-tuned, or only the lesser of both holds.

    `behind[labels]` is its accuracy against fine-tuned; where it comes nearest is said too.
    """
    helps = point_verdict(gain)
    lags = point_verdict(behind[few], falls=True)
    words = [each.word for each in (helps, lags)]
    word = next((worst for worst in (NOT_HERE, NOT_SETTLED, WEAKER) if worst in words), helps.word)
    reason = f"Against fine-tuned: {lags.numbers}."
    near = max((count for count in behind if int(count) >= int(few)), key=lambda count: behind[count]["mean"])
    if near != few:
        closest = point_verdict(behind[near])
        reason += f" It comes nearest at {near} a class: {closest.numbers}."
    return Verdict(word, helps.value, helps.low, helps.high), reason


def error_numbers(result: Result) -> list[Number]:
    return [
        Number.of(f"Named wrongly{where}, {LOOKS[way][0]}, {labels} labels a class", point[part])
        for way, points in result.summary["curves"].items()
        for labels, point in points.items()
        for part, where in PARTS.items()
        if part in point
    ]


def targets(result: Result, dark: bool) -> Drawn:
    figure = definitions_figure(result.summary, dark=dark)
    return Drawn("Three targets of one source network", figure, targets_in_words(result.summary))


def targets_in_words(summary: Mapping[str, Any]) -> str:
    words = [
        f"{words}: " + ", ".join(f"{WAYS[way][0]} {point['mean']:.0%}" for way, point in points.items())
        for target, (_, words) in TARGETS.items()
        if (points := summary["targets"].get(target))
    ]
    return "Test pictures named correctly. " + "; ".join(words)


def most_gained(summary: Mapping[str, Any]) -> str:
    """Where borrowing added most, in the words of the cards."""
    return TARGETS[max(summary["gains"], key=lambda target: summary["gains"][target]["mean"])][1].capitalize()


def target_claims(result: Result) -> list[Claim]:
    """Whether borrowing helps at each target; what the network does on new pictures before it learns of them."""
    summary, claims = result.summary, []
    gains = summary["gains"]
    for target, (_, words) in TARGETS.items():
        if gain := gains.get(target):
            claim = f"{words.capitalize()}: borrowed stages beat scratch."
            judged = point_verdict(gain, expected=0.05)
            claims.append(Claim(claim, judged, LESS if target == "labels" and gain["high"] < 0 else ""))
    if adapted := summary["adapted"]:
        pictures, home = summary["targets"]["pictures"]["as is"], summary["targets"].get("home", {}).get("as is")
        judged = point_verdict(adapted)
        known = f" At home it names {home['mean']:.0%}, on the new pictures {pictures['mean']:.0%}." if home else ""
        claims.append(
            Claim("A few labels of the new pictures beat none: fine-tuned against as it is.", judged, known.strip())
        )
    return claims


LESS = "Borrowing costs here. Perhaps the network, to name toys, learned to overlook what the new labels ask about."


def target_numbers(result: Result) -> list[Number]:
    summary = result.summary
    numbers = [
        Number.of(f"{words.capitalize()}: {WAYS[way][0]}", point)
        for target, (_, words) in TARGETS.items()
        for way, point in summary["targets"].get(target, {}).items()
    ]
    gains = [(TARGETS[target][1].capitalize(), gain) for target, gain in summary["gains"].items()]
    return numbers + [Number.of(f"{words}: fine-tuned − scratch", gain, POINTS) for words, gain in gains]


LABEL_BUDGET = Lesson(
    "Why transfer?",
    lambda settings: "At how many labels a class does scratch overtake frozen?",
    {"gap": gap, "errors": errors},
    budget_claims,
    error_numbers,
    unit="labels a class",
)
DEFINITIONS = Lesson(
    "Three kinds of new task",
    lambda settings: f"{settings['labels_per_class']} labels a class: where does borrowing add most to scratch?",
    {"targets": targets},
    target_claims,
    target_numbers,
)
