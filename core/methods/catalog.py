"""The methods that learn representations, by name: a new one is a file, a row here and a row of the tests.

This module imports no torch, so pages and the command line may read it.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from core.learning.menus import SCHEDULES, VIEWS
from core.runs.settings import Help, Later, OneOf, Range

AUTO = "auto"
ALL_PICTURES, SAME_PICTURE, OTHER_PICTURES = DRAWN_FROM = ("all", "same", "others")


@dataclasses.dataclass(frozen=True)
class PatchOptions:
    """What is CPC's own."""

    patch_augment: Annotated[str, OneOf(VIEWS), Later(), Help("how each patch changes by itself (CPC)")] = "none"
    directions: Annotated[int, Range(1, 4), Later(), Help("1: what comes below; 4: from all sides (CPC)")] = 1
    drawn_from: Annotated[str, OneOf(DRAWN_FROM), Later(), Help("pictures whose patches are the negatives (CPC)")] = (
        "all"
    )


@dataclasses.dataclass(frozen=True)
class Options(PatchOptions):
    """What the methods have in common; each uses some of it. `resolved` writes out what is left to the method."""

    augment: Annotated[str, OneOf((AUTO, *VIEWS)), Help("how views differ from the picture")] = AUTO
    projection: Annotated[str, OneOf((AUTO, "mlp", "linear", "none")), Help("head between code and loss")] = AUTO
    outputs: Annotated[int, Range(1, 4096), Later(), Help("numbers of the projection")] = 64
    temperature: Annotated[float, Range(0, 10), Help("of the contrastive loss; 0: the method's own")] = 0.0
    negatives: Annotated[int, Range(1, 65_536), Help("length of the queue, or drawn from the bank")] = 2048
    momentum: Annotated[float, Range(0, 1), Help("how slowly the second encoder follows")] = 0.99
    prototypes: Annotated[int, Range(2, 3000), Help("of SwAV")] = 64
    code: Annotated[int, Range(1, 1024), Help("numbers of an autoencoder's code")] = 128
    noise: Annotated[float, Range(0, 10), Help("deviation of what the denoising one must undo")] = 0.5
    schedule: Annotated[str, OneOf((AUTO, *SCHEDULES)), Help("how the rate changes")] = AUTO
    seed: Annotated[int, Range(0, 10**6), Help("of weights, order and views")] = 0


LEFT_OPEN = {"augment": AUTO, "projection": AUTO, "schedule": AUTO, "temperature": 0.0}
USUAL = {"augment": "colour", "projection": "mlp", "schedule": "one_cycle", "temperature": 0.2}
ALL = ("augment", "schedule", "seed")  # methods read these
VIEW_OPTIONS = ("projection", "outputs", "temperature")


@dataclasses.dataclass(frozen=True)
class MethodInfo:
    """`objective`: "module:class"; `paper` as it is cited; `uses`: the options that it reads besides those that all do;
    `usual`: values where they are not those of all; `breaks`: what can be taken away from it, with the word that a page
    says; `shows`: the head that gives its code, where that is not the mean of the last maps; `views`: in how many ways
    it sees a picture at once; `networks`: the encoders that can, where not all can, the usual one first.
    """

    title: str
    objective: str
    paper: str
    uses: tuple[str, ...] = ()
    usual: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    breaks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    shows: str = ""
    views: int = 2
    networks: tuple[str, ...] = ()

    def make(self) -> Any:
        module, _, name = self.objective.partition(":")
        return getattr(importlib.import_module(module), name)


PATCHED = ("patch_labresnet", "patch_labresnet_layer", "patch_labresnet_wide")
NEGATIVES = {"negatives": "the negatives"}
CODED = {"augment": "flip", "projection": "none"}
METHODS = {
    "autoencoder": MethodInfo(
        "Autoencoder", "core.methods.autoencoder:Autoencoder", "Hinton & Salakhutdinov 2006",
        ("code",), CODED, shows="code", views=1,
    ),
    "denoising": MethodInfo(
        "Denoising autoencoder", "core.methods.autoencoder:Denoising", "Vincent et al. 2008",
        ("code", "noise"), CODED, shows="code", views=1,
    ),
    "vae": MethodInfo(
        "Variational autoencoder", "core.methods.autoencoder:VAE", "Kingma & Welling 2013",
        ("code",), CODED, shows="code", views=1,
    ),
    "simclr": MethodInfo(
        "SimCLR", "core.methods.simclr:SimCLR", "Chen et al. 2020", VIEW_OPTIONS, breaks=NEGATIVES,
    ),
    "end_to_end": MethodInfo(
        "End to end", "core.methods.instance:EndToEnd", "He et al. 2019, figure 2a", VIEW_OPTIONS, breaks=NEGATIVES,
    ),
    "memory_bank": MethodInfo(
        "Memory bank", "core.methods.instance:MemoryBank", "Wu et al. 2018",
        (*VIEW_OPTIONS, "negatives"), breaks=NEGATIVES, views=1,
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
        "BYOL", "core.methods.byol:BYOL", "Grill et al. 2020", ("projection", "outputs", "momentum"),
        breaks={"stop_gradient": "the stop-gradient", "predictor": "the predictor"},
    ),
    "swav": MethodInfo(
        "SwAV", "core.methods.swav:SwAV", "Caron et al. 2020", (*VIEW_OPTIONS, "prototypes"),
        {"temperature": 0.1}, {"equipartition": "the equal shares"},
    ),
    "cpc": MethodInfo(
        "CPC", "core.methods.cpc:CPC", "van den Oord et al. 2018",
        ("temperature", "patch_augment", "directions", "drawn_from"),
        {"augment": "crop", "projection": "none", "temperature": 0.1}, views=1, networks=PATCHED,
    ),
    "supervised": MethodInfo(
        "Supervised", "core.methods.supervised:Classes", "the classes are told", (),
        {"augment": "crop", "projection": "none"}, views=1,
    ),
}  # fmt: skip
BREAKS = tuple(dict.fromkeys(word for info in METHODS.values() for word in info.breaks))
Chosen = TypeVar("Chosen", bound=Options)


def resolved(method: str, options: Chosen) -> Chosen:
    """The options as the method uses them: what is left open is its own, what it does not read is as by default."""
    info, written = METHODS[method], dict[str, Any]()
    for field in dataclasses.fields(Options):
        name, usual = field.name, {**USUAL, **info.usual}
        if name not in (*ALL, *info.uses):
            written[name] = info.usual.get(name, field.default)
        elif name in LEFT_OPEN and getattr(options, name) == LEFT_OPEN[name]:
            written[name] = usual[name]
    return dataclasses.replace(options, **written)
