"""torchvision's sets in miniature, in the formats in which their authors give them out."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from PIL import Image
from torchvision import datasets

from core.worlds import sets
from core.worlds.world import TEST, TRAIN, VALIDATION
from tests.worlds.drawn import encoded, jpeg, picture

COLOURS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CIFAR_META = pickle.dumps({"label_names": list(COLOURS), "num_cases_per_batch": 4, "num_vis": 3072}, 2)
HUNDRED = [f"class_{k:02}" for k in range(98)] + ["sea_horse", "worm"]
CIFAR100_META = pickle.dumps({"fine_label_names": HUNDRED, "coarse_label_names": ["all"]}, 2)


@dataclasses.dataclass(frozen=True)
class Drawn:
    """The files to serve, and what a world that was made of them holds."""

    files: dict[str, bytes]
    classes: tuple[str, ...]
    labels: list[int]
    given: list[int] | None
    pictures: list[np.ndarray]  # (h, w, 3)


def served(name: str, folder: Path, monkeypatch: Any) -> Drawn:
    """Draw a set, put its files into `folder`, and have torchvision's class name them there."""
    draw, patches = DRAWN[name]
    drawn = draw()
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in drawn.files.items():
        (folder / file).write_bytes(data)

    def digest(file: str) -> str:
        return hashlib.md5(drawn.files[file]).hexdigest()

    for target, attribute, value in patches(folder.as_uri() + "/", digest):
        monkeypatch.setattr(target, attribute, value)
    return drawn


# ---- sets that come as numbers --------------------------------------------------------------------------------------


def cifar10() -> Drawn:
    labels = [k % 10 for k in range(20)] + [9 - k for k in range(10)]
    pixels = _noise(30, 32)
    files = {"batches.meta": CIFAR_META, "readme.html": b"<html>"}
    for k in range(6):  # five batches of four for training, one of ten
        mine = slice(4 * k, 4 * k + 4) if k < 5 else slice(20, 30)
        batch = {"data": _planes(pixels[mine]), "labels": labels[mine], "batch_label": "one of them"}
        files[f"data_batch_{k + 1}" if k < 5 else "test_batch"] = pickle.dumps(batch, 2)
    archive = _tar({f"cifar-10-batches-py/{file}": data for file, data in files.items()})
    return Drawn({"cifar-10-python.tar.gz": archive}, COLOURS, labels, [TRAIN] * 20 + [TEST] * 10, [*pixels])


def cifar100() -> Drawn:
    labels = [*range(100), *reversed(range(100))]
    pixels = _noise(200, 32)
    files = {"meta": CIFAR100_META}
    for file, mine in (("train", slice(0, 100)), ("test", slice(100, 200))):
        batch = {"data": _planes(pixels[mine]), "fine_labels": labels[mine], "coarse_labels": [0] * 100}
        files[file] = pickle.dumps(batch, 2)
    classes = tuple(name.replace("_", " ") for name in HUNDRED)
    archive = _tar({f"cifar-100-python/{file}": data for file, data in files.items()})
    return Drawn({"cifar-100-python.tar.gz": archive}, classes, labels, [TRAIN] * 100 + [TEST] * 100, [*pixels])


def stl10() -> Drawn:
    labels = [*range(10), *range(10)]
    pixels = _noise(20, 96)
    files = {"class_names.txt": "\n".join(COLOURS).encode() + b"\n", "unlabeled_X.bin": bytes(3 * 96 * 96)}
    for file, mine in (("train", slice(0, 10)), ("test", slice(10, 20))):
        files[f"{file}_X.bin"] = pixels[mine].transpose(0, 3, 2, 1).tobytes()  # a colour, then column by column
        files[f"{file}_y.bin"] = bytes(label + 1 for label in labels[mine])
    archive = _tar({f"stl10_binary/{file}": data for file, data in files.items()})
    return Drawn({"stl10_binary.tar.gz": archive}, COLOURS, labels, [TRAIN] * 10 + [TEST] * 10, [*pixels])


def fashion_mnist() -> Drawn:
    labels = [*range(10), *range(10), *reversed(range(10))]
    pixels = _noise(30, 28)[..., 0]
    files = {}
    for file, mine in (("train", slice(0, 20)), ("t10k", slice(20, 30))):
        n = len(labels[mine])
        images = struct.pack(">iiii", 0x0803, n, 28, 28) + pixels[mine].tobytes()
        files[f"{file}-images-idx3-ubyte.gz"] = gzip.compress(images)
        files[f"{file}-labels-idx1-ubyte.gz"] = gzip.compress(struct.pack(">ii", 0x0801, n) + bytes(labels[mine]))
    classes = tuple(datasets.FashionMNIST.classes)
    grey = [np.repeat(one[..., None], 3, axis=2) for one in pixels]
    return Drawn(files, classes, labels, [TRAIN] * 20 + [TEST] * 10, grey)


def svhn() -> Drawn:
    labels = [*range(10), *range(10), *reversed(range(10))]
    pixels = _noise(30, 32)
    files = {}
    for file, mine in (("train", slice(0, 20)), ("test", slice(20, 30))):
        y = np.array([[label or 10] for label in labels[mine]], np.uint8)
        written = io.BytesIO()
        scipy.io.savemat(written, {"X": pixels[mine].transpose(1, 2, 3, 0), "y": y})
        files[f"{file}_32x32.mat"] = written.getvalue()
    return Drawn(files, tuple("0123456789"), labels, [TRAIN] * 20 + [TEST] * 10, [*pixels])


# ---- sets that come as picture files --------------------------------------------------------------------------------


def eurosat() -> Drawn:
    folders = ("AnnualCrop", "Forest", "SeaLake")
    files = {
        f"2750/{name}/{name}_{k}.jpg": jpeg(10 * c + k, (64, 64)) for c, name in enumerate(folders) for k in (1, 2, 3)
    }
    labels, pictures = [0] * 3 + [1] * 3 + [2] * 3, [_decoded(data) for data in files.values()]
    shuffled = dict(reversed(files.items()))
    return Drawn({"EuroSAT.zip": _zip(shuffled)}, ("Annual Crop", "Forest", "Sea Lake"), labels, None, pictures)


def flowers102() -> Drawn:
    classes = tuple(datasets.Flowers102.classes)
    of = np.array([*range(102), *range(102), *reversed(range(102))])  # image 1, 2, … → label
    files = {f"jpg/image_{k + 1:05d}.jpg": jpeg(k, (20, 24)) for k in range(len(of))}
    parts = {TEST: range(1, 103), TRAIN: range(103, 205), VALIDATION: range(205, 307)}
    order = [(part, image) for part in (TRAIN, VALIDATION, TEST) for image in parts[part]]
    named = {"trnid": parts[TRAIN], "valid": parts[VALIDATION], "tstid": parts[TEST]}
    return Drawn(
        {
            "102flowers.tgz": _tar(files),
            "imagelabels.mat": _mat(labels=[[*(of + 1)]]),
            "setid.mat": _mat(**{name: [[*images]] for name, images in named.items()}),
        },
        classes,
        [int(of[image - 1]) for _, image in order],
        [part for part, _ in order],
        [_decoded(files[f"jpg/image_{image:05d}.jpg"]) for _, image in order],
    )


def oxford_iiit_pet() -> Drawn:
    breeds = (("Abyssinian", 1), ("american_bulldog", 2), ("Bombay", 1))  # species 1 are cats, 2 are dogs
    images, lists, order = {"images/Abyssinian_100.mat": b"as in the original"}, {}, []
    for part, (file, numbers) in {TRAIN: ("trainval", (1, 2)), TEST: ("test", (100,))}.items():
        lines = []
        for label, (breed, species) in enumerate(breeds):
            for k in numbers:
                images[f"images/{breed}_{k}.jpg"] = jpeg(100 * label + k, (30, 24))
                order.append((label, part, f"images/{breed}_{k}.jpg"))
                lines.append(f"{breed}_{k} {label + 1} {species} 1\n")
        lists[f"annotations/{file}.txt"] = "".join(lines).encode()
    odd = Image.new("P", (30, 24), 3)  # a few of the originals are GIFs or PNGs in spite of their names
    odd.putpalette([value for k in range(4) for value in (60 * k, 250, 10)])
    images["images/Bombay_100.jpg"] = encoded(odd, "PNG")
    return Drawn(
        {"images.tar.gz": _tar(images), "annotations.tar.gz": _tar({**lists, "annotations/trimaps/.keep": b""})},
        ("Abyssinian", "American Bulldog", "Bombay"),
        [label for label, _, _ in order],
        [part for _, part, _ in order],
        [_decoded(images[file]) for _, _, file in order],
    )


def dtd() -> Drawn:
    classes, files, order, lists = ("banded", "dotted", "woven"), {}, [], {}
    for first, (part, word) in enumerate({TRAIN: "train", VALIDATION: "val", TEST: "test"}.items()):
        lines = []
        for label, name in enumerate(classes):
            for k in (first, first + 3):
                files[f"dtd/images/{name}/{name}_{k:04d}.jpg"] = jpeg(10 * label + k, (36, 30))
                order.append((label, part, f"dtd/images/{name}/{name}_{k:04d}.jpg"))
                lines.append(f"{name}/{name}_{k:04d}.jpg\n")
        lists[f"dtd/labels/{word}1.txt"] = "".join(lines).encode()
        lists[f"dtd/labels/{word}2.txt"] = b"banded/banded_0000.jpg\n"  # another of its ten partitions
    return Drawn(
        {"dtd-r1.0.1.tar.gz": _tar({**files, **lists})},
        classes,
        [label for label, _, _ in order],
        [part for _, part, _ in order],
        [_decoded(files[file]) for _, _, file in order],
    )


def omniglot() -> Drawn:
    characters = ("Alphabet_of_the_Magi/character01", "Latin/character01", "Latin/character02")
    files = {
        f"images_background/{character}/{20 * c + 1:04d}_{k:02d}.png": encoded(
            picture(10 * c + k, (105, 105), "1"), "PNG"
        )
        for c, character in enumerate(characters)
        for k in (1, 2, 3)
    }
    shuffled = dict(reversed(files.items()))  # a disk lists folders in any order
    classes = ("Alphabet of the Magi/character 01", "Latin/character 01", "Latin/character 02")
    labels, pictures = [0] * 3 + [1] * 3 + [2] * 3, [_decoded(data) for data in files.values()]
    return Drawn({"images_background.zip": _zip(shuffled)}, classes, labels, None, pictures)


# ---- how they are written, and where torchvision looks --------------------------------------------------------------


def _noise(n: int, side: int) -> np.ndarray:
    return np.random.default_rng(side).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def _planes(pixels: np.ndarray) -> np.ndarray:
    """As CIFAR has them: a row a picture, all red, then all green, then all blue."""
    return pixels.transpose(0, 3, 1, 2).reshape(len(pixels), -1)


def _decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _mat(**arrays: Any) -> bytes:
    written = io.BytesIO()
    scipy.io.savemat(written, {name: np.array(values, np.uint16) for name, values in arrays.items()})
    return written.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return written.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


Patches = Callable[[str, Callable[[str], str]], list[tuple[Any, str, Any]]]


def _archive(cls: Any, file: str, meta: bytes | None = None) -> Patches:
    def patches(at: str, digest: Callable[[str], str]) -> list[tuple[Any, str, Any]]:
        found = [(cls, "url", at + file), (cls, "tgz_md5", digest(file))]
        if meta is not None:
            found.append((cls, "meta", {**cls.meta, "md5": hashlib.md5(meta).hexdigest()}))
        return found

    return patches


DRAWN: dict[str, tuple[Callable[[], Drawn], Patches]] = {
    "cifar10": (cifar10, _archive(datasets.CIFAR10, "cifar-10-python.tar.gz", CIFAR_META)),
    "cifar100": (cifar100, _archive(datasets.CIFAR100, "cifar-100-python.tar.gz", CIFAR100_META)),
    "stl10": (stl10, _archive(datasets.STL10, "stl10_binary.tar.gz")),
    "fashion_mnist": (
        fashion_mnist,
        lambda at, digest: [
            (datasets.FashionMNIST, "mirrors", [at]),
            (datasets.FashionMNIST, "resources", [(file, digest(file)) for file, _ in datasets.FashionMNIST.resources]),
        ],
    ),
    "svhn": (
        svhn,
        lambda at, digest: [
            (
                datasets.SVHN,
                "split_list",
                {part: [at + file, file, digest(file)] for part in ("train", "test") for file in [f"{part}_32x32.mat"]},
            )
        ],
    ),
    "eurosat": (eurosat, lambda at, digest: [(sets, "EUROSAT", (at + "EuroSAT.zip", digest("EuroSAT.zip")))]),
    "flowers102": (
        flowers102,
        lambda at, digest: [
            (datasets.Flowers102, "_download_url_prefix", at),
            (
                datasets.Flowers102,
                "_file_dict",
                {key: (file, digest(file)) for key, (file, _) in datasets.Flowers102._file_dict.items()},
            ),
        ],
    ),
    "oxford_iiit_pet": (
        oxford_iiit_pet,
        lambda at, digest: [
            (
                datasets.OxfordIIITPet,
                "_RESOURCES",
                tuple((at + file, digest(file)) for file in ("images.tar.gz", "annotations.tar.gz")),
            )
        ],
    ),
    "dtd": (
        dtd,
        lambda at, digest: [
            (datasets.DTD, "_URL", at + "dtd-r1.0.1.tar.gz"),
            (datasets.DTD, "_MD5", digest("dtd-r1.0.1.tar.gz")),
        ],
    ),
    "omniglot": (
        omniglot,
        lambda at, digest: [
            (datasets.Omniglot, "download_url_prefix", at.rstrip("/")),
            (datasets.Omniglot, "zips_md5", {"images_background": digest("images_background.zip")}),
        ],
    ),
}
