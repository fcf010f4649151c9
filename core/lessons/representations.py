"""Learning without labels: what a loss does not say, which details matter, what a code keeps."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

from core.figures.papers import paper
from core.figures.representations import arms_figure, kept_figure, ranking_figure
from core.figures.style import in_points
from core.figures.verdict import Verdict, point_verdict
from core.lessons.lesson import PLAIN, Claim, Drawn, Lesson, Number, Result, curves, table_numbers, table_words

CURVES = {  # name → (title, column, split, whether it is a share)
    "loss": ("The loss", "loss", "train", False),
    "rank": ("Directions in use by the projection", "effective_rank", "collapse", False),
    "neighbours": ("Right by nearest neighbours", "accuracy", "neighbours", True),
}
WHOLE = "as it was"
LONGER, AS_LONG = "(e) four times as long", "(d) MLP, aug+, cos"


@dataclasses.dataclass(frozen=True)
class Amount(Verdict):
    """A verdict on a number that is no share."""

    @property
    def interval(self) -> str:
        if not math.isfinite(self.high - self.low):
            return f"{self.value:+.2f}, no interval from one seed"
        return f"{self.value:+.2f}, 95 % interval {self.low:+.2f} to {self.high:+.2f}".replace("-", "−")


def falls(point: dict[str, Any]) -> Amount:
    return Amount(**dataclasses.asdict(point_verdict(point, falls=True)))


def over(point: dict[str, Any], of: str, expected: float = 0.0) -> Verdict:
    return dataclasses.replace(point_verdict(point, expected), of=of)


def of_word(result: Result) -> dict[str, str]:
    """What an arm is called in the rows → what it is called in the figure."""
    words = {f"without {of}": f"without {of}" for of in result.summary["parts"].values()}
    return {arm: next((w for key, w in words.items() if arm.endswith(key)), WHOLE) for arm in arms(result)}


def arms(result: Result) -> list[str]:
    return list(dict.fromkeys(row["arm"] for row in result.rows if "arm" in row))


def broken(result: Result, dark: bool, name: str) -> Drawn | None:
    """One of `CURVES`, whole and without each part."""
    title, column, split, share = CURVES[name]
    lines = curves((row for row in result.rows if row.get("split") == split and row["step"]), column)
    if not lines:
        return None
    words = of_word(result)
    said = ", ".join(f"{words[arm]} {points[-1][1]:.3g}" for arm, points in lines.items())
    figure = arms_figure(lines, words, y="(%)" if share else "", share=share, dark=dark)
    return Drawn(title, figure, f"{title}, at the end: {said}")


def collapse_claims(result: Result) -> list[Claim]:
    """Of each part that was taken away: the loss falls, the rank and the neighbours with it."""
    claims, changed = [], result.summary["changed"]
    for word, of in result.summary["parts"].items():
        loss, rank, right = (changed[name].get(word) for name in ("loss", "effective_rank", "accuracy"))
        if loss:
            said = f"Without {of} the loss is lower."
            claims.append(Claim(said, falls(loss), "Than of the run that went on whole."))
        if rank and right:
            fewer, worse = f"Without {of} fewer directions are in use.", f"Without {of} the neighbours are worse."
            claims.append(Claim(fewer, falls(rank), "Effective rank of the projection."))
            claims.append(Claim(worse, point_verdict(right, falls=True), "Held-out pictures."))
    return claims


def collapse_numbers(result: Result) -> list[Number]:
    called = {"": WHOLE, **{word: f"without {of}" for word, of in result.summary["parts"].items()}}
    return [
        Number.of(f"{name.replace('_', ' ').capitalize()} at the end, {called[word]}", point, PLAIN)
        for name, words in result.summary["ends"].items()
        for word, point in words.items()
    ]


def table(result: Result, dark: bool) -> Drawn | None:
    """The arms of a table of details."""
    accuracy = result.summary["accuracy"]
    if not accuracy:
        return None
    printed = paper("moco2020")["moco2"] if result.settings["table"] == "moco2" else None
    said = ", ".join(f"{name} {point['mean']:.0%}" for name, point in accuracy.items())
    x = "Linear probe, test pictures right (%)"
    title = "What each detail is worth"
    return Drawn(title, ranking_figure(accuracy, x=x, dark=dark, paper=printed), f"{title}: {said}")


DETAILS_CLAIMED = {  # table → (arm, above the first, what the claim says)
    "projection": ("mlp", "A projection head with a hidden layer makes the code before it better."),
    "augmentation": ("crops and colours", "Crops and changed colours together teach more than flips."),
    "negatives": ("end to end, 512", "End to end needs large batches: 512 are better than 32."),
    "moco2": ("(c) MLP, aug+", "An MLP head and stronger augmentation make MoCo better."),
}


def details_claims(result: Result) -> list[Claim]:
    arm, words = DETAILS_CLAIMED[result.settings["table"]]
    point = result.summary["gained"].get(arm)
    if not point:
        return []
    reason = "Points of the linear probe, paired over seeds."
    if result.settings["table"] == "negatives":
        reason += " Of as many images: 512 a step make 16 times fewer steps than 32."
    if result.settings["table"] == "augmentation" and "toybox" in result.settings["data"]:
        reason += " Both views are of the same toy, in two rooms and lights: what differs is there without a crop."
    if result.settings["table"] != "moco2":
        return [Claim(words, over(point, "seeds"), reason)]
    printed = paper("moco2020")["moco2"]
    expected = {one: printed[one] - printed[other] for one, other in ((arm, "MoCo v1"), (LONGER, AS_LONG))}
    said = {arm: words, LONGER: f"Four times as long as {AS_LONG[:3]} is better still."}
    return [
        Claim(
            said[one],
            over(result.summary["gained"][one], "seeds", points),
            f"{reason} The paper: {in_points(points, 1)}, on ImageNet.",
        )
        for one, points in expected.items()
        if one in result.summary["gained"]
    ]


def details_numbers(result: Result) -> list[Number]:
    return [Number.of(f"Linear probe, {name}", point) for name, point in result.summary["accuracy"].items()]


FACTOR_REASONS = {
    "colour_forgotten": "Warm or cold is asked, and hues are turned by a tenth of the circle at most: red stays warm.",
    "remedy": "What a longer training makes of it: the map page.",
}
FACTOR_CLAIMS = {
    "keeps_room": "An autoencoder keeps the room, which a supervised network forgets.",
    "tells_class": "SimCLR's code tells the class better than the autoencoder's.",
    "colour_forgotten": "Who is shown the same thing in other colours forgets the colour.",
    "room_forgotten": "Who is shown the same toy in another room and light forgets the room.",
    "remedy": "Views in another room and light make the class easier to read: the floor is no shortcut any more.",
}


def kept(result: Result, dark: bool, title: str = "What a linear probe reads from each code (%)") -> Drawn | None:
    """The heat map."""
    table = result.summary["table"]
    if not table:
        return None
    return Drawn(title, kept_figure(table, result.summary["chance"], dark=dark), f"{title}. {table_words(table)}")


def kept_claims(result: Result) -> list[Claim]:
    return [
        Claim(words, over(result.summary[name], "seeds"), FACTOR_REASONS.get(name, "Points of the linear probe."))
        for name, words in FACTOR_CLAIMS.items()
        if result.summary.get(name)
    ]


def kept_numbers(result: Result) -> list[Number]:
    return table_numbers(result.summary["table"])


def learned_numbers(result: Result) -> list[Number]:
    """Of one training."""
    summary = result.summary
    names = {"linear_probe": "Linear probe, test pictures right", "knn": "Nearest neighbours, test pictures right"}
    return [Number.of(words, summary[name]) for name, words in names.items()]


COLLAPSE = Lesson(
    "Take a part away",
    lambda settings: "While it trains, its stop-gradient is taken away. The loss will …",
    {name: functools.partial(broken, name=name) for name in CURVES},
    collapse_claims,
    collapse_numbers,
)
DETAILS = Lesson("Details matter", figures={"table": table}, claims=details_claims, numbers=details_numbers)
KEPT = Lesson(
    "What a code keeps",
    lambda settings: (
        "SimCLR's second view is of the same toy *in another room and light*, from another camera, and no longer of "
        "the same picture. What can be read from its code less well than before?"
    ),
    {"kept": kept},
    kept_claims,
    kept_numbers,
)
SSL = Lesson("Learn a representation", numbers=learned_numbers)
