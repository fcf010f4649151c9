"""The encoders that the pages compare, by name: what each learned from, and which of its layers is its code."""

from __future__ import annotations

from typing import Any

from core.experiments.maps import map
from core.experiments.ssl import ssl, usual_view
from core.methods.catalog import METHODS
from core.runs.spec import Spec

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


def encoder(**how: Any) -> Spec:
    """The training that ships."""
    return Spec.of(ssl, data="toybox", steps=STEPS, **how)


def sources() -> dict[str, dict[str, Any]]:
    """title → settings of `map` and `factors`: a run and its layer, or other weights, or none."""
    trained = {
        title: {"donor": encoder(**how), "layer": METHODS[how["method"]].shows} for title, how in ENCODERS.items()
    }
    return {**trained, **OTHERS}


def map_of(title: str, **chosen: Any) -> Spec:
    """The map of an encoder, by default of the four toys."""
    return Spec.of(map, **{"data": "toybox", "classes": FOUR, **sources()[title], **chosen})
