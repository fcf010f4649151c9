"""The arms of a plan, as far as they are kept on this machine: of a recorded figure only its rows are."""

from __future__ import annotations

from core.runs.settings import Refused
from core.runs.store import Run, Store

NAMED = 12  # arms


def arms_of(run: Run) -> list[Run]:
    """The kept arms of a plan, in its order; a single run is its own arm."""
    if "arms" not in run.provenance:
        return [run]
    store = Store()
    return [arm for arm in map(store.find, run.provenance["arms"]) if arm]


def classes_of(run: Run) -> list[str]:
    """The names of the classes, empty where the arm that says them is not kept."""
    return next((arm.summary["classes"] for arm in arms_of(run) if "classes" in arm.summary), [])


def told_apart(arms: list[Run]) -> list[tuple[Run, str]]:
    """Each arm with the settings in which it differs from others of them."""
    settings = [arm.record["spec"]["settings"] for arm in arms]
    names = dict.fromkeys(name for each in settings for name in each)
    differing = [name for name in names if any(each.get(name) != settings[0].get(name) for each in settings)]
    return [
        (arm, ", ".join(f"{name}={_short(each[name])}" for name in differing if name in each))
        for arm, each in zip(arms, settings, strict=True)
    ]


def _short(value: object) -> object:
    return value["settings"].get("data", "…") if isinstance(value, dict) and "settings" in value else value


def single(run: Run) -> Run:
    """A single run, or the only arm of a plan; `Refused` names the arms where there are more."""
    arms = arms_of(run)
    if len(arms) == 1:
        return arms[0]
    if not arms:
        raise Refused("run", run.id, "only its figure is kept here, not its arms; run it again to have them.")
    named = "; ".join(f"{arm.id} ({differs})" for arm, differs in told_apart(arms)[:NAMED])
    more = f"; and {len(arms) - NAMED} more (transferlab show {run.id})" if len(arms) > NAMED else ""
    raise Refused("run", run.id, f"it is {len(arms)} runs; name one of its arms: {named}{more}.")
