"""The methods that learn representations, by name: a new one is a file, a row here and a row of the tests.

This module imports no torch, so pages and the command line may read it.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

VIEW_OPTIONS = ("augment", "projection", "temperature")


@dataclasses.dataclass(frozen=True)
class MethodInfo:
    """`objective`: "module:class"; `paper` as it is cited; `uses`: the options that it reads; `usual`: their values
    where they are not those of all; `breaks`: what can be taken away from it, with the word that a page says; `hue` is
    its role in figures.
    """

    title: str
    objective: str
    paper: str
    uses: tuple[str, ...] = ()
    usual: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    breaks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    shows: str = ""  # the layer of its code, where that is not the mean of the last maps

    def make(self) -> Any:
        module, _, name = self.objective.partition(":")
        return getattr(importlib.import_module(module), name)


NEGATIVES = {"negatives": "the negatives"}
CODED = {"augment": "flip", "projection": "none"}
METHODS = {
    "autoencoder": MethodInfo(
        "Autoencoder", "core.methods.autoencoder:Autoencoder", "Hinton & Salakhutdinov 2006",
        ("augment", "code"), CODED, shows="code",
    ),
    "denoising": MethodInfo(
        "Denoising autoencoder", "core.methods.autoencoder:Denoising", "Vincent et al. 2008",
        ("augment", "code", "noise"), CODED, shows="code",
    ),
    "vae": MethodInfo(
        "Variational autoencoder", "core.methods.autoencoder:VAE", "Kingma & Welling 2013",
        ("augment", "code"), CODED, shows="code",
    ),
    "simclr": MethodInfo(
        "SimCLR", "core.methods.simclr:SimCLR", "Chen et al. 2020", VIEW_OPTIONS, breaks=NEGATIVES,
    ),
    "end_to_end": MethodInfo(
        "End to end", "core.methods.instance:EndToEnd", "He et al. 2019, figure 2a", VIEW_OPTIONS, breaks=NEGATIVES,
    ),
    "memory_bank": MethodInfo(
        "Memory bank", "core.methods.instance:MemoryBank", "Wu et al. 2018",
        (*VIEW_OPTIONS, "negatives"), breaks=NEGATIVES,
    ),
    "moco": MethodInfo(
        "MoCo", "core.methods.moco:MoCo", "He et al. 2019", (*VIEW_OPTIONS, "negatives", "momentum"),
        {"projection": "linear", "schedule": "constant"}, NEGATIVES,
    ),
    "moco2": MethodInfo(
        "MoCo v2", "core.methods.moco:MoCo", "Chen et al. 2020", (*VIEW_OPTIONS, "negatives", "momentum"),
        {"augment": "blur", "schedule": "cosine"}, NEGATIVES,
    ),
    "byol": MethodInfo(
        "BYOL", "core.methods.byol:BYOL", "Grill et al. 2020", ("augment", "projection", "momentum"),
        breaks={"stop_gradient": "the stop-gradient", "predictor": "the predictor"},
    ),
    "swav": MethodInfo(
        "SwAV", "core.methods.swav:SwAV", "Caron et al. 2020", (*VIEW_OPTIONS, "prototypes"),
        {"temperature": 0.1}, {"equipartition": "the equal shares"},
    ),
    "supervised": MethodInfo(
        "Supervised", "core.methods.supervised:Classes", "the classes are told", ("augment",),
        {"augment": "crop", "projection": "none"},
    ),
}  # fmt: skip
BREAKS = tuple(dict.fromkeys(word for info in METHODS.values() for word in info.breaks))
