"""Which folders are named after a part of a set: `seg_train`, `TrainingData`, `test1`, `val2017`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.worlds.world import TEST, TRAIN, VALIDATION

UNLABELLED = -2  # a part without classes: pictures to be predicted
WORDS = {
    TRAIN: ("train", "training", "trainval", "trn"),
    VALIDATION: ("val", "valid", "validation", "dev", "development", "eval", "evaluation"),
    TEST: ("test", "testing", "tst"),
    UNLABELLED: ("pred", "predict", "prediction", "predictions", "unlabelled", "unlabeled"),
}
PARTS = {word: part for part, words in WORDS.items() for word in words}
FILLERS = {"data", "dataset", "datasets", "set", "sets", "subset", "split", "splits", "folder", "files", "samples"}
FILLERS |= {"images", "image", "imgs", "img", "pictures", "pics", "photos", "photo"}


def part_words(name: str) -> tuple[str, ...]:
    """`TrainingData`, `seg_train`, `Train `, `train2017` → its words in small letters; `trainset` is two."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return tuple(piece for word in re.findall(r"[^\W\d_]+", spaced.lower()) for piece in _halves(word))


def _halves(word: str) -> tuple[str, ...]:
    for filler in FILLERS:
        if word.endswith(filler) and word.removesuffix(filler) in PARTS:
            return word.removesuffix(filler), filler
    return (word,)


def says_nothing(name: str) -> bool:
    """Whether a name has no word that could be a class: `images`, `test_set`."""
    words = part_words(name)
    return bool(words) and all(word in PARTS or word in FILLERS for word in words)


def parts_in(folders: Mapping[str, set[str]]) -> dict[str, int]:
    """Folder → part, of those named after a part. `folders`: each with the names of the folders in it.

    A name may have one such word, and beside it words that say nothing, or that another part has too: `seg_train` and
    `seg_test` are parts, `training_shoes` and `test_tubes` are not. With any other word (`pets_train` beside
    `validation`) it is a part if another part has two folders of the same names in it.
    """
    named: dict[str, tuple[int, tuple[str, ...]]] = {}
    by_rest: dict[tuple[str, ...], set[int]] = {}
    by_inner: dict[str, set[int]] = {}
    for name, inner in folders.items():
        words = part_words(name)
        parts = [PARTS[word] for word in words if word in PARTS]
        if len(parts) == 1:
            rest = tuple(word for word in words if word not in PARTS and word not in FILLERS)
            named[name] = (parts[0], rest)
            by_rest.setdefault(rest, set()).add(parts[0])
            for folder in inner:
                by_inner.setdefault(folder, set()).add(parts[0])

    def is_part(name: str) -> bool:
        part, rest = named[name]
        alike = sum(len(by_inner[folder] - {part}) > 0 for folder in folders[name])
        return not rest or len(by_rest[rest]) > 1 or alike > 1

    return {name: part for name, (part, _) in named.items() if is_part(name)}
