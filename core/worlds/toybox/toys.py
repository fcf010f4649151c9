"""What a kind of toy is: a name, the parts it is painted in, the sides it is seen from, and its solids."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.solids import Solid

Shape = Callable[[Draws], Iterable[Solid]]


@dataclasses.dataclass(frozen=True, eq=False)
class Toy:
    """One class of the toybox.

    parts: part → the paints it may have, separated by blanks; a leading "=" means that it never has another.
    views: the angles (degrees) between its front, +x, and the camera that show what it is; left and right alike.
    lean: the most (radians) by which it may lie askew.
    """

    name: str
    natural: bool
    parts: Mapping[str, str]
    shape: Shape
    views: tuple[float, float] = (0.0, 180.0)
    lean: float = 0.0


@dataclasses.dataclass(frozen=True)
class Shelf:
    """Toys by name, in the order of their declarations."""

    natural: bool
    toys: dict[str, Toy] = dataclasses.field(default_factory=dict)

    def toy(
        self, views: tuple[float, float] = (0.0, 180.0), lean: float = 0.0, **parts: str
    ) -> Callable[[Shape], Shape]:
        """Puts the decorated shape on the shelf under its own name."""

        def put(shape: Shape) -> Shape:
            name = shape.__name__.replace("_", " ")
            self.toys[name] = Toy(name, self.natural, parts, shape, views, lean)
            return shape

        return put
