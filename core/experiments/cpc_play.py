"""What a student is asked of patches, or of frames, and what the network says (`core.experiments.cpc`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.runs.artifacts import Artifact
from core.runs.spec import Row

HIDDEN, OUTLINE = 225, (213, 94, 0)  # of what is not seen, a light grey; around what is asked about
EDGE = 1 / 64  # of a side, the width of the outline


class Game:
    """A question a picture of an objective that nobody learns from; the wrong answers are of these pictures too."""

    def __init__(self, objective: Any):
        from core.methods.cpc_choices import questions

        self.objective, self.asked = objective, questions(objective.n, objective.rows, objective.columns)

    def pictures(self) -> Iterator[Artifact]:
        """`pieces`: of each question what is seen and then the four candidates, all of one size; `wholes`: the picture,
        or the frames of the clip beside one another.
        """
        import numpy as np

        pictures = self.objective.pictures
        if pictures.ndim == 5:
            frames = pictures.reshape(-1, *pictures.shape[2:])
            yield Artifact("pieces", np.concatenate([np.concatenate(one) for one in self._clips(pictures, frames)]))
            yield Artifact("wholes", np.concatenate([*pictures.swapaxes(0, 1)], 2))
            return
        yield Artifact("pieces", np.stack([piece for k in range(len(pictures)) for piece in self._patches(k)]))
        yield Artifact("wholes", pictures)

    def _clips(self, pictures: Any, frames: Any) -> Iterator[tuple[Any, Any]]:
        for clip, candidates in zip(pictures, self.asked.candidates.numpy(), strict=True):
            yield clip[: self.asked.row], frames[candidates]

    def _patches(self, k: int) -> Iterator[Any]:
        pictures, asked = self.objective.pictures, self.asked
        side = pictures.shape[1] // asked.rows
        yield half_seen(pictures[k], asked.row * side, int(asked.columns_asked[k]) * side, side)
        for place in asked.candidates[k].tolist():
            picture, within = divmod(place, asked.rows * asked.columns)
            top, left = (side * at for at in divmod(within, asked.columns))
            yield enlarged(pictures[picture, top : top + side, left : left + side], pictures.shape[1])

    def said(self, row: Row, common: Row) -> Iterator[Row]:
        """When the choices are probed: a row a question, with its answer, and the network's with its probability."""
        from core.methods.cpc_choices import scores

        if row["split"] != "choices":
            return
        sure, said = scores(self.objective, self.asked).softmax(1).max(1)
        for k, (answer, word, p) in enumerate(zip(*map(list, (self.asked.answers, said, sure)), strict=True)):
            about = {"puzzle": k, "answer": int(answer), "said": int(word), "probability": round(float(p), 3)}
            yield {**common, "step": row["step"], "split": "said", **about}


def half_seen(picture: Any, top: int, left: int, side: int) -> Any:
    """uint8 (S, S, 3) of which all below `top` is hidden, and the patch asked about is outlined."""
    shown, edge = picture.copy(), max(1, round(EDGE * len(picture)))
    shown[top:] = HIDDEN
    cell = shown[top : top + side, left : left + side]
    cell[:] = OUTLINE
    cell[edge:-edge, edge:-edge] = HIDDEN
    return shown


def enlarged(patch: Any, side: int) -> Any:
    """uint8 (s, s, 3) -> (side, side, 3)"""
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(patch).resize((side, side), Image.Resampling.BICUBIC))
