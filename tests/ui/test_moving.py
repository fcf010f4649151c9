"""A clip is one animated picture that the browser plays by itself."""

import base64
import io

import numpy as np
from PIL import Image

from core.ui.moving import animated


def test_a_clip_holds_all_frames_for_as_long_as_they_are_to_be_seen(tmp_path):
    files = []
    for k in range(5):
        files.append(tmp_path / f"{k}.webp")
        Image.new("RGB", (24, 16), (50 * k, 0, 0)).save(files[-1], lossless=True)
    address = animated(tuple(files), 8.0)
    head, _, body = address.partition(",")
    assert head == "data:image/webp;base64"
    clip = Image.open(io.BytesIO(base64.b64decode(body)))
    assert (clip.n_frames, clip.size, clip.info["loop"]) == (5, (24, 16), 0)
    for k in range(5):
        clip.seek(k)
        clip.load()
        assert clip.info["duration"] == 125
        assert abs(np.asarray(clip.convert("RGB"))[..., 0].mean() - 50 * k) < 6
