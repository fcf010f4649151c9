"""The addresses of worlds seen in part, or asked another question, from their parts; `core.worlds.views` reads them."""

from __future__ import annotations


def half(side: str, seed: int, world: str) -> str:
    """Half of the classes of a world, drawn by the seed; side "b" has those that "a" has not."""
    return f"half:{side}:random-{seed}:{world}"


def few(count: int, seed: int, world: str) -> str:
    """The same validation and test pictures, but only so many training pictures a class."""
    return f"few:{count}:{seed}:{world}"


def task(name: str, world: str) -> str:
    """Pictures of the toybox with another label."""
    return f"task:{name}:{world}"


def style(name: str, world: str) -> str:
    """The scenes of the toybox in another look, with the labels they had."""
    return f"style:{name}:{world}"


def twin(factors: str, world: str) -> str:
    """The scenes of the toybox once more, with these factors, commas between, drawn anew."""
    return f"twin:{factors}:{world}"


def frame(k: int, world: str) -> str:
    """One of the frames of a short clip of each toy."""
    return f"frame:{k}:{world}"


def cue(name: str, world: str) -> str:
    """The pictures of the toybox with nothing left of the toys but their shadow, or not even that."""
    return f"cue:{name}:{world}"
