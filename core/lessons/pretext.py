"""Learning from puzzles: how many are solved, and what the codes that solve them are worth."""

from __future__ import annotations

import dataclasses

from core.figures.representations import kept_figure, ranking_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import PLAIN, Claim, Drawn, Lesson, Number, Result
from core.lessons.representations import Amount

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


def targets(result: Result, dark: bool) -> Drawn | None:
    """What else each code tells: the heat map of puzzles and targets."""
    table = result.summary["table"]
    if not table:
        return None
    said = "; ".join(
        f"{name}: " + ", ".join(f"{factor} {point['mean']:.0%}" for factor, point in of.items())
        for name, of in table.items()
    )
    title = "What each code is good for (%)"
    return Drawn(title, kept_figure(table, result.summary["chance"], dark=dark), f"{title}. {said}")


def ranking_claims(result: Result) -> list[Claim]:
    """Of each whether it learned more than nothing; and whether the puzzle is a proxy for the code."""
    claims = [
        Claim(f"{title}: better than random weights.", dataclasses.replace(point_verdict(gap), of="seeds"))
        for title, gap in result.summary["gained"].items()
    ]
    if tau := result.summary["tau"]:
        judged = Amount(**dataclasses.asdict(point_verdict(tau)))
        reason = (
            "Kendall's rank correlation over the tasks, −1 to 1; of puzzles, the share of the way from chance to all."
        )
        claims.append(Claim(PROXY, judged, reason))
    return claims


def ranking_numbers(result: Result) -> list[Number]:
    table, solved, tau = (result.summary[name] for name in ("table", "solved", "tau"))
    numbers = [Number.of(f"{title}: {factor}", point) for title, of in table.items() for factor, point in of.items()]
    numbers += [Number.of(f"{title}: puzzles, from chance to all", point) for title, point in solved.items()]
    return [*numbers, Number.of("Kendall's tau", tau, PLAIN)] if tau else numbers


LEAK_WORDS = {"solved": "Puzzles right", "probe": "Classes told"}


def leak(result: Result, dark: bool) -> Drawn | None:
    """Puzzles solved and classes told, with and without the leak."""
    points = {
        f"{words}, {arm}": point for name, words in LEAK_WORDS.items() for arm, point in result.summary[name].items()
    }
    if not points:
        return None
    title, said = "With and without a leak", ", ".join(f"{name} {point['mean']:.0%}" for name, point in points.items())
    return Drawn(title, ranking_figure(points, x="Test pictures (%)", dark=dark), f"{title}: {said}")


def leak_claims(result: Result) -> list[Claim]:
    gained, of = result.summary["gained"], result.summary["of"]
    said = {"solved": f"With {of} the puzzles are easier.", "probe": f"With {of} the code tells fewer classes."}
    return [
        Claim(said[name], dataclasses.replace(point_verdict(gap, falls=name == "probe"), of="seeds"))
        for name, gap in gained.items()
    ]


def leak_numbers(result: Result) -> list[Number]:
    return [
        Number.of(f"{words}, {arm}", point)
        for name, words in LEAK_WORDS.items()
        for arm, point in result.summary[name].items()
    ]


PRETEXT = Lesson("Learn from puzzles", claims=learned_claims, numbers=learned_numbers)
PRETEXT_RANKING = Lesson(
    "Which puzzle teaches most?",
    lambda settings: "All learn for as many steps. From which puzzle comes the code that tells most *classes*?",
    {"ranking": ranking, "targets": targets},
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
