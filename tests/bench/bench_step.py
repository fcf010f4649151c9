"""Where a step of LabNet goes: its parts, and its share of what this processor multiplies.

python -m tests.bench.bench_step
One thread, as each run of the app has. On an otherwise idle machine only.
"""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from core.learning.fit import fit
from core.learning.precision import arithmetic
from core.learning.supervised import Supervised
from core.models.staged import build
from tests.bench.compared import RATES

BATCH, SIZE, STEPS = 64, 48, 40
PARTS = {  # what an operation's name begins with → the part that it belongs to
    "convolutions": ("aten::mkldnn_convolution", "aten::convolution_backward", "aten::_convolution", "aten::cudnn"),
    "BatchNorm": ("aten::native_batch_norm", "aten::batch_norm", "aten::cudnn_batch"),
    "max-pooling": ("aten::max_pool",),
    "ReLU": ("aten::relu", "aten::clamp_min", "aten::threshold"),
    "casts and copies": ("aten::copy_", "aten::_to_copy", "aten::contiguous", "aten::clone"),
    "dense layers": ("aten::addmm", "aten::mm", "aten::linear"),
    "optimiser": (
        "aten::_fused",
        "aten::_foreach",
        "aten::add_",
        "aten::mul_",
        "aten::addc",
        "aten::lerp",
        "aten::sqrt",
    ),
}


def objective(n: int = BATCH) -> Supervised:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (n, SIZE, SIZE, 3), dtype=np.uint8)
    return Supervised(build("labnet", 16, 0), (pictures, np.arange(n) % 16), augment="flip", **RATES)


def stepped(steps: int) -> float:
    """Milliseconds a step, the mean of `steps` after some to warm up."""
    began = 0.0
    for row in fit(objective(), steps=steps + 5, batch_size=BATCH):
        if row["step"] == 5:
            began = time.perf_counter()
    return 1000 * (time.perf_counter() - began) / steps


def parts() -> Counter[str]:
    """Part → its share of the processor's time of a step."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in fit(objective(), steps=STEPS, batch_size=BATCH):
            pass
    spent: Counter[str] = Counter()
    for operation in seen.key_averages():
        part = next((name for name, begins in PARTS.items() if operation.key.startswith(begins)), "the rest")
        spent[part] += operation.self_cpu_time_total
    return Counter({part: time / spent.total() for part, time in spent.items()})


def floating_point_operations() -> int:
    """Of a step: forward and backward."""
    one = objective()
    indices, drawn = next(iter(one.order(1, BATCH, 0)))
    with FlopCounterMode(display=False) as counted:
        loss, _ = one.loss(one.batch(indices, drawn))
        loss.backward()
    return counted.get_total_flops()


def multiplied(side: int = 1024, rounds: int = 12) -> float:
    """Floating point operations a second of a product of two matrices, in the arithmetic of the runs."""
    a, b = (torch.randn(side, side, dtype=arithmetic().dtype) for _ in range(2))
    a @ b
    began = time.perf_counter()
    for _ in range(rounds):
        a @ b
    return 2 * side**3 * rounds / (time.perf_counter() - began)


def main() -> None:
    """Print milliseconds a step, its parts, and the share of the rate of products."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        took, rate, flops = stepped(STEPS), multiplied(), floating_point_operations()
        kind = str(arithmetic().dtype).removeprefix("torch.")
        print(f"a step of LabNet, {BATCH} pictures of {SIZE} px, {kind}, one thread: {took:.1f} ms")
        print("  " + ", ".join(f"{part} {share:.0%}" for part, share in parts().most_common()))
        speed = flops / (took / 1000)
        print(f"  {flops / 1e9:.2f} GFLOP a step: {speed / 1e9:.0f} of {rate / 1e9:.0f} GFLOP/s = {speed / rate:.0%}")
    finally:
        torch.set_num_threads(threads)


if __name__ == "__main__":
    main()
