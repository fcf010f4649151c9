"""The encoders that the pages compare, by name: what each learned from, and which of its layers is its code."""

from __future__ import annotations

from typing import Any

from core.experiments.maps import map
from core.experiments.ssl import ssl, usual_view
from core.methods.catalog import METHODS
from core.runs.spec import Spec
from core.worlds.uploads import key

STEPS = 400
ENCODERS: dict[str, dict[str, Any]] = {  # which ship as recordings, and the one below
    "Autoencoder": {"method": "autoencoder"},
    "SimCLR": {"method": "simclr"},
    "SimCLR, new room": {"method": "simclr", "second_view": usual_view("toybox")},
    "Supervised": {"method": "supervised"},
}
PLANE = {"method": "vae", "code": 2}  # all of whose code can be drawn
FOUR = ("car", "flower", "fish", "house")  # the toys of the first map
OTHERS: dict[str, dict[str, Any]] = {
    "Untrained": {"source": "none"},
    "Pixels": {"source": "pixels"},
    "PCA of pixels": {"source": "pca"},
    "ImageNet": {"source": "imagenet"},
}
FIRST = ("Autoencoder", "SimCLR, new room")  # of the question


LONGER = ("supervised", "simclr", "moco2", "byol", "autoencoder")  # methods that were given five minutes and more
# 10,000 pictures of CIFAR-10, a folder a class: they do not ship, what was learned from them does.
PHOTOGRAPHS = "upload:824c29fc2b7eea64562c98b3a2d456da1b344e66ea0ac8c000ab9217d50a9437"
LONGER_STEPS = {"toybox": 1200, PHOTOGRAPHS: 2400}


def encoder(**how: Any) -> Spec:
    """The training that ships."""
    return Spec.of(ssl, data="toybox", steps=STEPS, **how)


def longer(data: str) -> dict[str, Spec]:
    """Method → its long training on these pictures, also where they are not here."""
    how: dict[str, Any] = {"data": data, "steps": LONGER_STEPS[data], "second_view": usual_view(data)}
    known = key(data) if data == PHOTOGRAPHS else None
    return {METHODS[method].title: Spec.of(ssl, fingerprint=known, method=method, **how) for method in LONGER}


def sources() -> dict[str, dict[str, Any]]:
    """title → settings of `map` and `factors`: a run and its layer, or other weights, or none."""
    trained = {title: encoder(**how) for title, how in ENCODERS.items()}
    trained |= {f"{title}, longer": spec for title, spec in longer("toybox").items()}
    borrowed = {t: {"donor": spec, "layer": METHODS[spec.settings.method].shows} for t, spec in trained.items()}
    return {**borrowed, **OTHERS}


def map_of(title: str, **chosen: Any) -> Spec:
    """The map of an encoder, by default of the four toys."""
    return Spec.of(map, **{"data": "toybox", "classes": FOUR, **sources()[title], **chosen})
