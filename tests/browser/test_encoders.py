"""Learning without labels, as a student does it: a part is taken away and put back; what was learned is lent; maps are
drawn, and a picture of one's own is laid on them.
"""

import io

import numpy as np
import pytest
from PIL import Image

from tests.app_server import settled
from tests.browser.test_pages import commit

SMALL = "data=digits&steps=100&batch_size=16"
BREAK = "Take away the stop-gradient"


@pytest.mark.timeout(900)
def test_a_part_is_taken_away_and_put_back_and_what_was_learned_is_lent(server, student):
    page = student()
    page.goto(f"{server.url}/encoders?method=byol&{SMALL}")
    settled(page)
    assert page.get_by_text("What the class guessed").count() == 0, "nothing before the guess"
    commit(page)
    page.get_by_role("button", name="Train it").click()
    page.get_by_role("button", name=BREAK).click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").wait_for(state="detached")
    legend = page.locator(".legend")
    legend.get_by_text("BYOL, going on").wait_for(timeout=600_000)  # two train already: it waits for the first to end
    assert "BYOL without the stop-gradient" in legend.inner_text()
    page.get_by_role("button", name="Stop").click()
    page.reload()  # only the whole one is asked for then
    settled(page)
    if (button := page.locator(".st-key-start_encoder button")).is_enabled():
        button.click()
    page.get_by_text("Linear probe", exact=True).first.wait_for()
    page.goto(server.url + page.get_by_role("link", name="how few labels?").get_attribute("href"))
    page.get_by_text("Borrow from").wait_for()
    assert page.get_by_role("radio", name="Run ").is_checked()


def test_two_maps_are_drawn_and_a_picture_of_ones_own_is_laid_on_both(server, student):
    page = student()
    page.goto(f"{server.url}/maps?data=digits&pictures=60&technique=pca")
    settled(page)
    commit(page)
    for title in ("Autoencoder", "SimCLR", "SimCLR, new room", "Supervised", "Pixels", "PCA of pixels"):
        page.locator(".st-key-whose").get_by_role("button", name=title, exact=True).click()  # four off, two on
        settled(page)
    page.get_by_role("button", name="Draw the maps").click()
    tool = page.locator(".st-key-linked_maps")
    tool.get_by_text("PCA of pixels").wait_for()
    page.get_by_text("Put a picture of your own on the maps").click()
    drawn = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), 200, np.uint8)).save(drawn, "PNG")
    page.locator(".st-key-own_on_map input[type=file]").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
    )
    page.get_by_text("The star. The maps stay as they are").wait_for()
    page.get_by_text("The nearest to yours, in each code").wait_for()
    settled(page)
    page.locator(".st-key-own_on_map input[type=file]").set_input_files(
        {"name": "broken.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    page.locator('.st-key-own_on_map, [data-testid="stExpander"]').get_by_text("cannot be used").wait_for()


def test_longer_trainings_are_shown_and_those_of_pictures_that_are_not_here_lend_without_them(server, student):
    page = student()
    page.goto(f"{server.url}/encoders")
    settled(page)
    commit(page)
    page.get_by_text("Given longer, BYOL gets ahead of the autoencoder.").wait_for()
    page.get_by_role("radio", name="Photographs").last.click()
    page.get_by_text("10,000 photographs of CIFAR-10.").wait_for()
    page.get_by_role("radio", name="BYOL").last.click()
    settled(page)
    for words in ("fine-tune it", "see its map", "how few labels?"):
        address = page.get_by_role("link", name=words).get_attribute("href")
        assert "source=run:" in address
        assert "upload" not in address
    page.goto(server.url + page.get_by_role("link", name="fine-tune it").get_attribute("href"))
    settled(page)
    assert page.get_by_role("radio", name="Run ").is_checked()
