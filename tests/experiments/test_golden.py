"""One golden tiny run of each experiment: who changes what its settings give raises its version, and writes this anew.

In float32, so that all processors agree within the tolerance; plans that ship recorded are their own golden runs
(`test_recordings`). `python -m tests.experiments.test_golden` prints the table as it comes out now.
"""

import json
import os
import tempfile

import numpy as np
import pytest
from PIL import Image

from core.experiments import EXPERIMENTS, experiment
from core.experiments.recordings import recordings
from core.runs.drive import drive
from core.runs.spec import Spec
from core.runs.store import Store

DIGITS = {"data": "digits", "labels_per_class": 5, "epochs": 2, "size": 32, "augment": "none", "precision": "float32"}
TRAINED = "run of DIGITS"  # is replaced by its address
TINY_SSL = {"data": "digits", "size": 32, "steps": 2, "batch_size": 32, "precision": "float32"}
TINY_WILD = {"source": "none", "network": "labnet", "pictures": 4, "tested": 4, "steps": 2, "precision": "float32"}
TINY_VIEWS = {"steps": 3, "batch_size": 8, "precision": "float32"}
TINY_VIDEO = {
    "source": "none",
    "network": "labnet",
    "size": 48,
    "pictures": 10,
    "batch_size": 2,
    "precision": "float32",
}
CODED = Spec.of(experiment("ssl"), **TINY_SSL, method="autoencoder")
TINY = {
    "train": DIGITS,
    "finetune": {**DIGITS, "source": "none", "frozen": "2"},
    "evaluate": {"data": "digits", "network": TRAINED},
    "readout": {"data": "digits", "network": TRAINED, "labels_per_class": 3},
    "label_efficiency": {"data": "digits", "source": TRAINED, "share": 5, "steps": 4, "precision": "float32"},
    "cue": {"task": "identity", "view": "pictures"},
    "lens_attribution": {"source": TRAINED, "picture": "digits#7", "method": "occlusion"},
    "network": {"network": "labnet"},
    "look_through": {"data": "digits"},
    "pictures": {"data": "digits", "which": "0,7", "size": 64},
    "scene": {"toys": "dog,mug", "size": 64},
    "clip": {"frames": 4, "size": 64},
    "pair": {"number": 3, "size": 64},
    "to_label": {"data": "digits", "pictures": 4, "size": 64},
    "labelled": {"kind": "box", "pictures": 4},
    "lens_maps": {"source": "none", "picture": "digits#7"},
    "lens_filters": {"source": "none"},
    "selectivity": {"source": "none", "scenes": 8},
    "invariance": {"data": "digits", "source": TRAINED, "pictures": 12},
    "correspondence": {"source": "none", "pictures": 5, "places": 3},
    "evolved": {"data": "digits", "pictures": 12, "donor": Spec.of(experiment("train"), **DIGITS, checkpoints=(0, 3))},
    "similarity": {"source": "none", "other_seed": 1, "data": "digits", "pictures": 40},
    "generic_specific": {"data": "digits", "pictures": 20, "steps": 2, "seeds": 1},
    "factors": {"data": "few:5:0:toybox:b", "source": "pixels", "pictures": 200},
    "decoded": {"data": "digits", "pictures": 40, "donor": CODED},
    "infomin": {
        "data": "few:6:0:half:a:random-0:half:a:random-0:toybox:b",
        "shared": "object",
        "pairs": 24,
        "held_out": 8,
        "labels_per_class": 5,
        **TINY_VIEWS,
    },
    "photograph_views": {"data": "digits", "held_out": 20, "most": 60, **TINY_VIEWS},
    "shared_pairs": {"shared": "group,light", "pairs": 2, "size": 64},
    "ssl": {**TINY_SSL, "method": "simclr"},
    "pretext": {**TINY_SSL, "task": "jigsaw"},
    "cpc": {**TINY_SSL, "over": "patches"},
    "segment": {**TINY_WILD, "size": 48},
    "detect": {**TINY_WILD, "size": 48},
    "vessels": {**TINY_WILD, "size": 64},
    "first_frame": {"clips": "toys:0", "size": 64},
    "video_parent": {**TINY_VIDEO, "steps": 2},
    "one_shot_video": {**TINY_VIDEO, "parent_steps": 2, "steps": 2, "tested": 2},
    "boundaries": {**TINY_WILD, "size": 48},
}
# `placed_on_map` wants a map: test_representations. `ready` and `own_weights` give nothing of their own; `predict` is
# asked of a picture: test_finetune, test_own_weights;
# `details` is a plan of `ssl`; `attribution_scores` are the arms of a recorded plan.
ELSEWHERE = {"details", "placed_on_map", "ready", "own_weights", "predict", "attribution_scores"}
NEAR = ("accuracy", "loss", "low", "mean", "cka", "procrustes", "probability", "pose")  # columns told to .02
GOLDEN = {
    "train": {"rows": 462, "accuracy": 0.2448, "loss": 2.2541, "picture": 919.8822},
    "finetune": {"rows": 924, "accuracy": 0.248, "loss": 2.2532, "picture": 919.8822},
    "evaluate": {"rows": 1, "accuracy": 0.1311, "loss": 2.29},
    "readout": {"rows": 14, "accuracy": 0.6367},
    "label_efficiency": {"rows": 6.0, "accuracy": 0.1699, "loss": 2.3339, "low": 0.1945},
    "cue": {"rows": 1, "accuracy": 0.945},
    "lens_attribution": {"rows": 5, "probability": 0.1166, "grey": 72.0209},
    "network": {"rows": 7, "parameters": 40390.8571},
    "look_through": {"rows": 10},
    "pictures": {"rows": 2, "picture": 3.5, "grey": 72.7728},
    "scene": {"rows": 2, "grey": 151.238},
    "clip": {"rows": 4, "grey": 196.8826},
    "pair": {"rows": 2, "grey": 188.9265},
    "to_label": {"rows": 4, "picture": 1081.75, "grey": 76.5784},
    "lens_maps": {"rows": 8, "mean": 0.227, "grey": 58.0717},
    "lens_filters": {"rows": 24, "grey": 96.4803},
    "selectivity": {"rows": 1585, "pose": 0.5078},
    "labelled": {"rows": 22, "low": 0.4747, "picture": 6349, "grey": 160.3043},
    "invariance": {"rows": 138, "low": 0.5953, "mean": 0.6591},
    "correspondence": {"rows": 40, "low": 0.2795, "mean": 0.3299, "grey": 170.2424},
    "evolved": {"rows": 16, "cka": 0.8696, "grey": 85.6667},
    "similarity": {"rows": 7, "cka": 0.7618, "procrustes": 0.9026},
    "generic_specific": {"rows": 28, "cka": 0.7665, "procrustes": 0.9345},
    "factors": {"rows": 7, "accuracy": 0.4182, "low": 0.3358},
    "decoded": {"rows": 0, "grey": 140.9654},
    "infomin": {"rows": 13.0, "accuracy": 0.2856, "loss": 1.9721, "low": 0.2448, "grey": 179.7829},
    "photograph_views": {"rows": 10.0, "accuracy": 0.6467, "loss": 2.5968, "low": 0.6014, "grey": 107.7886},
    "shared_pairs": {"rows": 4.0, "grey": 185.3646},
    "ssl": {"rows": 71.0, "accuracy": 0.8947, "loss": 4.2279, "low": 0.8777, "mean": 0.9078, "grey": 120.7984},
    "cpc": {
        "rows": 81.0,
        "accuracy": 0.4065,
        "loss": 6.3766,
        "low": 0.5234,
        "mean": 0.563,
        "probability": 0.3464,
        "grey": 87.4893,
    },
    "pretext": {
        "rows": 84,
        "accuracy": 0.3871,
        "loss": 4.2053,
        "low": 0.6014,
        "mean": 0.6252,
        "probability": 0.2764,
        "grey": 82.7347,
    },
    "segment": {"rows": 7.0, "accuracy": 0.7376, "loss": 2.0756, "low": 0.0683, "mean": 0.129, "grey": 126.9266},
    "vessels": {"rows": 30.0, "loss": 0.2846, "low": 0.1956, "mean": 0.2569, "picture": 1.5, "grey": 91.6872},
    "boundaries": {"rows": 243.0, "loss": 0.3889, "low": 0.4863, "mean": 0.5525, "grey": 84.3541},
    "first_frame": {"rows": 1.0, "grey": 159.6426},
    "video_parent": {"rows": 6.0, "loss": 0.6925},
    "one_shot_video": {"rows": 37.0, "loss": 0.5579, "low": 0.0, "mean": 0.1856, "grey": 118.1627},
    "detect": {"rows": 7.0, "loss": 3.1901, "low": 0.0, "mean": 0.0, "grey": 191.8905},
}


def finished(name):
    store = Store()
    settings = dict(TINY[name])
    for setting, value in settings.items():
        if value == TRAINED:
            settings[setting] = f"run:{finished('train').id}"
    spec = Spec.of(experiment(name), **settings)
    for _ in drive(spec, store):
        pass
    return store.open(spec)


def told(run):
    """A few numbers that everything of the run has a part in: how many rows, the means of columns and of pictures."""
    rows = run.rows()
    numbers = {"rows": float(len(rows))}
    for name in (*NEAR, "parameters", "picture"):
        if values := [row[name] for row in rows if name in row]:
            numbers[name] = float(np.mean(values))
    files = sorted(run.folder.glob("artifacts/*/*.webp"))
    if files:
        numbers["grey"] = float(np.mean([np.asarray(Image.open(file).convert("L")).mean() for file in files]))
    return {name: round(value, 4) for name, value in numbers.items()}


def test_every_experiment_has_its_golden_run():
    recorded = {spec.about.name for spec in recordings().values()}
    assert set(TINY) | recorded | ELSEWHERE == set(EXPERIMENTS)
    assert set(GOLDEN) == set(TINY)


@pytest.mark.parametrize("name", TINY)
def test_the_golden_run_comes_out_as_it_did(name):
    now = told(finished(name))
    assert now.keys() == GOLDEN[name].keys()
    near = {"grey": 0.5, **dict.fromkeys(NEAR, 0.02)}
    for column, value in GOLDEN[name].items():
        assert now[column] == pytest.approx(value, abs=near.get(column, 0)), f"{column}: raise the version of {name}"


if __name__ == "__main__":
    os.environ["TRANSFERLAB_HOME"] = tempfile.mkdtemp()
    for name in TINY:
        print(f'    "{name}": {json.dumps(told(finished(name)))},')
