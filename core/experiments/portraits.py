"""The pictures of toys that ship: of the home page, and of the docs."""

from __future__ import annotations

from pathlib import Path

# The toys of the home page: class → which of its test pictures.
PORTRAITS = {"dog": 7, "flower": 5, "teapot": 2, "rocket": 2, "fish": 1, "house": 6}
PORTRAIT_SIZE = 256  # pixels a side
SHEETS, SHEET, SHEET_SIZE = Path(__file__).parents[2] / "docs" / "toybox", (2, 6), 96  # rows and columns of a sheet


def portraits(folder: Path) -> None:
    """Render the toys that the home page shows before any engine runs, a WebP file each."""
    import numpy as np
    from PIL import Image

    from core.worlds import open_world
    from core.worlds.world import TEST

    world = open_world("toybox:b")
    folder.mkdir(parents=True, exist_ok=True)
    for name, which in PORTRAITS.items():
        index = world.of(world.classes.index(name), TEST)[which]
        picture = Image.fromarray(np.asarray(world.show(int(index), PORTRAIT_SIZE)))
        picture.save(folder / f"{name}.webp", quality=88, method=6)


def sheets(folder: Path) -> None:
    """Render a contact sheet of each class of the toybox for the docs, a WebP file each."""
    import numpy as np
    from PIL import Image

    from core.worlds import open_world
    from core.worlds.world import TEST

    world, (down, across) = open_world("toybox"), SHEET
    folder.mkdir(parents=True, exist_ok=True)
    for label, name in enumerate(world.classes):
        chosen = world.of(label, TEST)[: down * across]
        shown = np.stack([world.show(int(index), SHEET_SIZE) for index in chosen])
        rows = shown.reshape(down, across, SHEET_SIZE, SHEET_SIZE, 3).swapaxes(1, 2)
        sheet = Image.fromarray(rows.reshape(down * SHEET_SIZE, across * SHEET_SIZE, 3))
        sheet.save(folder / f"{name}.webp", quality=80, method=6)
