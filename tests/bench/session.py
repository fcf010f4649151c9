"""A browser session without a browser: Streamlit's websocket protocol, with its timers, and a clock on every rerun."""

import asyncio
import time
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Session:
    """Opens a page, answers its timers, and reruns the whole page every `full_every` seconds; at the first of these
    reruns it presses the button whose key has `press` in it.

    `full` and `fragment` collect the seconds from each request to the end of its script, `pressed` the buttons.
    """

    def __init__(self, url: str, page: str, query: dict, *, owner: str = "", full_every: float = 5.0, press: str = ""):
        self.url, self.page, self.query, self.full_every = url, page, urlencode(query), full_every
        self.press, self.pressed, self._buttons = press, list[str](), list[str]()
        self.headers = {"Cookie": f"transferlab_owner={owner}"} if owner else {}
        self.full: list[float] = []
        self.fragment: list[float] = []
        self.errors: list[str] = []
        self._timers: dict[str, list[float]] = {}  # fragment → [interval, when due]
        self._sent, self._kind, self._script = 0.0, "", ""

    async def run(self, seconds: float, delay: float = 0.0) -> "Session":
        await asyncio.sleep(delay)
        address = self.url.replace("http", "ws") + "/_stcore/stream"
        options = {"subprotocols": ["streamlit"], "max_size": None, "additional_headers": self.headers}
        async with websockets.connect(address, origin=self.url, **options) as socket:
            end, next_full = time.monotonic() + seconds, time.monotonic() + self.full_every
            await self._request(socket, "first")
            while (now := time.monotonic()) < end:
                waiting = bool(self._sent)
                due = min([when for _, when in self._timers.values()] + [next_full, end])
                try:
                    raw = await asyncio.wait_for(socket.recv(), max(0.001, (end if waiting else due) - now))
                except TimeoutError:
                    if waiting:
                        continue
                    if time.monotonic() >= next_full:
                        next_full = time.monotonic() + self.full_every
                        await self._request(socket, "full")
                    else:
                        await self._tick(socket)
                    continue
                self._receive(raw)
        return self

    def _receive(self, raw: bytes) -> None:
        message = ForwardMsg()
        message.ParseFromString(raw)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            if self._kind != "fragment":
                self._timers = {}
        elif kind == "navigation":
            self._script = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            interval = message.auto_rerun.interval
            self._timers[message.auto_rerun.fragment_id] = [interval, time.monotonic() + interval]
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "exception":
                self.errors.append(element.exception.message)
            elif element.WhichOneof("type") == "button" and self.press and self.press in element.button.id:
                self._buttons.append(element.button.id)
        elif kind == "script_finished" and self._sent:
            taken, self._sent = time.monotonic() - self._sent, 0.0
            {"full": self.full, "fragment": self.fragment}.get(self._kind, []).append(taken)

    async def _tick(self, socket) -> None:
        for fragment, timer in self._timers.items():
            if time.monotonic() >= timer[1]:
                timer[1] = time.monotonic() + timer[0]
                await self._request(socket, "fragment", fragment)
                return

    async def _request(self, socket, kind: str, fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        if self._script:
            message.rerun_script.page_script_hash = self._script
        else:
            message.rerun_script.page_name = self.page
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        if kind == "full" and self._buttons and not self.pressed:
            self.pressed.append(self._buttons[-1])
            message.rerun_script.widget_states.widgets.add(id=self._buttons[-1], trigger_value=True)
        self._sent, self._kind = time.monotonic(), kind
        await socket.send(message.SerializeToString())


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all values lie; nan of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
