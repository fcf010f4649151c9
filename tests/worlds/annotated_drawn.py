"""Annotated pictures for the tests: files of each format, and masks, made from what is drawn on them."""

import functools
import json

import numpy as np
from PIL import Image

from tests.worlds.drawn import encoded, folder, picture, zipped

SIZE = (80, 40)  # width and height of most pictures: at 40 pixels, what lies from 20 to 60 is seen
WRITERS = {"folder": lambda path, files: folder(path, files), "zip": lambda path, files: zipped(path / "a.zip", files)}
CATEGORIES = [{"id": 7, "name": "cat"}, {"id": 3, "name": "dog"}]


def boxes_in(*boxes, category=7, image=0, **more):
    return [{"image_id": image, "category_id": category, "bbox": box, **more} for box in boxes]


def document(annotations, n=4, **changes):
    """The bytes of a file in COCO's format, of the pictures 0.png … that `pngs` makes."""
    images = [{"id": k, "file_name": f"{k}.png", "width": SIZE[0], "height": SIZE[1]} for k in range(n)]
    return json.dumps({"images": images, "annotations": annotations, "categories": CATEGORIES} | changes).encode()


@functools.cache
def png(k):
    return encoded(picture(k, SIZE), "PNG")


def pngs(n=4, above="", first=0):
    return {f"{above}{k}.png": png(first + k) for k in range(n)}


def xml(*objects, size=SIZE):
    """Pascal VOC's file of (name, xmin, ymin, xmax, ymax)."""
    ends = ("xmin", "ymin", "xmax", "ymax")
    inner = "".join(
        f"<object><name>{name}</name><bndbox>{''.join(f'<{e}>{v}</{e}>' for e, v in zip(ends, box, strict=True))}"
        "</bndbox></object>"
        for name, *box in objects
    )
    return f"<annotation><size><width>{size[0]}</width><height>{size[1]}</height></size>{inner}</annotation>".encode()


def patched(*patches, size=SIZE):
    """(H, W) of zeros with (value, left, top, right, bottom) on it."""
    values = np.zeros(size[::-1], np.uint8)
    for value, left, top, right, bottom in patches:
        values[top:bottom, left:right] = value
    return values


def grey(values, mode="L", format="PNG"):
    """A mask file; its palette has colours that have nothing to do with the numbers."""
    image = Image.fromarray(np.asarray(values, np.uint8))
    if mode == "P":
        image.putpalette([colour for k in range(256) for colour in (255 - k, k, 7)])
    return encoded(image if mode in ("L", "P") else image.convert(mode), format)


def pairs(*masks, above="", images="images", masked="masks", first=0, **how):
    files = {f"{above}{images}/{first + k}.png": encoded(picture(first + k, SIZE), "PNG") for k in range(len(masks))}
    return files | {f"{above}{masked}/{first + k}.png": grey(mask, **how) for k, mask in enumerate(masks)}


def boxes_of(world, k, size=40):
    (found,) = world.things([k], size)
    boxes, kinds = found.of(0)
    return sorted((world.classes[kind - 1], *box) for box, kind in zip(boxes.tolist(), kinds.tolist(), strict=True))


def reasons(world):
    return {skipped.name: skipped.reason for skipped in world.skipped}


def kit(n=4, above="", boxes=(("cat", 31, 11, 50, 30),), **more):
    files = pngs(n, f"{above}JPEGImages/") | {f"{above}Annotations/{k}.xml": xml(*boxes) for k in range(n)}
    return files | {f"{above}{name}": data for name, data in more.items()}


def wrong(**changes):
    """A whole annotation of a cat in picture 0, but for these changes; None: it lacks this."""
    entry = boxes_in([30, 10, 20, 20])[0] | {"segmentation": [[30, 10, 50, 10, 30, 30]]} | changes
    return {name: value for name, value in entry.items() if value is not None}
