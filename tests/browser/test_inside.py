"""The page "Look inside": nine patches are asked about, then units are there, by mouse, keyboard and live camera."""

import psutil
import pytest

from tests.app_server import FILMING, settled


def opened(page, server, query=""):
    page.goto(f"{server.url}/inside{query}")
    settled(page)
    page.get_by_role("button", name="conv2").click()
    page.get_by_role("button", name="Lock in my guess").click()


@pytest.mark.parametrize("width", [380, 1280])
def test_a_stage_is_tapped_and_its_units_are_walked_through(server, student, width):
    page = student(width=width)
    page.goto(f"{server.url}/inside")
    settled(page)
    assert page.get_by_alt_text("Nine patches of pictures, three by three").count() == 1
    assert page.get_by_text("Excite it most").count() == 0
    assert page.locator(".js-plotly-plot").count() == 0, "nothing is shown before the guess"
    opened(page, server)
    page.get_by_text("Excite it most").wait_for()
    page.get_by_role("group", name="Open a stage").get_by_role("button", name="conv5").click()
    page.get_by_role("heading", name="of conv5").wait_for()
    before = page.get_by_role("heading", name="of conv5").inner_text()
    channels = page.get_by_role("group", name="Channels")
    chosen = channels.locator("[aria-pressed=true]")
    chosen.focus()
    page.keyboard.press("ArrowRight")
    number = int(chosen.get_attribute("aria-label").split()[-1])
    assert before != f"Channel {number} of conv5"
    page.get_by_role("heading", name=f"Channel {number} of conv5").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name=before, exact=True).wait_for()
    alerts = page.locator('[data-testid="stAlert"]').all_inner_texts()
    assert len(alerts) == 2, "a verdict a claim"
    assert all("points, 95 % interval" in text for text in alerts)


def test_channels_move_with_the_camera_and_nothing_is_heard_beyond_this_machine(server, other_browsers):
    context = other_browsers(*FILMING).new_context()
    context.set_default_timeout(150_000)
    page = context.new_page()
    opened(page, server, "?picture=live")
    film = page.frame_locator("iframe[title*=webrtc]")
    film.get_by_role("button", name="Start").click()
    video = film.locator("video")
    video.wait_for()
    shown = "v => v.videoWidth === 640 && v.getVideoPlaybackQuality().totalVideoFrames > 0"
    page.wait_for_function(shown, arg=video.element_handle())
    app = psutil.Process(server.process.pid)
    sockets = [c for process in (app, *app.children(recursive=True)) for c in process.net_connections("inet")]
    assert any(c.type.name == "SOCK_DGRAM" for c in sockets)
    assert {c.laddr.ip for c in sockets} <= {"127.0.0.1", "::1"}
    context.close()
