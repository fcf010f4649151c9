"""Puzzles are right by construction: what an answer says is where the pieces were."""

import numpy as np
import pytest
import torch

from core.learning.augment import BLUR, draws
from core.methods.jigsaw import TILES, permutations
from core.methods.puzzle import ACROSS, LARGER, leaking, more, tiles
from core.methods.puzzles import TASKS, PuzzleOptions
from core.methods.relative_position import AROUND, MIDDLE
from core.models.staged import build

SIZE, CELL = 36, 12


def known(n=3):
    """uint8 (n, SIZE, SIZE, 3): each says in red and green where it is, in blue which picture."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return np.stack([np.stack([rows, columns, np.full_like(rows, k)], 2) for k in range(n)]).astype(np.uint8)


def made(task, pictures=None, mirrors=True, **options):
    settings = PuzzleOptions(**{"augment": "none", **options})
    network = build("labresnet", 0, 0, size=SIZE)
    return TASKS[task].make()(network, known() if pictures is None else pictures, settings, mirrors, "float32")


def puzzles(task, n=64, **options):
    """Pieces (P, parts, 3, s, s) with their answers (P,), of pictures that say where each piece was."""
    pixels = torch.from_numpy(known(n)).permute(0, 3, 1, 2).float()
    return made(task, **options).puzzle(pixels, draws(n, torch.Generator().manual_seed(0)))


def cells_of(pieces):
    """(P, parts) the cell in which each piece lies, if it lies in one."""
    first, last = pieces[..., :2, 0, 0].long(), pieces[..., :2, -1, -1].long()
    assert (first // CELL == last // CELL).all(), "a piece is cut out of one cell"
    return first[..., 0] // CELL * ACROSS + first[..., 1] // CELL


def test_a_turned_picture_turns_back():
    pieces, answers = puzzles("rotation", n=4)
    back = torch.stack([piece.rot90(-int(turn), (1, 2)) for piece, turn in zip(pieces[:, 0], answers, strict=True)])
    for k, picture in enumerate(torch.from_numpy(known(4)).permute(0, 3, 1, 2).float()):
        assert (back[back[:, 2, 0, 0] == k] == picture).all()
    assert torch.bincount(answers).tolist() == [4] * 4, "each picture is asked in all its turns"


def test_the_second_patch_lies_where_the_answer_says():
    pieces, answers = puzzles("relative_position")
    cells = cells_of(pieces)
    assert (cells[:, 0] == MIDDLE).all()
    assert cells[:, 1].tolist() == [AROUND[answer] for answer in answers]
    assert len(set(answers.tolist())) == len(AROUND)


def test_the_tiles_lie_in_the_order_that_the_answer_says():
    pieces, answers = puzzles("jigsaw", permutations=30)
    assert cells_of(pieces).tolist() == permutations(30)[answers].tolist()
    assert len(set(answers.tolist())) > 20


@pytest.mark.parametrize("count", [2, 9, 24, 100])
def test_orders_are_orders_and_far_from_one_another(count):
    orders = permutations(count)
    assert (np.sort(orders, 1) == np.arange(TILES)).all()
    apart = (orders[:, None] != orders[None]).sum(2)
    least = apart[~np.eye(count, dtype=bool)].min()
    assert least >= (9 if count <= 9 else 7 if count <= 24 else 6), "of nine tiles so many lie elsewhere"


def test_tiles_leave_a_gap_that_differs_unless_it_is_a_leak():
    pixels = torch.from_numpy(known(40)).permute(0, 3, 1, 2).float()
    cells = torch.tensor([[0, 1]]).expand(40, -1)
    apart, close = (
        cut[:, 1, 1, 0, 0] - cut[:, 0, 1, 0, -1] - 1  # columns between the two
        for cut in (
            tiles(pixels, cells, more(draws(40, torch.Generator()), 4).view(-1, 2, 2), leak) for leak in ("", "gapless")
        )
    )
    assert len(set(apart.tolist())) > 2
    assert (close == 0).all()


def test_a_lens_makes_red_larger_and_leaves_the_rest():
    pixels = torch.from_numpy(known(1)).permute(0, 3, 1, 2).float()
    seen = leaking(pixels, "aberration")
    assert torch.equal(seen[:, 1:], pixels[:, 1:])
    middle, edge = SIZE / 2 - 0.5, 30
    assert seen[0, 0, edge, 18].item() == pytest.approx(middle + (edge - middle) / LARGER, abs=1e-3)


def test_a_corner_is_painted_before_the_picture_is_turned():
    task = made("rotation", np.full((2, SIZE, SIZE, 3), 200, np.uint8), leak="corner")
    pieces, answers = task.batch(torch.arange(2), draws(2, torch.Generator()))
    corners = torch.stack([pieces[:, 0, 0, y, x] for y, x in ((0, 0), (-1, 0), (-1, -1), (0, -1))], 1)
    assert corners.argmin(1).tolist() == answers.tolist(), "counterclockwise, as it is turned"


def test_a_jigsaws_tiles_are_not_known_by_their_brightness():
    task = made("jigsaw")
    pieces, _ = task.batch(torch.arange(3), draws(3, torch.Generator()))
    torch.testing.assert_close(pieces.mean((2, 3, 4)), torch.zeros(3, TILES), atol=1e-5, rtol=0)


@pytest.mark.parametrize("task", TASKS)
def test_chance_is_one_of_the_answers_and_the_head_gives_a_score_to_each(task):
    made_task = made(task)
    pieces, answers = made_task.batch(torch.arange(3), draws(3, torch.Generator()))
    scores = made_task.scores(pieces)
    assert scores.shape == (len(answers), round(1 / TASKS[task].chance(PuzzleOptions())))
    assert 0 <= answers.min() <= answers.max() < scores.shape[1]


@pytest.mark.parametrize("task", TASKS)
def test_who_does_not_look_is_right_as_often_as_chance_says(task):
    options = PuzzleOptions()
    drawn = draws(4000, torch.Generator().manual_seed(1))
    _, answers = made(task).puzzle(torch.zeros(4000, 3, SIZE, SIZE), drawn)
    commonest = torch.bincount(answers).max() / len(answers)
    assert commonest < 1.4 * TASKS[task].chance(options)


def test_no_augmentation_of_a_puzzle_reads_the_chance_that_draws_its_answer():
    from core.learning.augment import augment
    from core.methods.puzzles import CHANGES

    pixels = torch.rand(8, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0)) * 255
    drawn = draws(8, torch.Generator().manual_seed(0))
    other = drawn.clone()
    other[:, BLUR] = 1 - other[:, BLUR]
    for kind in CHANGES:
        assert torch.equal(augment(pixels, kind, drawn), augment(pixels, kind, other)), kind


def test_what_means_another_thing_in_a_mirror_is_not_mirrored():
    task = made("rotation", mirrors=False, augment="flip")
    pieces, _ = task.batch(torch.arange(3).repeat(8), draws(24, torch.Generator().manual_seed(0)))
    back = pieces[:24, 0]
    assert torch.equal(back, back[:3].repeat(8, 1, 1, 1))
