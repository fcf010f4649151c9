"""Who can make the workers run code: nobody without their keys."""

import asyncio
import contextlib
import json
import os
import pickle
import stat
import subprocess
import sys
import time

import psutil
import pytest
from distributed import Client, Security, rpc

from core.engine import Engine
from core.engine.keys import FILES, TLS, keys_for, write_keys
from core.runs.settings import Refused
from core.runs.spec import Spec
from tests.app_server import awaited
from tests.engine.conftest import wait
from tests.engine.test_engine import dask
from tests.engine.toys import slow


def ports(pid):
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    sockets = [socket for process in family for socket in process.net_connections("inet")]
    listening = [socket.laddr for socket in sockets if socket.status == psutil.CONN_LISTEN]
    assert {place.ip for place in listening} == {"127.0.0.1"}
    return sorted(place.port for place in listening)


async def ran(address, security, file):
    """Whether a stranger's function runs at `address`."""
    arguments = security.get_connection_args("client") if security else None
    with contextlib.suppress(OSError, TimeoutError):
        async with rpc(address, connection_args=arguments, timeout=1) as remote:
            call = remote.run(function=pickle.dumps(os.mkdir), args=pickle.dumps((str(file),)))
            await asyncio.wait_for(call, 3)
    return file.exists()


STRANGER = """
import os, sys, threading, time
from distributed import Client, Security

def try_door(address):
    security = Security.temporary() if address.startswith("tls") else None
    Client(address, security=security, timeout=2, set_as_default=False)
    print(address, flush=True)

threading.excepthook = lambda failed: None
for address in sys.argv[1:]:
    threading.Thread(target=try_door, args=[address], daemon=True).start()
time.sleep(5)
os._exit(0)
"""


def opened(addresses):
    """Where a stranger's client is connected; in a process of its own, for some doors keep Dask waiting for ever."""
    command = [sys.executable, "-c", STRANGER, *addresses]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.split()


def test_a_stranger_is_let_in_by_no_process_of_the_engine(engine, seed, tmp_path):
    spec = Spec.of(slow, seed=seed)
    engine.submit(spec, "ada")
    wait(engine, spec.id, "done")
    found = ports(engine.cluster_pid)
    assert len(found) >= 4, "a scheduler and three workers"
    ways = [("tcp", None), ("tls", Security.temporary())]
    doors = [(f"{scheme}://127.0.0.1:{port}", security) for port in found for scheme, security in ways]

    async def all_ran():
        return await asyncio.gather(*(ran(*door, tmp_path / "a stranger was here") for door in doors))

    assert not any(awaited(all_ran()))
    assert not opened([address for address, _ in doors])


def test_a_stranger_is_let_in_where_there_are_no_keys(tmp_path, home):
    """Or the test above would prove nothing."""
    file = tmp_path / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    process = dask("scheduler", *options, home=home)
    worker = None
    try:
        while not file.exists():
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        worker = dask("worker", address, "--no-nanny", "--worker-port", "0", "--no-dashboard", home=home, cwd=tmp_path)
        end = time.monotonic() + 30
        with Client(address, set_as_default=False) as client:
            while not (workers := list(client.scheduler_info()["workers"])) and time.monotonic() < end:
                time.sleep(0.1)
        assert opened([address]) == [address]
        assert awaited(ran(workers[0], None, tmp_path / "a stranger was here"))
    finally:
        for each in filter(None, (worker, process)):
            each.terminate()
            each.wait(20)


def test_a_cluster_with_keys_of_its_own(home, tmp_path, seed, monkeypatch):
    folder, file = tmp_path / "keys", tmp_path / "scheduler.json"
    write_keys(folder)
    pem = [str(folder / FILES[part]) for part in ("authority", "certificate", "key")]
    tls = [word for pair in zip(("--tls-ca-file", "--tls-cert", "--tls-key"), pem, strict=True) for word in pair]
    options = ("--protocol", "tls", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *tls)
    processes = [dask("scheduler", *options, "--scheduler-file", str(file), home=home)]
    try:
        while not file.exists():
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        options = ("--nthreads", "1", "--no-dashboard", *tls, "--local-directory", str(tmp_path))
        processes.append(dask("worker", address, *options, home=home, cwd=tmp_path))
        monkeypatch.setenv(TLS, str(folder))
        engine = Engine(address=address)
        try:
            spec = Spec.of(slow, rows=3, seed=seed)
            engine.submit(spec, "ada")
            assert wait(engine, spec.id, "done", "refused", "failed").status == "done"
        finally:
            engine.close()
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(20)


def test_keys_are_their_owners_and_never_overwritten(tmp_path):
    write_keys(tmp_path / "keys")
    if os.name != "nt":
        assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {0o600}
    with pytest.raises(Refused, match="name an empty folder"):
        write_keys(tmp_path / "keys")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:8786"])
def test_a_scheduler_on_this_machine_needs_no_keys(monkeypatch, address):
    monkeypatch.delenv(TLS, raising=False)
    assert keys_for(address) is None


OPEN, NO_KEYS, WORDS = "anybody in its network", "needs keys", "write tls://"


@pytest.mark.parametrize(
    ("address", "folder", "word"),
    [
        ("tcp://192.0.2.1:8786", "", OPEN),
        ("tcp://localhost.example:8786", "", OPEN),
        ("tcp://127.0.0.1.example:8786", "", OPEN),
        ("tcp://[::1:8786", "", OPEN),
        ("tls://192.0.2.1:8786", "", NO_KEYS),
        ("tls://192.0.2.1:8786", "none", NO_KEYS),
        ("tls://192.0.2.1:8786", "nowhere", "holds no ca.pem and no cert.pem and no key.pem"),
        ("192.0.2.1:8786", "", WORDS),
        ("ws://192.0.2.1:8786", "", WORDS),
    ],
)
def test_what_leaves_a_door_open_is_refused(monkeypatch, address, folder, word):
    monkeypatch.setenv(TLS, folder)
    with pytest.raises(Refused, match=word):
        Engine(address=address)


def test_an_open_network_may_be_said_to_be_ones_own(monkeypatch):
    monkeypatch.setenv(TLS, "none")
    assert keys_for("tcp://192.0.2.1:8786") is None
