"""What the heads of `labelled` learn from and are asked: pictures, given and exact labels in one form, and drawings.

Labels of N pictures are one array: of a class (N,) its place among the classes, of boxes (N, 4) shares of the picture,
of masks (N, S, S) bool. numpy and Pillow only, imported where they are used: settings of pages read this room.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Any

from core.experiments.to_label import middle
from core.runs.labels import Label
from core.runs.settings import Refused
from core.runs.spec import Progress, Row

SHOWN, SIDE = 12, 192  # answers that are drawn, and pixels a side of a drawing
HAND, EXACT = (213, 94, 0), (0, 114, 178)  # orange and blue of the house
TINT = 0.45
TESTED = 50  # pictures of each class


@dataclasses.dataclass(frozen=True)
class Examples:
    """Labelled pictures and test pictures of one world; `exact` and `truth` are None where nobody knows."""

    world: Any
    kind: str
    classes: list[tuple[int, str]]
    train: Any  # (N,) indices
    test: Any  # (M,)
    given: Any  # labels of the training pictures
    exact: Any
    truth: Any  # labels of the test pictures
    size: int  # pixels a side of masks

    def score(self, said: Any, truth: Any) -> Any:
        """(N,): right or wrong, or the overlap, of each picture."""
        from core.learning.overlap import box_iou, mask_iou

        right = {"class": lambda a, b: (a == b).astype(float), "box": box_iou, "mask": mask_iou}
        return right[self.kind](said, truth)

    def plain(self) -> Any:
        """(M, ...): the answer that looks at no picture: the commonest class, the mean box, the usual place."""
        import numpy as np

        answer = {
            "class": lambda labels: np.bincount(labels).argmax(),
            "box": lambda labels: labels.mean(0),
            "mask": lambda labels: labels.mean(0) > 0.5,
        }[self.kind](self.given)
        return np.broadcast_to(answer, (len(self.test), *np.shape(answer)))

    def word(self, label: Any) -> str:
        """A class by its name; nothing for what is drawn."""
        return self.classes[int(label)][1] if self.kind == "class" else ""


def examples(
    kind: str, data: str, labels: list[Label], pictures: int, size: int
) -> Generator[Progress, None, Examples]:
    """The pictures and labels of a run; `size` of masks in pixels. `Refused` where nobody knows what to learn."""
    import numpy as np

    from core.worlds import open_world, prepare
    from core.worlds.rounds import classes_to_label, pictures_to_label, pictures_to_test

    for done, total in prepare(data):
        yield Progress(done, total, "files looked through", 0, 0.1)
    world = open_world(data)
    numbers = classes_to_label(world)
    refuse_strangers(kind, labels, world, numbers)
    train = np.array([label.picture for label in labels]) if labels else pictures_to_label(world, pictures)
    test = pictures_to_test(world, TESTED)
    exact, truth = exact_labels(world, train, kind, size, numbers), exact_labels(world, test, kind, size, numbers)
    yield Progress(1, 1, "pictures looked at", 0, 0.2)
    given = as_arrays(kind, labels, size, numbers) if labels else exact
    if given is None:
        raise Refused("labels", "", "nobody knows the exact ones of these pictures: draw some on the Labels page.")
    classes = [(number, world.classes[number]) for number in numbers]
    return Examples(world, kind, classes, train, test, given, exact, truth, size)


def refuse_strangers(kind: str, labels: list[Label], world: Any, classes: list[int]) -> None:
    """`Refused` if a label is of a picture, or names a class, that is not there to be labelled."""
    from core.worlds.splits import split

    known = set(split(world).train.tolist())
    for label in labels:
        if label.picture not in known:
            raise Refused("labels", f"picture {label.picture}", "labels are of training pictures of this world.")
        if kind == "class" and label.value not in classes:
            raise Refused("labels", f"class {label.value}", f"one of {', '.join(map(str, classes))}.")


def as_arrays(kind: str, labels: list[Label], size: int, classes: list[int]) -> Any:
    """Labels as drawn -> labels in one form."""
    import numpy as np

    from core.learning.overlap import polygon_mask

    form: Any = {
        "class": lambda value: np.int64(classes.index(value)),
        "box": lambda value: np.array(value, np.float32),
        "mask": lambda value: polygon_mask(np.array(value), size),
    }
    return np.stack([form[kind](label.value) for label in labels])


def exact_labels(world: Any, indices: Any, kind: str, size: int, classes: list[int]) -> Any:
    """The exact labels of pictures: of a class always known, of boxes and masks only where the world renders them."""
    import numpy as np

    if kind == "class":
        return np.array([classes.index(label) for label in world.labels[indices].tolist()])
    if not hasattr(world, "labelled"):
        return None
    name = {"box": "boxes_visible", "mask": "instances"}[kind]
    known = np.concatenate([chunk[name] for chunk in world.labelled(indices, size, [name])])
    return known[:, 0].astype(np.float32) / size if kind == "box" else known > 0


def spoiled(labels: Any, share: float, seed: int) -> Any:
    """The same labels, but of this share of the pictures each has that of another one."""
    import numpy as np

    chosen = np.random.default_rng(seed).permutation(len(labels))[: round(share * len(labels))]
    mixed = labels.copy()
    mixed[chosen] = labels[np.roll(chosen, 1)]
    return mixed


def shown(n: int) -> list[int]:
    """Which of `n` test pictures are drawn: a dozen, evenly spread over the classes."""
    return sorted({k * n // SHOWN for k in range(SHOWN)})


def answers_drawn(data: Examples, some: list[int], said: Any) -> Any:
    """Of some test pictures the answers, and the exact ones where they are known."""
    truth = None if data.truth is None else data.truth[some]
    return drawings(data, data.test[some], said[some], truth)


def drawings(data: Examples, indices: Any, hand: Any, exact: Any) -> Any:
    """uint8 (N, side, side, 3): pictures with what was said in orange and, where it is known, the exact in blue."""
    import numpy as np

    canvases = [middle(data.world, int(index), SIDE) for index in indices]
    if data.kind == "class":
        return np.stack(canvases)
    draw = {"box": with_box, "mask": with_mask}[data.kind]
    for k in range(len(canvases)):
        if exact is not None:
            canvases[k] = draw(canvases[k], exact[k], EXACT, 0.0)
        canvases[k] = draw(canvases[k], hand[k], HAND, TINT)
    return np.stack(canvases)


def with_box(picture: Any, box: Any, colour: tuple[int, int, int], tint: float) -> Any:
    """The picture with a frame; a thin one where nothing is tinted."""
    import numpy as np
    from PIL import Image, ImageDraw

    image = Image.fromarray(picture)
    corners = [float(place) * SIDE for place in np.clip(box, 0, 1)]
    corners = [*np.minimum(corners[:2], corners[2:]), *np.maximum(corners[:2], corners[2:])]
    ImageDraw.Draw(image).rectangle(corners, outline=colour, width=4 if tint else 2)
    return np.asarray(image)


def with_mask(picture: Any, mask: Any, colour: tuple[int, int, int], tint: float) -> Any:
    """The picture with the edge of a mask, and its inside tinted."""
    import numpy as np
    from PIL import Image

    large = Image.fromarray(mask.astype(np.uint8) * 255).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    inside = np.asarray(large) > 127
    kernel = inside.copy()
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1), (0, 2), (1, 2)):
        kernel &= np.roll(inside, step, axis)
    strength = np.where(inside & ~kernel, 1.0, tint * inside)[..., None]
    return (picture * (1 - strength) + np.array(colour) * strength).astype(np.uint8)


def label_rows(data: Examples) -> list[Row]:
    """A row a given label: its picture, a class by its name, and where it is known how far it is the exact one."""
    known = [{}] * len(data.train) if data.exact is None else scored(data.score(data.given, data.exact))
    return [
        {"split": "label", "picture": int(index), "answer": data.word(data.given[k]), **known[k]}
        for k, index in enumerate(data.train)
    ]


def scored(scores: Any) -> list[Row]:
    return [{"score": round(float(score), 4)} for score in scores]
