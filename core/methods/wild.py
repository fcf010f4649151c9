"""What detection, segmentation and boundaries may choose from, by name. No torch here: pages read this."""

from __future__ import annotations

# Which resolutions of a network an FCN reads, counted from the coarsest, -1: named after Long et al., whose coarsest
# map is 32 times smaller than the picture; 4s leaves the coarsest out.
SKIPS: dict[str, tuple[int, ...]] = {"32s": (-1,), "16s": (-2, -1), "8s": (-3, -2, -1), "4s": (-4, -3, -2)}
