"""The table of torchvision's sets: what a page says of them, where their files are, and how torchvision reads these.

Nothing is imported here that a page may not import: where the files are, and their digests, is read from torchvision's
classes when a set is fetched (`torchvision_sets.py`). A new set is one row, and one fixture in its test.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from core.runs.settings import Refused
from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION

SCHEME = "torchvision"
BY_TRAIN = {TRAIN: {"train": True}, TEST: {"train": False}}
BY_SPLIT = {TRAIN: {"split": "train"}, TEST: {"split": "test"}}
# `loader=str` gives the path of a picture instead of the picture.
FILES_BY_SPLIT = {
    TRAIN: {"split": "train", "loader": str},
    VALIDATION: {"split": "val", "loader": str},
    TEST: {"split": "test", "loader": str},
}
FILES = {UNDECIDED: {"loader": str}}
EUROSAT = (  # torchvision writes these two inside a function
    "https://huggingface.co/datasets/torchgeo/eurosat/resolve/c877bcd43f099cd0196738f714544e355477f3fd/EuroSAT.zip",
    "c8fa014336c82ac7804f0398fcb19387",
)


@dataclasses.dataclass(frozen=True)
class SetInfo:
    """One of torchvision's sets.

    `cls` is its class in `torchvision.datasets`; `parts` are the arguments that open each part, `files` gives the
    (address, MD5) of each file from that class, `inside` is the folder where the class looks for them, `unwanted` what
    in them is not needed, `own` what of the class is overridden, `names` the classes if not its `classes`.
    """

    cls: str
    title: str
    shows: str  # for people
    pictures: int
    classes: int
    megabytes: int  # to fetch
    source: str  # whose it is, and the licence
    parts: Mapping[int, Mapping[str, Any]]
    files: Callable[[Any], list[tuple[str, str]]]
    inside: str = ""
    unwanted: str | None = None
    own: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    names: Callable[[Any], Any] = lambda dataset: dataset.classes
    mirrors: bool = True  # a picture means the same in a mirror
    per_class: int = 40  # labelled pictures to begin with: every class has as many to train on

    def line(self, here: bool) -> str:
        """What a student reads before choosing it; `here`: it was fetched already."""
        cost = "on this machine" if here else f"fetched once, {size(self.megabytes)}"
        return f"{self.title} · {self.classes} classes · {cost}"


def size(megabytes: float) -> str:
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def one_archive(cls: Any) -> list[tuple[str, str]]:
    return [(cls.url, cls.tgz_md5)]


SETS = {
    "cifar10": SetInfo(
        cls="CIFAR10",
        title="CIFAR-10",
        shows="animals and vehicles, 32 × 32 pixels",
        pictures=60_000,
        classes=10,
        megabytes=170,
        source="Krizhevsky 2009; no licence is stated",
        parts=BY_TRAIN,
        files=one_archive,
    ),
    "cifar100": SetInfo(
        cls="CIFAR100",
        title="CIFAR-100",
        shows="animals, plants and things, 32 × 32 pixels",
        pictures=60_000,
        classes=100,
        megabytes=169,
        source="Krizhevsky 2009; no licence is stated",
        parts=BY_TRAIN,
        files=one_archive,
    ),
    "stl10": SetInfo(
        cls="STL10",
        title="STL-10",
        shows="animals and vehicles, 96 × 96 pixels, the labelled ones",
        pictures=13_000,
        classes=10,
        megabytes=2640,
        source="Coates, Ng and Lee 2011, pictures of ImageNet; no licence is stated",
        parts=BY_SPLIT,
        files=one_archive,
        unwanted="unlabeled_X.bin",  # 2.7 GB
    ),
    "fashion_mnist": SetInfo(
        cls="FashionMNIST",
        title="Fashion-MNIST",
        shows="clothes in grey, 28 × 28 pixels",
        pictures=70_000,
        classes=10,
        megabytes=31,
        source="Xiao, Rasul and Vollgraf 2017 (arXiv:1708.07747); MIT",
        parts=BY_TRAIN,
        files=lambda cls: [(cls.mirrors[0] + file, md5) for file, md5 in cls.resources],
        inside="FashionMNIST/raw",
    ),
    "svhn": SetInfo(
        cls="SVHN",
        title="SVHN",
        shows="house numbers seen from the street, 32 × 32 pixels",
        pictures=99_289,
        classes=10,
        megabytes=246,
        source="Netzer and others 2011; not for commercial use",
        parts=BY_SPLIT,
        files=lambda cls: [(url, md5) for url, _, md5 in (cls.split_list[part] for part in ("train", "test"))],
        names=lambda dataset: "0123456789",
        mirrors=False,
    ),
    "eurosat": SetInfo(
        cls="EuroSAT",
        title="EuroSAT",
        shows="land seen from a satellite, 64 × 64 pixels",
        pictures=27_000,
        classes=10,
        megabytes=94,
        source="Helber and others 2019 (arXiv:1709.00029); MIT",
        parts=FILES,
        files=lambda cls: [EUROSAT],
        inside="eurosat",
    ),
    "flowers102": SetInfo(
        cls="Flowers102",
        title="Flowers-102",
        shows="flowers of Britain, photographs",
        pictures=8_189,
        classes=102,
        megabytes=345,
        source="Nilsback and Zisserman 2008; no licence is stated",
        parts=FILES_BY_SPLIT,
        files=lambda cls: [(cls._download_url_prefix + file, md5) for file, md5 in cls._file_dict.values()],
        inside="flowers-102",
        per_class=10,
    ),
    "oxford_iiit_pet": SetInfo(
        cls="OxfordIIITPet",
        title="Oxford-IIIT Pet",
        shows="cats and dogs of 37 breeds, photographs",
        pictures=7_349,
        classes=37,
        megabytes=811,
        source="Parkhi and others 2012; CC BY-SA 4.0",
        parts={TRAIN: {"split": "trainval"}, TEST: {"split": "test"}},
        files=lambda cls: list(cls._RESOURCES),
        inside="oxford-iiit-pet",
        own={"__getitem__": lambda self, k: (str(self._images[k]), self._labels[k])},  # it knows no `loader`
    ),
    "dtd": SetInfo(
        cls="DTD",
        title="DTD",
        shows="textures in words such as dotted or woven, photographs",
        pictures=5_640,
        classes=47,
        megabytes=625,
        source="Cimpoi and others 2014 (arXiv:1311.3618); for research",
        parts=FILES_BY_SPLIT,
        files=lambda cls: [(cls._URL, cls._MD5)],
        inside="dtd",
    ),
    "omniglot": SetInfo(
        cls="Omniglot",
        title="Omniglot",
        shows="handwritten characters of 30 alphabets, 105 × 105 pixels",
        pictures=19_280,
        classes=964,
        megabytes=9,
        source="Lake, Salakhutdinov and Tenenbaum 2015; MIT",
        parts=FILES,
        files=lambda cls: [(f"{cls.download_url_prefix}/images_background.zip", cls.zips_md5["images_background"])],
        inside="omniglot-py",
        names=lambda dataset: dataset._characters,
        mirrors=False,
        per_class=12,
    ),
}
ADDRESSES = tuple(f"{SCHEME}:{name}" for name in SETS)


def set_at(address: str) -> SetInfo:
    """The set at an address `torchvision:<name>`; `Refused` if there is none."""
    if address not in ADDRESSES:
        raise Refused("data", address, f"torchvision's sets here are {', '.join(ADDRESSES)}.")
    return SETS[name_of(address)]


def name_of(address: str) -> str:
    return address.partition(":")[2]
