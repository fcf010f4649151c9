"""Learning from puzzles: how many are solved, and what the codes that solve them are worth."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from core.figures.representations import arms_figure, ranking_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import PLAIN, Claim, Drawn, Lesson, Number, Result, table_numbers, table_words
from core.lessons.representations import Amount, kept

SOLVED = "Test puzzles right"
PROXY = "Who solves more puzzles has the code that tells more classes."


def learned_claims(result: Result) -> list[Claim]:
    """One run says only whether its puzzles can be solved at all."""
    chance, point = result.summary["chance"], result.summary["pretext_accuracy"]
    above = {name: point[name] - chance for name in ("mean", "low", "high")}
    judged = dataclasses.replace(point_verdict(above), of="test pictures")
    return [Claim("It solves puzzles of pictures that it never saw.", judged, f"Points above chance, {chance:.1%}.")]


def learned_numbers(result: Result) -> list[Number]:
    names = {"pretext_accuracy": SOLVED, "linear_probe": "Linear probe, test pictures right"}
    names |= {"knn": "Nearest neighbours, test pictures right"}
    return [Number.of(words, result.summary[name]) for name, words in names.items()]


def ranking(result: Result, dark: bool) -> Drawn | None:
    """How well each code tells the classes, the best first."""
    classes = {title: of["class"] for title, of in result.summary["table"].items() if "class" in of}
    if not classes:
        return None
    best = dict(sorted(classes.items(), key=lambda item: -item[1]["mean"]))
    title, said = "Classes told by each code", ", ".join(f"{name} {point['mean']:.0%}" for name, point in best.items())
    figure = ranking_figure(best, x="Linear probe, test pictures right (%)", dark=dark)
    return Drawn(title, figure, f"{title}: {said}")


def ranking_claims(result: Result) -> list[Claim]:
    """Whether the puzzle is a proxy for the code."""
    claims = []
    if gap := result.summary.get("proxy"):
        said = f"The best puzzler, {result.summary['solver']}, has the best code."
        claims.append(
            Claim(
                said, point_verdict(gap), "Classes told, less the best of the other tasks, which the same runs chose."
            )
        )
    if tau := result.summary["tau"]:
        judged = Amount(**dataclasses.asdict(point_verdict(tau)))
        reason = (
            "Kendall's rank correlation over the tasks, −1 to 1; of puzzles, the share of the way from chance to all."
        )
        claims.append(Claim(PROXY, judged, reason))
    return claims


def ranking_numbers(result: Result) -> list[Number]:
    table, solved, tau = (result.summary[name] for name in ("table", "solved", "tau"))
    numbers = table_numbers(table)
    numbers += [Number.of(f"{title}: puzzles, from chance to all", point) for title, point in solved.items()]
    return [*numbers, Number.of("Kendall's tau", tau, PLAIN)] if tau else numbers


def leaks(result: Result) -> dict[str, Mapping[str, Any]]:
    """Puzzles solved and classes told, with and without the leak."""
    words = {"solved": "Puzzles right", "probe": "Classes told"}
    return {f"{word}, {arm}": point for name, word in words.items() for arm, point in result.summary[name].items()}


def leak(result: Result, dark: bool) -> Drawn | None:
    """A line each."""
    points = leaks(result)
    if not points:
        return None
    title, said = "With and without a leak", ", ".join(f"{name} {point['mean']:.0%}" for name, point in points.items())
    return Drawn(title, ranking_figure(points, x="Test pictures (%)", dark=dark), f"{title}: {said}")


def leak_claims(result: Result) -> list[Claim]:
    gained, of = result.summary["gained"], result.summary["of"]
    said = {"solved": f"With {of} the puzzles are easier.", "probe": f"With {of} the code tells fewer classes."}
    return [Claim(said[name], point_verdict(gap, falls=name == "probe")) for name, gap in gained.items()]


def leak_numbers(result: Result) -> list[Number]:
    return [Number.of(name, point) for name, point in leaks(result).items()]


def stages(result: Result, dark: bool) -> Drawn | None:
    """What a probe reads at the end of each stage."""
    found = result.summary["stages"]
    if not any(found.values()):
        return None
    lines = {
        title: [(k, point["mean"], point["low"], point["high"]) for k, point in enumerate(of.values())]
        for title, of in found.items()
    }
    names = max((list(of) for of in found.values()), key=len)
    figure = arms_figure(lines, {}, y="Linear probe (%)", share=True, dark=dark)
    figure.update_xaxes(title="Stage", tickvals=list(range(len(names))), ticktext=names, range=[-0.2, len(names) - 0.8])
    title = f"Which stage is best? A {result.summary['network']} network"
    return Drawn(title, figure, f"{title} {table_words(found)}")


def stages_claims(result: Result) -> list[Claim]:
    reason = "The last stage, less the best before it, which the same runs chose."
    return [
        Claim(f"{title}: it does not get worse towards the end.", point_verdict(gap), reason)
        for title, gap in result.summary["last"].items()
    ]


def stages_numbers(result: Result) -> list[Number]:
    return table_numbers(result.summary["stages"])


PRETEXT = Lesson("Learn from puzzles", claims=learned_claims, numbers=learned_numbers)
PRETEXT_RANKING = Lesson(
    "Which puzzle teaches most?",
    lambda settings: "Each puzzle taught a network of its own, for as many steps. Whose code tells most *classes*?",
    {"ranking": ranking, "targets": functools.partial(kept, title="What each code is good for (%)")},
    ranking_claims,
    ranking_numbers,
)
PRETEXT_LEAK = Lesson(
    "Give the answer away",
    lambda settings: "Something in every picture gives the answer away. What becomes of the puzzles, and of the code?",
    {"leak": leak},
    leak_claims,
    leak_numbers,
)
PRETEXT_STAGES = Lesson(
    "Which stage is best?",
    lambda settings: "A code is read at the end of every stage. Is the last stage the best?",
    {"stages": stages},
    stages_claims,
    stages_numbers,
)
