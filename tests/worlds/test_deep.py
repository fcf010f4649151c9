"""Pictures of more than 8 bits: as bright as a person would show them."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from core.worlds.decode import Unusable, decoded, opened
from core.worlds.deep import greys_of
from tests.worlds.drawn import encoded

RAMP = np.linspace(0, 1, 48 * 40, dtype=np.float32).reshape(40, 48)


def seen(values, format="TIFF"):
    """The picture as 8 bits of grey."""
    return np.asarray(decoded(opened(encoded(Image.fromarray(values), format)), 40))[..., 0].astype(int)


def spread(values, **marks):
    changed = np.array(values)
    for place, value in marks.items():
        changed[divmod(int(place.removeprefix("at")), changed.shape[1])] = value
    return changed


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_whole_numbers_are_seen_in_the_bits_that_they_use(bits, format):
    found = seen((RAMP * (2**bits - 1)).astype(np.uint16), format)
    np.testing.assert_allclose(found, RAMP * 255, atol=1.01)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (RAMP, "a range of its own"),
        (RAMP * 3000 - 100, "heights"),
        (spread(RAMP, at5=np.nan, at6=np.nan, at700=np.inf, at900=-np.inf), "some are no numbers"),
        (spread(RAMP, at5=1e30), "one is broken"),
        (np.where(np.arange(40)[:, None] < 12, -9999, RAMP * 3000).astype(np.float32), "no data in a third of it"),
        (np.where(np.arange(40)[:, None] > 30, 3.4e38, RAMP).astype(np.float32), "no data, said by the largest number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_numbers_fill_the_range_from_black_to_white(values, why):
    known = np.isfinite(values) & (abs(values) < 9000) if np.isfinite(values).any() else values
    wanted = (values - values[known].min()) / np.ptp(values[known]) * 255
    assert abs(seen(values)[known] - wanted[known]).max() < 3


def test_a_mask_and_a_plain_picture_keep_their_two_values():
    mask = np.where(RAMP > 0.5, 1, 0).astype(np.float32)
    assert set(np.unique(seen(mask))) == {0, 255}
    assert set(np.unique(seen(np.full((40, 48), 7, np.float32)))) == {0}
    assert set(np.unique(seen(np.full((40, 48), np.nan, np.float32)))) == {0}


def test_pictures_of_eight_bits_are_left_alone():
    grey = (RAMP * 200).astype(np.uint8)
    np.testing.assert_array_equal(seen(grey, "PNG"), grey)
    assert greys_of(Image.fromarray(grey)) == (0.0, 255.0)


def tiff(bands, bits, kind):
    """A TIFF by hand, uncompressed."""
    data = bytes(16 * 16 * bands * bits // 8)
    tags = [(256, 3, 1, 16), (257, 3, 1, 16), (258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags += [(277, 3, 1, bands), (278, 3, 1, 16), (279, 4, 1, len(data)), (339, 3, 1, kind)]
    table = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + table


@pytest.mark.parametrize(("bands", "bits", "kind"), [(1, 64, 3), (4, 16, 1), (7, 8, 1)])
def test_a_tiff_of_another_kind_is_called_by_its_kind(bands, bits, kind):
    with pytest.raises(
        Unusable, match=rf"a TIFF of {bands} × {bits} bits a pixel is not read here; save it as PNG or JPEG"
    ):
        decoded(opened(tiff(bands, bits, kind)), 16)


@pytest.mark.parametrize("brand", ["heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"])
def test_pictures_of_phones_are_called_by_their_name(brand):
    data = b"\0\0\0\x18ftyp" + brand.encode() + bytes(4) + b"mif1heic" + bytes(200)
    with pytest.raises(Unusable, match=r"^HEIC is not read here; save it as JPEG$"):
        opened(data)


@pytest.mark.parametrize("brands", [b"avif\0\0\0\0mif1avif", b"avis\0\0\0\0msf1avis", b"mif1\0\0\0\0mif1avif"])
def test_an_avif_is_no_heic(brands):
    with pytest.raises(Unusable, match=r"^AVIF is not read here"):
        opened(b"\0\0\0\x18ftyp" + brands + bytes(200))


@pytest.mark.parametrize(("width", "said"), [(5030, "50.3"), (5001, "50.1"), (9000, "90")])
def test_a_picture_that_is_too_large_is_larger_than_the_limit_that_is_told(width, said):
    file = io.BytesIO()
    Image.new("1", (width, 10_000)).save(file, "PNG")
    with pytest.raises(Unusable, match=f"^{said} megapixels; at most 50 can be used$"):
        opened(file.getvalue())
