"""`python -m core.engine.local FILE TRAINING QUICK`: a scheduler and its workers, each a process of its own.

Its standard input gives the keys, as one line of JSON; without them nobody can talk to any of these processes. It ends
when that input closes, that is, when the app that started it is gone, however it went. It must not be started from a
thread of the app: workers are spawned, and would run the app's page again.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import sys
import threading
from typing import Any

from core.engine.keys import Keys
from core.engine.preload import WARM_VARIABLE

CONFIG = {
    "distributed.worker.profile.enabled": False,  # no sampling thread inside trainings
    "distributed.admin.tick.interval": "1s",  # not 20 ms: an engine at rest takes 3 % of a core instead of 12 %
    "distributed.worker.daemon": False,  # a run may have child processes, such as a DataLoader's
    "distributed.worker.memory.terminate": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    "distributed.scheduler.allowed-failures": 2,  # a run whose worker is lost three times has failed
    "distributed.admin.low-level-log-length": 20_000,  # events kept for an app that joins late
    "distributed.comm.timeouts.connect": "20s",
    "distributed.scheduler.http.routes": [],  # Dask serves pages without asking for keys: there are none
    "distributed.worker.http.routes": [],
    # Dask's default hands memory back at once (MALLOC_TRIM_THRESHOLD_); every step of a training then asks the kernel
    # for it again and takes twice as long (EfficientNet: 20 pictures/s instead of 43).
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
}
FAREWELL = 1.0  # seconds for a busy worker to end before it is killed; by then its run was asked to stop
if sys.platform == "linux":  # elsewhere there is no fork, or it is not safe once libraries are loaded
    # Workers are forked from a process that has imported what runs need: three are ready in the time of one, and hold
    # those libraries in the memory once.
    CONFIG["distributed.worker.multiprocessing-method"] = "forkserver"
HERE = "127.0.0.1"  # for each of them: a worker listens everywhere unless it is told otherwise
NICE = {"train": 10, "quick": 0}  # trainings leave the processor to the page (a rerun in 32 ms instead of 266)


def imported_once() -> None:
    """Name what the process imports from which workers are forked."""
    from distributed.utils import get_mp_context

    context, module = get_mp_context(), os.environ.get(WARM_VARIABLE)
    if hasattr(context, "set_forkserver_preload"):
        needed = importlib.import_module(module).NEEDED if module else ()
        context.set_forkserver_preload(["distributed", "core.engine.preload", *needed])


async def serve(keys: Keys, file: str, training: int, quick: int) -> None:
    """Run until standard input closes. The address is published before the workers are warm."""
    from distributed import Nanny, Scheduler

    common: dict[str, Any] = {"protocol": "tls", "security": keys.security(), "host": HERE}
    async with Scheduler(port=0, dashboard=False, dashboard_address=f"{HERE}:0", **common) as scheduler:
        with open(file + ".tmp", "w", encoding="utf-8") as out:
            json.dump({"address": scheduler.address}, out)
        os.replace(file + ".tmp", file)
        async with contextlib.AsyncExitStack() as stack:
            lanes = ["quick"] * quick + ["train"] * training
            nannies = [
                Nanny(
                    scheduler.address,
                    **common,
                    nthreads=1,
                    dashboard=False,
                    memory_limit=0,
                    resources={lane: 1},
                    preload=["core.engine.preload"],
                    env={"TRANSFERLAB_NICE": str(NICE[lane])},
                    name=f"{lane}-{k}",
                )
                for k, lane in enumerate(lanes)
            ]
            starting = [asyncio.create_task(stack.enter_async_context(nanny)) for nanny in nannies]
            await _stdin_closed()
            for task in starting:
                task.cancel()
            await asyncio.gather(*(nanny.close(timeout=FAREWELL) for nanny in nannies), return_exceptions=True)


async def _stdin_closed() -> None:
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        with contextlib.suppress(RuntimeError):  # the loop may be gone already
            loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=wait, daemon=True).start()
    await closed.wait()


if __name__ == "__main__":  # workers are spawned and import this module again
    import dask
    import distributed  # noqa: F401  its defaults come with the import, so before ours

    dask.config.set(CONFIG)
    imported_once()
    given = Keys(**json.loads(sys.stdin.buffer.readline()))
    asyncio.run(serve(given, sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
