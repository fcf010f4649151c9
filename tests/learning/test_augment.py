"""Batched augmentation, held against torchvision and against doing it by hand."""

import pytest
import torch
import torch.nn.functional as F
from torchvision.transforms import v2

from core.learning import augment as module
from core.learning.augment import AUGMENTATIONS, augment, crop, draws, move_boxes, move_flow, move_masks
from core.learning.rates import SCHEDULES
from core.runs.settings import Refused


def pixels(n=6, size=24, seed=0):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(seed)) * 255


def still(n=6, **columns):
    """Draws that change nothing, but for the columns given: the whole area, not mirrored, no jitter, no grey."""
    drawn = torch.full((n, module.DRAWS), 0.5)
    neutral = {"MIRROR": 0.9, "AREA": 1.0, "JITTER": 0.9, "GREY": 0.9}
    for column, value in {**neutral, **columns}.items():
        drawn[:, getattr(module, column)] = value
    return drawn


@pytest.fixture(params=AUGMENTATIONS)
def kind(request):
    return request.param


def test_shape_range_and_source_are_kept(kind):
    x = pixels()
    before = x.clone()
    y = augment(x, kind, draws(6, torch.Generator().manual_seed(1)))
    assert y.shape == x.shape
    assert y.dtype == torch.float32
    assert y.min() >= 0
    assert y.max() <= 255
    assert torch.equal(x, before)


def test_neutral_draws_change_nothing(kind):
    torch.testing.assert_close(augment(pixels(), kind, still()), pixels(), atol=2e-2, rtol=0)


def test_each_picture_has_its_own_chance_and_nothing_of_its_neighbours(kind):
    x = pixels(1).expand(8, -1, -1, -1)
    drawn = draws(8, torch.Generator().manual_seed(2))
    together = augment(x, kind, drawn)
    for k in range(8):
        torch.testing.assert_close(augment(x[k : k + 1], kind, drawn[k : k + 1])[0], together[k])
    distinct = {tuple(y.flatten()[:50].tolist()) for y in together}
    assert len(distinct) == {"none": 1, "flip": 2}.get(kind, 8)


@pytest.mark.parametrize("kind", ["flip", "crop", "small_crop", "jitter", "colour", "blur"])
def test_a_mirrored_picture_is_mirrored(kind):
    torch.testing.assert_close(augment(pixels(), kind, still(MIRROR=0.1)), pixels().flip(3), atol=2e-2, rtol=0)


def test_half_of_the_pictures_are_mirrored():
    drawn = draws(4000, torch.Generator().manual_seed(0))
    assert module.mirrored(drawn).float().mean() == pytest.approx(0.5, abs=0.03)


def test_a_crop_is_the_window_enlarged():
    """Half the width and height at the lower left, against bilinear enlargement of that window."""
    x = pixels(size=32)
    cut = crop(x, still(AREA=0.0, ACROSS=0.0, DOWN=1.0), smallest=0.25)
    enlarged = F.interpolate(x[:, :, 16:, :16], scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(cut[:, :, 2:-2, 2:-2], enlarged[:, :, 2:-2, 2:-2], atol=1e-2, rtol=0)


def test_windows_stay_inside_and_cover_the_promised_area():
    """Pictures whose two channels tell the place show which window was seen."""
    size, n = 64, 500
    place = (torch.arange(size) + 0.5) / size
    x = torch.stack(torch.broadcast_tensors(place[None, :], place[:, None], torch.zeros(1, 1))).expand(n, -1, -1, -1)
    y = crop(x, draws(n, torch.Generator().manual_seed(3)))
    extent = y.amax((2, 3)) - y.amin((2, 3))
    area = extent[:, 0] * extent[:, 1] * (size / (size - 1)) ** 2
    assert area.min() > 0.47
    assert area.max() <= 1.001
    assert area.mean() == pytest.approx(0.73, abs=0.03)
    ratio = extent[:, 0] / extent[:, 1]
    assert 0.70 < ratio.min() < 0.9
    assert 1.1 < ratio.max() < 1.4


@pytest.mark.parametrize(
    ("column", "draw", "reference"),
    [
        ("BRIGHT", 0.1, lambda x: v2.functional.adjust_brightness(x, 0.68)),
        ("CONTRAST", 1.0, lambda x: v2.functional.adjust_contrast(x, 1.4)),
        ("SATURATE", 0.0, lambda x: v2.functional.adjust_saturation(x, 0.6)),
    ],
)
def test_colours_change_as_torchvisions_do(column, draw, reference):
    x = pixels()
    ours = augment(x, "colour", still(JITTER=0.0, **{column: draw}))
    torch.testing.assert_close(ours / 255, reference(x / 255), atol=2e-3, rtol=0)


def test_grey_is_grey_and_a_turn_of_hue_keeps_it():
    grey = augment(pixels(), "colour", still(GREY=0.1))
    torch.testing.assert_close(grey[:, 0], grey[:, 1])
    torch.testing.assert_close(grey / 255, v2.functional.rgb_to_grayscale(pixels() / 255, 3), atol=2e-3, rtol=0)
    turned = augment(grey, "colour", still(JITTER=0.0, HUE=1.0))
    torch.testing.assert_close(turned, grey, atol=2e-2, rtol=0)


def test_the_hue_turns_as_far_as_torchvisions():
    """A turn about the grey axis is not HSV's, but it changes colours the same way and by about as much."""
    dull = 100 + 0.2 * pixels()  # far from black and white, so nothing is clipped
    ours = augment(dull, "colour", still(JITTER=0.0, HUE=1.0)) - dull
    theirs = v2.functional.adjust_hue(dull / 255, 0.1) * 255 - dull
    assert F.cosine_similarity(ours.flatten(), theirs.flatten(), dim=0) > 0.8
    assert ours.norm() / theirs.norm() == pytest.approx(1, abs=0.2)


def test_an_unknown_kind_is_refused():
    with pytest.raises(Refused, match="none, flip, crop, small_crop, jitter, colour, blur"):
        augment(pixels(), "twirl", still())


def test_schedules_start_peak_and_end_where_they_should():
    assert SCHEDULES["constant"](0.7) == 1
    assert [SCHEDULES["cosine"](done) for done in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    warm = SCHEDULES["one_cycle"]
    assert warm(0) < 0.1
    assert warm(0.15) == pytest.approx(1)
    assert warm(1) == pytest.approx(0)
    assert warm(0.1) < warm(0.15) > warm(0.2) > warm(0.9)


def rectangles(n=40, size=48, seed=0):
    """Boxes in whole pixels (N, 4) and their masks (N, size, size)."""
    chance = torch.Generator().manual_seed(seed)
    corners = torch.stack([torch.randperm(size // 4, generator=chance)[:2] * 4 for _ in range(2 * n)]).sort(1).values
    boxes = corners.view(n, 2, 2).transpose(1, 2).flatten(1)  # left, top, right, bottom
    place = torch.arange(size)
    left, top, right, bottom = boxes[:, :, None].unbind(1)
    masks = ((place >= top) & (place < bottom))[:, :, None] & ((place >= left) & (place < right))[:, None, :]
    return boxes, masks


def test_a_mask_moves_with_its_picture(kind):
    _, masks = rectangles()
    drawn = draws(len(masks), torch.Generator().manual_seed(1))
    drawn[:, [module.JITTER, module.GREY]] = 0.9  # colours stay
    seen = augment(masks[:, None].expand(-1, 3, -1, -1) * 255.0, kind, drawn)[:, 0]
    moved = move_masks(masks, kind, drawn)
    assert moved.dtype == torch.bool
    sure = (seen < 50) | (seen > 205)
    assert sure.float().mean() > 0.9
    assert torch.equal((seen > 127)[sure], moved[sure])


def test_a_box_moves_with_its_picture(kind):
    boxes, masks = rectangles()
    drawn = draws(len(masks), torch.Generator().manual_seed(2))
    moved, masks = move_boxes(boxes / 48, kind, drawn) * 48, move_masks(masks, kind, drawn)
    for box, mask in zip(moved, masks, strict=True):
        rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
        if not len(rows):
            assert min(box[2] - box[0], box[3] - box[1]) < 1
            continue
        around = torch.stack([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        assert (box - around).abs().max() <= 1


def test_flow_leads_to_the_same_place_of_the_picture(kind):
    """A picture that tells its places, and one a step later: what moved by the flow there has moved by it here."""
    size, step = 64, torch.tensor([3.0, -2.0])
    drawn = draws(12, torch.Generator().manual_seed(3))
    moved = move_flow(step[None, :, None, None].expand(12, 2, size, size), kind, drawn)
    point = torch.tensor([0.5, 0.5, 0.5, 0.5]).expand(12, 4)
    later = point + torch.cat([step, step]) / size
    looked = module.window(kind, drawn)
    apart = (later - point)[:, :2] * size / looked[:2].T
    torch.testing.assert_close(moved[:, :, size // 2, size // 2], apart)
    mirror = looked[0] < 0
    assert (torch.sign(moved[:, 0, 0, 0]) == torch.where(mirror, -1.0, 1.0)).all()
    assert (moved[:, 1] < 0).all()


def test_a_blur_is_torchvisions_and_half_of_the_pictures_have_none():
    x, sigma = pixels(4), 1.3
    share = (sigma - module.SIGMAS[0]) / (module.SIGMAS[1] - module.SIGMAS[0]) / 2
    expected = v2.functional.gaussian_blur(x, [7, 7], [sigma, sigma])[..., 3:-3, 3:-3]  # their edges are mirrored
    torch.testing.assert_close(augment(x, "blur", still(4, BLUR=share))[..., 3:-3, 3:-3], expected, atol=0.1, rtol=0)
    torch.testing.assert_close(augment(x, "blur", still(4, BLUR=0.51)), x, atol=2e-2, rtol=0)
