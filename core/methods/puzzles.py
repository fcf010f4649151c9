"""The pretext tasks, by name: a new one is a file, a row here and a row of the tests.

Each makes a puzzle of pictures that nobody labelled; who solves it has to know something of what pictures show. This
module imports no torch, so pages and the command line may read it.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Annotated, Any

from core.learning.menus import VIEWS
from core.runs.settings import Help, OneOf, Range

CHANGES = tuple(kind for kind in VIEWS if kind != "blur")  # whose chance draws the answers
GAPLESS, ABERRATION, CORNER = "gapless", "aberration", "corner"
LEAKS = {  # what gives a puzzle's answer away, and the word that a page says
    CORNER: "a black corner of each picture, before it is turned",
    GAPLESS: "patches without a gap between them",
    ABERRATION: "a lens whose red is larger than its green",
}


@dataclasses.dataclass(frozen=True)
class PuzzleOptions:
    """What the tasks have in common; each uses some of it."""

    augment: Annotated[str, OneOf(CHANGES), Help("how a picture changes before it becomes a puzzle")] = "crop"
    permutations: Annotated[int, Range(2, 1000), Help("of the jigsaw's tiles")] = 24
    exemplars: Annotated[int, Range(2, 100_000), Help("pictures that are a class of their own each")] = 2000
    leak: Annotated[str, OneOf(("", *LEAKS)), Help("what gives the answer away")] = ""
    seed: Annotated[int, Range(0, 10**6), Help("of weights, order and puzzles")] = 0


@dataclasses.dataclass(frozen=True)
class TaskInfo:
    """`objective`: "module:class"; `paper` as it is cited; `asks`: the puzzle in one sentence; `pieces` of a puzzle;
    `answers`: how many there are, of which one is right, or the setting that says so; `leaks`: what can give them away;
    `uses`: the options that not all tasks read; `network`: the only encoder that can, where not all can; `shows`: the
    head that gives its code, where that is not the mean of the last maps; `clips`: whether its puzzles are of clips;
    `cut`: whether its pieces are smaller than the picture, which not every network can see.
    """

    title: str
    objective: str
    paper: str
    asks: str
    pieces: int
    answers: int | str
    leaks: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    network: str = ""
    shows: str = ""
    clips: bool = False
    cut: bool = False

    def make(self) -> Any:
        module, _, name = self.objective.partition(":")
        return getattr(importlib.import_module(module), name)

    def chance(self, options: PuzzleOptions) -> float:
        """How often somebody is right who does not look."""
        return 1 / (getattr(options, self.answers) if isinstance(self.answers, str) else self.answers)


OF_SOME = ("permutations", "exemplars")  # options that not all tasks read
TASKS: Mapping[str, TaskInfo] = {
    "rotation": TaskInfo(
        "Rotation", "core.methods.rotation:Turns", "Gidaris et al. 2018", "How was the picture turned?",
        1, 4, (CORNER,),
    ),
    "relative_position": TaskInfo(
        "Relative position", "core.methods.relative_position:RelativePosition", "Doersch et al. 2015",
        "Where does the second patch belong, seen from the first?", 2, 8, (GAPLESS, ABERRATION),
        cut=True,
    ),
    "jigsaw": TaskInfo(
        "Jigsaw", "core.methods.jigsaw:Jigsaw", "Noroozi & Favaro 2016", "In which order do the tiles lie?",
        9, "permutations", (GAPLESS, ABERRATION), uses=("permutations",), cut=True,
    ),
    "exemplar": TaskInfo(
        "Exemplar", "core.methods.exemplar:Exemplar", "Dosovitskiy et al. 2015",
        "Of which picture is the first a view?", 5, 4, uses=("exemplars",),
    ),
    "counting": TaskInfo(
        "Counting", "core.methods.counting:Counting", "Noroozi et al. 2017",
        "Which picture is made of these four parts?", 8, 4, cut=True,
    ),
    "context_encoder": TaskInfo(
        "Context encoder", "core.methods.context_encoder:ContextEncoder", "Pathak et al. 2016", "What was in the hole?",
        5, 4, shows="code",
    ),
    "split_brain": TaskInfo(
        "Split-brain autoencoder", "core.methods.split_brain:SplitBrain", "Zhang et al. 2017",
        "Which are the true colours of the grey picture?", 5, 4, network="split_labresnet",
    ),
    "tracking": TaskInfo(
        "Tracking", "core.methods.tracking:Tracking", "Wang & Gupta 2015",
        "Which of the four is the first, a moment later?", 5, 4, clips=True, cut=True,
    ),
    "frame_order": TaskInfo(
        "Frame order", "core.methods.frame_order:FrameOrder", "Misra et al. 2016",
        "Are the three frames in their order?", 3, 2, clips=True,
    ),
    "video_colour": TaskInfo(
        "Video colourisation", "core.methods.video_colour:VideoColour", "Vondrick et al. 2018",
        "Which are the colours of the grey frame, a moment after the first?", 6, 4, clips=True,
    ),
    "combination": TaskInfo(
        "Rotation, position and exemplars", "core.methods.combination:Combination", "Doersch & Zisserman 2017",
        "How was the picture turned?", 1, 4, (CORNER,), ("exemplars",), cut=True,
    ),
}  # fmt: skip
