"""The server of `transferlab app`: Streamlit, on this machine only unless it is shared, on a port that is free.

Streamlit by itself takes the folder `pages` for its older kind of navigation until `app.py` has run once, so that the
first visitor of a page's own address would miss the front door; takes the next port when its own is taken; and ends in
order at SIGTERM and Ctrl+C, but not at the SIGHUP of a terminal that is closed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import sys

from core.engine.keys import SCHEDULER, keys_for
from core.runs.home import home
from core.runs.settings import Refused

EVERYWHERE = "0.0.0.0"


def main(arguments: list[str]) -> None:
    """Serve until ended. Exit code 2 and one sentence for what cannot be served."""
    options, streamlits = _parser().parse_known_args(arguments)
    try:
        home()  # an unwritable folder, too, is said here, before a browser opens
        if address := os.environ.get(SCHEDULER):
            keys_for(address)
        check_port(options.port, options.share)
    except Refused as refused:
        sys.exit(_said(str(refused)))
    _said(f"The app opens in your browser: http://localhost:{options.port}. Ctrl+C ends it.")
    shared = ["--server.address", EVERYWHERE, "--browser.serverAddress", "localhost"] if options.share else []
    if shared:
        _said(f"Everybody in this network may use it, at {address_for_others(options.port)}")
    end_when_hung_up()
    _streamlit("run", "app.py", "--server.port", str(options.port), *shared, *streamlits)


def _parser() -> argparse.ArgumentParser:
    text = "Open the app in a browser. Further options, like --server.headless true, are Streamlit's."
    parser = argparse.ArgumentParser("transferlab app", description=text, allow_abbrev=False)
    parser.add_argument("--share", action="store_true", help="also to others in this network, at an address it prints")
    parser.add_argument("--port", "--server.port", type=int, default=8501, metavar="PORT", help="8501 unless given")
    return parser


def check_port(port: int, shared: bool = False) -> None:
    """`Refused` if nobody could reach the app there."""
    with socket.socket() as probe:
        if os.name != "nt":  # where it would allow a second listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((EVERYWHERE if shared else "localhost", port))
        except (OSError, OverflowError) as error:
            reason = (
                "something listens there already, perhaps this app" if port in range(1024, 65536) else "not allowed"
            )
            raise Refused("--port", port, f"{reason}; end it, or name another, like --port 8600.") from error


def address_for_others(port: int) -> str:
    """Where the others in this network find this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("10.255.255.255", 1))  # sends nothing: it only chooses the way out
        return f"http://{probe.getsockname()[0]}:{port}"
    return f"http://{socket.gethostname()}:{port}"


def end_when_hung_up() -> None:
    """Make SIGHUP a SIGTERM, unless whoever started this said that it is to be ignored (`nohup`)."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _hung_up)


def _hung_up(*_: object) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)  # Streamlit says goodbye, and would fail for want of a terminal
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.kill(os.getpid(), signal.SIGTERM)


def _streamlit(*command: str) -> None:
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.web.cli import main as streamlit

    PagesManager.uses_pages_directory = False
    streamlit(command)


def _said(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 2


if __name__ == "__main__":
    main(sys.argv[1:])
