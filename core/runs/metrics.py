"""What a run shows while it goes on: numbers and pictures. An experiment declares them; live curves, the command line
and reports read that, so that none of them needs to know of accuracies.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Metric:
    """The column `name` of the rows of one `split`, against their column `of`; `title` is what an axis says.

    `share`: from 0 to 1, shown in per cent. `falls`: less is better. `live`: drawn while the run goes on.
    """

    name: str
    title: str
    split: str = "validation"
    of: str = "step"
    share: bool = False
    falls: bool = False
    live: bool = True

    def rows(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that hold it."""
        return [row for row in rows if row.get("split") == self.split and self.name in row]

    def says(self, value: float) -> str:
        return f"{value:.1%}" if self.share else f"{value:.3g}"


@dataclasses.dataclass(frozen=True)
class Stream:
    """Pictures that grow, or the places of a map that moves: each artifact `name` is shown as soon as it comes; `title`
    says what is seen, {step} when.
    """

    name: str
    title: str
