"""Whose turn it is: round-robin between browsers, so that one student's long list does not hold up the others."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from core.engine.record import Record


def in_turn(records: Iterable[Record], lane: str, served: Mapping[str, float]) -> list[Record]:
    """The queued runs of a lane in the order in which they will start.

    Owners take turns, the one served longest ago first (`served`: owner → time), each with its oldest run.
    """
    waiting: dict[str, list[Record]] = {}
    for record in records:
        if record.status == "queued" and record.lane == lane and not record.arms:
            waiting.setdefault(record.browser, []).append(record)
    owners = sorted(waiting, key=lambda owner: served.get(owner, 0.0))
    rounds = itertools.zip_longest(*(waiting[owner] for owner in owners))
    return [record for one in rounds for record in one if record]
