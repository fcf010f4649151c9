"""The live camera: the channels of a stage move with what is held in front of the lens.

Frames go to the server and back by WebRTC (`streamlit-webrtc`), whose library, like torch, is loaded when the camera is
first asked for. Browsers open a camera only on the machine that runs the app, or over https.
"""

from __future__ import annotations

import functools
import time
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from core.experiments.looked_at import Weights
from core.experiments.watched import Watch, watcher
from core.ui.owner import owner

MOST, RECENT = 2, 3.0  # viewers at once; seconds without a frame, after which one has gone
HERE = ("localhost", "127.0.0.1", "::1")
CAMERA = {"video": {"width": 320, "height": 240, "frameRate": 15}, "audio": False}
_viewers: dict[str, float] = {}  # owner → when the last frame came


def live_camera(settings: Weights, stage: str) -> None:
    """The picture of the camera beside the channels of the stage; or one sentence why not, which names a snapshot."""
    address = urlsplit(st.context.url or "")
    if address.scheme != "https" and address.hostname not in HERE:
        st.info("Browsers open a live camera only on the app's own machine or over https: take a picture instead.")
        return
    now, own = time.monotonic(), owner()
    if sum(now - last < RECENT for viewer, last in list(_viewers.items()) if viewer != own) >= MOST:
        st.info(f"{MOST} others look through their cameras now, as many as this machine can serve: take a picture.")
        return
    from streamlit_webrtc import webrtc_streamer

    _only_here()
    watch, chosen = _watcher(settings), st.session_state.setdefault("watched", {})
    chosen["stage"] = stage  # read by the frames, which come in a thread of their own

    def answer(frame: Any) -> Any:
        _viewers[own] = time.monotonic()
        return type(frame).from_ndarray(watch(frame.to_ndarray(format="rgb24"), chosen["stage"]), format="rgb24")

    webrtc_streamer(
        key=f"live_{settings.network}_{settings.source}",
        video_frame_callback=answer,
        rtc_configuration={"iceServers": []},
        media_stream_constraints=CAMERA,
        video_html_attrs={"style": {"width": "100%"}, "controls": False, "autoPlay": True},
    )


@functools.lru_cache(maxsize=2)
def _watcher(settings: Weights) -> Watch:
    return watcher(settings)


def _only_here() -> None:
    """Frames come by UDP sockets of their own. Unless the app is shared they, too, are on the loopback only."""
    from aioice import ice

    if st.get_option("server.address") in HERE:
        ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
        ice.get_or_create_mdns_protocol = _nobody  # type: ignore[assignment]


class _Nobody:
    """Resolves no name of the local network, for which one listens on all addresses; who is here is found without."""

    async def resolve(self, name: str) -> None: ...


async def _nobody(asked_by: object) -> _Nobody:
    return _Nobody()
