"""The app as its users start and end it: `transferlab app`, real processes, real signals."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from core.runs.settings import Refused
from core.ui.serve import check_port
from tests.app_server import ROOT, AppServer, awaited, free_port
from tests.bench.session import Session

IN_TIME = 10.0  # seconds in which every process is gone
posix = pytest.mark.skipif(os.name == "nt", reason="signals and terminals of Unix")


@pytest.mark.skipif(sys.platform == "win32", reason="the browser is kept shut by a command of Unix")
def test_the_app_opens_on_a_fresh_machine_without_a_question(tmp_path):
    server = AppServer(tmp_path / "home", tmp_path / "log.txt")
    try:
        server.start(headless=False, HOME=str(tmp_path), BROWSER="true", patience=30)
    finally:
        server.stop()
    log = server.log.read_text()
    assert "Email" not in log
    assert "agents" not in log, "Streamlit advertises; where it does so in the terminal, it does so over the page too"
    assert f":{server.port}" in log, "where the app is found is told"


class Opened:
    """An app with a student who has started a run, and all its processes."""

    def __init__(self, folder, *options, **process):
        self.home, self.log = folder / "home", folder / "log.txt"
        self.server = AppServer(self.home, self.log, *options, **process).start()
        threading.Thread(target=self.start_a_run, daemon=True).start()
        end = time.monotonic() + 120  # a busy machine answers late
        while not self.drafts():
            assert time.monotonic() < end, "a run is under way"
            time.sleep(0.05)
        first = psutil.Process(self.server.process.pid)
        self.family = [first, *first.children(recursive=True)]

    def start_a_run(self):
        while not list((self.home / "runs").glob("*")):
            awaited(Session(self.server.url, "", {}, press="home_", full_every=0.5).run(4.0))

    def drafts(self):
        return list((self.home / "runs").glob(".draft-*"))

    def listening(self):
        """(process, address) of every socket that listens."""
        found = []
        for process in self.family:
            with contextlib.suppress(psutil.NoSuchProcess):  # a helper of Python that has ended meanwhile
                found += [(process.pid, socket) for socket in process.net_connections("inet")]
        return {(pid, socket.laddr.ip) for pid, socket in found if socket.status == psutil.CONN_LISTEN}

    def all_gone(self):
        """Nobody is left, and the run that was under way is noted as stopped."""
        threading.Thread(target=self.server.process.wait, daemon=True).start()  # so that it is no zombie
        _, alive = psutil.wait_procs(self.family, timeout=IN_TIME)
        left = [" ".join(process.cmdline()) for process in alive]
        for process in alive:
            process.kill()
        assert not left
        assert "was stopped: the app ended" in (self.home / "logs" / "engine.txt").read_text()
        assert not self.drafts()


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whoever_ends_the_app_ends_all_of_it_and_nobody_else_was_let_in(tmp_path, number):
    app = Opened(tmp_path)
    assert len(app.family) >= 5, "the server, the scheduler and three workers"
    assert {address for _, address in app.listening()} == {"127.0.0.1"}
    app.server.process.send_signal(number)
    app.all_gone()


def test_a_second_start_at_the_same_port_says_so(tmp_path):
    server = AppServer(tmp_path / "home", tmp_path / "log.txt")
    try:
        command = [sys.executable, "-m", "core.cli", "app", "--port", str(server.start().port)]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    finally:
        server.stop()
    assert second.returncode == 2
    assert second.stderr.strip().splitlines() == [
        f"--port={server.port} cannot be used: something listens there already, perhaps this app; end it, "
        "or name another, like --port 8600."
    ]


@posix
def test_a_closed_terminal_ends_the_app(tmp_path):
    import fcntl
    import termios

    ours, theirs = os.openpty()

    def take_terminal():
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    app = Opened(tmp_path, start_new_session=True, preexec_fn=take_terminal, **streams)
    os.close(theirs)
    os.close(ours)
    app.all_gone()


@posix
def test_sharing_opens_the_app_alone_at_the_address_it_tells_until_it_hangs_up(tmp_path):
    app = Opened(tmp_path, "--share")
    told = app.log.read_text().partition("may use it, at ")[2].split()[0]
    session = awaited(Session(told, "", {}, full_every=0.5).run(4.0))
    assert session.full, "a page is answered there"
    assert not session.errors
    opened = [pid for pid, address in app.listening() if address != "127.0.0.1"]
    assert opened == [app.server.process.pid]
    app.server.process.send_signal(signal.SIGHUP)
    app.all_gone()


def test_ports_that_do_not_exist_are_refused():
    check_port(free_port())
    with pytest.raises(Refused, match="not allowed"):
        check_port(70_000)


def test_an_open_scheduler_is_refused_before_the_app_opens(tmp_path):
    environment = {**os.environ, "TRANSFERLAB_SCHEDULER": "tcp://192.0.2.1:8786", "TRANSFERLAB_TLS": ""}
    command = [sys.executable, "-m", "core.cli", "app", "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "anybody in its network could run code there" in done.stderr
    assert "Traceback" not in done.stderr
