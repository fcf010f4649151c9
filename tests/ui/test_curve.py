from core.ui.curve import MOST, thinned


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    points = [(k, k / 1000) for k in range(1000)]
    shown = thinned(points)
    assert len(shown) <= MOST + 1
    assert shown[0] == points[0]
    assert shown[-1] == points[-1]
    assert thinned(points[:5]) == points[:5]
