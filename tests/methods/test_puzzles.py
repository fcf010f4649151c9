"""Puzzles are right by construction: what an answer says is where the pieces were."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from skimage.color import lab2rgb, rgb2lab

from core.learning.augment import BLUR, augment, draws
from core.learning.fit import fit
from core.methods.context_encoder import hole
from core.methods.counting import MARGIN
from core.methods.jigsaw import TILES, permutations
from core.methods.puzzle import ACROSS, LARGER, leaking, more, solving, tiles
from core.methods.puzzles import CHANGES, TASKS, PuzzleOptions
from core.methods.relative_position import AROUND, MIDDLE
from core.methods.rotation import Turns
from core.methods.split_brain import bins, grey
from core.methods.tracking import tracked, triplet
from core.models.labresnet import to_lab
from core.models.staged import activations, as_pixels, build
from core.runs.settings import Refused

SIZE, CELL = 36, 12
HEADS = {  # that a task leaves
    **{task: {"answer"} for task in ("rotation", "relative_position", "jigsaw")},
    "exemplar": {"surrogate"},
    "counting": {"count"},
    "context_encoder": {"code", "unfolded", "decoder"},
    "split_brain": {"colours", "lightness"},
    "tracking": {"embedding"},
    "frame_order": {"answer"},
    "video_colour": {"embedding"},
    "combination": {"answer", "position", "surrogate"},
}
CHOSEN = ("exemplar", "counting", "context_encoder")  # of which the right picture is one of the last four


def noise(n):
    return np.random.default_rng(0).integers(0, 256, (n, SIZE, SIZE, 3), dtype=np.uint8)


def known(n=3):
    """uint8 (n, SIZE, SIZE, 3): each says in red and green where it is, in blue which picture."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return np.stack([np.stack([rows, columns, np.full_like(rows, k)], 2) for k in range(n)]).astype(np.uint8)


def clip(n=12):
    """uint8 (n, 4, SIZE, SIZE, 3): on noise that stands still a square moves to the right; it says which clip it is."""
    clips = np.random.default_rng(1).integers(0, 40, (n, 1, SIZE, SIZE, 3), dtype=np.uint8).repeat(4, 1)
    for k in range(n):
        for frame in range(4):
            at = 2 + 7 * frame
            clips[k, frame, 6 + k : 12 + k, at : at + 6] = (250, 100, 100 + k)
    return clips


def shown(task, n=12):
    """Pictures, or clips, of which its puzzles are made."""
    return clip(n) if TASKS[task].clips else noise(n)


def made(task, pictures=None, mirrors=True, **options):
    settings = PuzzleOptions(**{"augment": "none", **options})
    network = build(TASKS[task].network or "labresnet", 0, 0, size=SIZE)
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
def test_chance_is_one_of_the_answers_and_each_has_a_score(task):
    objective = made(task, shown(task, 6))
    pieces, answers = objective.posed(torch.arange(6), draws(6, torch.Generator()))
    assert pieces.shape[1] == TASKS[task].pieces
    scores = objective.scores(objective.normalised(pieces))
    assert scores.shape == (len(answers), round(1 / TASKS[task].chance(PuzzleOptions())))
    assert 0 <= answers.min() <= answers.max() < scores.shape[1]
    assert scores.std(1).min() > 0


@pytest.mark.parametrize("task", TASKS)
def test_a_task_learns_and_leaves_no_more_than_an_encoder_with_heads(task):
    objective = made(task, shown(task, 24), augment="crop")
    before = {name: value.clone() for name, value in objective.network.state_dict().items()}
    rows = [row for row in fit(objective, steps=3, batch_size=8) if row["split"] == "train"]
    assert [row["step"] for row in rows] == [0, 1, 2, 3]
    after = objective.network.state_dict()
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert any(name.startswith("stages.stem") for name in moved)
    assert moved & {name for name in after if name.startswith("heads.")}
    assert objective.network.heads.keys() == HEADS[task]


@pytest.mark.parametrize("task", TASKS)
def test_who_does_not_look_is_right_as_often_as_chance_says(task):
    options = PuzzleOptions()
    drawn = draws(4000, torch.Generator().manual_seed(1))
    frames = (4,) if TASKS[task].clips else ()
    _, answers = made(task).puzzle(torch.zeros(4000, *frames, 3, SIZE, SIZE), drawn)
    commonest = torch.bincount(answers).max() / len(answers)
    assert commonest < 1.4 * TASKS[task].chance(options)


def test_no_augmentation_of_a_puzzle_reads_the_chance_that_draws_its_answer():
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


@pytest.mark.parametrize("task", CHOSEN)
def test_the_right_picture_is_where_the_answer_says_and_the_others_are_others(task):
    objective = made(task, known(12))
    pieces, answers = objective.posed(torch.arange(12), draws(12, torch.Generator().manual_seed(0)))
    seen = hole(pieces) if task == "context_encoder" else pieces
    whose = seen[:, -4:, 2].mean((2, 3)).round().long()  # blue says which picture
    for k, (answer, candidates) in enumerate(zip(answers.tolist(), whose.tolist(), strict=True)):
        assert candidates[answer] == k
        assert len(set(candidates)) == 4
    assert len(set(answers.tolist())) == 4


def test_the_picture_with_a_hole_has_nothing_in_it_and_all_that_can_be_chosen_differ_in_the_hole_alone():
    objective = made("context_encoder", noise(8))
    pieces, _ = objective.posed(torch.arange(8), draws(8, torch.Generator()))
    assert len(hole(pieces[:, 0]).unique()) == 1
    around = pieces.clone()
    hole(around)[:] = 0
    assert (around == around[:, :1]).all()
    x, truth = objective.batch(torch.arange(8), draws(8, torch.Generator()))
    assert (hole(x) == 0).all(), "the mean colour"
    assert torch.equal(truth, hole(objective.network.prepare(noise(8))))


def test_a_critic_learns_beside_the_encoder_and_is_not_moved_by_it():
    objective = made("context_encoder", noise(16))
    own = {id(p) for group in objective.groups() for p in group["params"]}
    theirs = {id(p) for group in objective.adversary.groups() for p in group["params"]}
    assert own.isdisjoint(theirs)
    assert own == {id(p) for p in objective.network.parameters()}
    before = [p.clone() for p in objective.adversary.parameters()]
    list(fit(objective, steps=2, batch_size=8))
    assert any(not torch.equal(p, old) for p, old in zip(objective.adversary.parameters(), before, strict=True))


def test_counts_add_up_for_a_counter_that_is_linear():
    """Whose count is the sum of the pixels: that of the tiles is four times that of the whole at half its size."""
    objective = made("counting", noise(8))
    objective.counts = lambda pieces: (
        pieces.sum((3, 4)) * torch.where(torch.arange(pieces.shape[1]) < 4, 1.0, 4.0)[:, None]
    )
    drawn = draws(8, torch.Generator().manual_seed(0))
    pieces, answers = objective.posed(torch.arange(8), drawn)
    assert objective.scores(pieces).argmax(1).equal(answers)
    loss, told = objective.loss(objective.batch(torch.arange(8), drawn) * 1.0)
    assert told["near"] < 1e-3 * told["far"]
    assert loss.item() == pytest.approx(told["near"].item(), rel=1e-3), "the others are further than the margin"


def test_a_count_that_says_nothing_costs_the_margin():
    objective = made("counting", noise(8))
    objective.counts = lambda pieces: torch.zeros(*pieces.shape[:2], 3)
    loss, _ = objective.loss(objective.batch(torch.arange(8), draws(8, torch.Generator())))
    assert loss.item() == MARGIN


def test_only_so_many_pictures_become_classes_of_their_own():
    objective = made("exemplar", noise(40), exemplars=10)
    assert objective.n == len(objective.pictures) == 10
    assert objective.network.heads["surrogate"].linear.out_features == 10
    assert objective.held_out(noise(30)).n == 30, "all others can be asked"
    _, which = objective.batch(torch.tensor([3, 9]), draws(2, torch.Generator()))
    assert which.tolist() == [3, 9]


def halves(lightness, colours):
    """What either half makes of pictures of this lightness (N, S, S) and these colours (N, S, S, 2)."""
    network = build("split_labresnet", 0, 0, size=SIZE)
    rgb = 255 * lab2rgb(np.concatenate([lightness[..., None], colours], -1))
    x = network.normalise(torch.from_numpy(rgb).permute(0, 3, 1, 2))
    return activations(network.eval(), x, ["layer3"])["layer3"].chunk(2, 1)


def test_no_half_sees_what_it_is_to_say():
    chance = np.random.default_rng(0)
    light, dark = chance.uniform(45, 65, (2, 2, SIZE, SIZE))
    warm, cold = chance.uniform(-12, 12, (2, 2, SIZE, SIZE, 2))
    first, recoloured, darker = halves(light, warm), halves(light, cold), halves(dark, warm)
    assert (first[0] - recoloured[0]).abs().max() < 1e-2 < (first[1] - recoloured[1]).abs().max()
    assert (first[1] - darker[1]).abs().max() < 1e-2 < (first[0] - darker[0]).abs().max()


def test_colours_are_those_of_scikit_image():
    pixels = torch.from_numpy(noise(2)).permute(0, 3, 1, 2).float()
    for mine, picture in zip(to_lab(pixels), noise(2), strict=True):
        np.testing.assert_allclose(mine.permute(1, 2, 0).numpy(), rgb2lab(picture), atol=0.02)


def test_the_true_colours_are_where_the_answer_says_and_the_grey_picture_has_none():
    objective = made("split_brain", known(12))
    pieces, answers = objective.posed(torch.arange(12), draws(12, torch.Generator().manual_seed(0)))
    true = torch.from_numpy(known(12)).permute(0, 3, 1, 2).float()
    for k, answer in enumerate(answers.tolist()):
        apart = (pieces[k, 1:] - true[k]).abs().amax((1, 2, 3))
        assert apart[answer] == 0
        assert apart.sort().values[1] > 1
    assert (pieces[:, 0] == pieces[:, 0, :1]).all(), "red, green and blue are the same"


def test_who_knows_the_colours_chooses_them():
    objective = made("split_brain", noise(8))
    drawn = draws(8, torch.Generator().manual_seed(0))
    pieces, answers = objective.posed(torch.arange(8), drawn)
    colours, _ = bins(as_pixels(noise(8)).float(), 5)
    sure = 9.0 * F.one_hot(colours, 64).permute(0, 3, 1, 2)
    objective.said = lambda x: (sure, None)
    assert objective.scores(objective.normalised(pieces)).argmax(1).equal(answers)


def test_three_frames_are_in_their_order_or_the_middle_one_lies_outside():
    objective = made("frame_order", clip(24))
    pieces, answers = objective.posed(torch.arange(24), draws(24, torch.Generator().manual_seed(0)))
    at = (pieces[:, :, 0] > 200).float().amax(2).argmax(2)  # (P, 3) where the square begins
    first, middle, last = at.unbind(1)
    assert (first < last).all()
    assert torch.equal((first < middle) & (middle < last), answers == 1)
    assert torch.equal(at[:24, [0, 2]], at[24:, [0, 2]]), "the ends are the same"
    assert len({(int(a), int(b), int(c)) for a, b, c in at}) == 4


def test_what_moves_is_found_at_both_ends_of_a_clip_and_is_the_same_thing():
    pixels = torch.from_numpy(clip()).permute(0, 1, 4, 2, 3).float()
    for window in tracked(pixels):
        whole = (window[:, 0] == 250).sum((1, 2))
        assert (whole == 36).all(), "the whole square"
        assert (window[:, 2].amax((1, 2)) == torch.arange(100, 112)).all()


def test_a_triplet_costs_what_is_missing_to_the_margin():
    far = torch.full((5, 5), 2.0)
    far.fill_diagonal_(0.0)
    assert triplet(far, hard=False) == 0
    same = torch.zeros(5, 5)
    assert triplet(same, hard=False) == triplet(same, hard=True) == pytest.approx(0.5)
    one = far.clone()
    one[0, 1] = 0.2
    assert triplet(one, hard=False).item() == pytest.approx(0.3 / 20)
    assert triplet(one, hard=True).item() == pytest.approx(0.3 / 20), "the others of the first cost nothing"
    one[0, 1:] = torch.tensor([0.2, 2, 2, 2])
    assert triplet(one, hard=True) == triplet(one, hard=False), "with four others all are the worst"


def test_the_worst_negatives_come_once_any_others_were_learned_from():
    objective = made("tracking", clip())
    batch = objective.batch(torch.arange(12), draws(12, torch.Generator()))
    easy, _ = objective.loss(batch)
    objective.after_step(0.9)
    hard, _ = objective.loss(batch)
    assert hard > easy


def test_colours_copied_from_the_same_frame_are_its_own():
    objective = made("video_colour", clip())
    frame = torch.from_numpy(noise(3)).permute(0, 3, 1, 2).float()
    places = objective.embedded(frame).shape[-2:]
    apart = 50 * torch.eye(places.numel()).view(1, -1, *places).expand(3, -1, -1, -1)
    objective.embedded = lambda frames: apart
    assert objective.copied(frame, frame).argmax(1).equal(bins(frame, places[-1])[0])


def test_a_frame_is_asked_for_its_colours_without_them():
    objective = made("video_colour", clip())
    pieces, answers = objective.posed(torch.arange(12), draws(12, torch.Generator().manual_seed(0)))
    frames = torch.from_numpy(clip()).permute(0, 1, 4, 2, 3).float()
    assert torch.equal(pieces[:, 0], frames[:, 0])
    assert (pieces[:, 1] == pieces[:, 1, :1]).all(), "grey"
    assert torch.equal(pieces[torch.arange(12), 2 + answers], frames[:, 3])
    x, other = frames[:, [0, 3]], frames[:, [0, 3]].clone()
    other[:, 1] = grey(other[:, 1])
    seen, unseen = (objective.eval().copied(*pair.unbind(1)) for pair in (x, other))
    torch.testing.assert_close(seen, unseen, atol=1e-3, rtol=1e-3)


def test_several_tasks_at_once_add_their_losses_on_the_same_pictures():
    objective = made("combination", noise(40), exemplars=10)
    assert {objective.n, *(task.n for task in objective.others.values())} == {10}
    batch = objective.batch(torch.arange(8), draws(8, torch.Generator().manual_seed(0)))
    with torch.no_grad():
        total, told = objective.loss(batch)
        turns = Turns.loss(objective, batch[0])[0]
        others = [task.loss(seen)[0] for task, seen in zip(objective.others.values(), batch[1], strict=True)]
    assert total.item() == pytest.approx((turns + sum(others)).item())
    assert told.keys() == {"accuracy", "position", "exemplar"}
    assert all(task.network is objective.network for task in objective.others.values())
    assert objective.held_out(noise(30)).n == 30


@pytest.mark.parametrize("task", [task for task in TASKS if TASKS[task].cut])
def test_pieces_of_which_nothing_is_left_before_the_last_halving_are_refused(task):
    """LabResNet halves three times: of 4 pixels one is left before the last; ResNet-18 does so five times."""

    def begun(size, network="labresnet"):
        pictures = np.zeros((4, *((4,) if TASKS[task].clips else ()), size, size, 3), np.uint8)
        return TASKS[task].make()(build(network, 0, 0, size=size), pictures, PuzzleOptions())

    assert begun(18).n == 4, "tiles of 5 pixels, and halves of 9"
    with pytest.raises(Refused, match=r"larger pictures: pieces of \d+ pixels are too small"):
        begun(32, "resnet18")
    if task not in ("counting", "tracking"):
        with pytest.raises(Refused, match="pieces of 4 pixels are too small"):
            begun(17)


def test_a_last_chunk_of_a_few_pictures_is_left_out_as_there_is_nothing_to_choose_among():
    objective = made("exemplar", noise(9))
    asked = []
    objective.scores = lambda pieces: asked.append(len(pieces)) or torch.zeros(len(pieces), 4)
    solving(objective, batch_size=8)()
    assert asked == [8]
