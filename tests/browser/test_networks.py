"""Any network, and weights of one's own, on the Fine-tune page."""

import pytest
import torch
from torchvision import models

from tests.app_server import settled
from tests.browser.test_pages import trained


def type_network(page, name):
    box = page.get_by_role("combobox", name="Network")
    box.click()
    box.fill(name)
    page.keyboard.press("Enter")


def test_a_network_of_timm_is_typed_drawn_and_trained(server, student):
    page = student()
    address = f"{server.url}/finetune?data=digits&source=none&labels_per_class=5&epochs=2&size=64"
    page.goto(address)
    settled(page)
    type_network(page, "test_resnet")
    page.wait_for_url("**network=timm%3Atest_resnet*")
    page.get_by_role("button", name="layer2: fine-tuned").wait_for()
    trained(page, page.url)
    assert "Measured here" in page.inner_text(".stMain")


@pytest.mark.parametrize(
    ("typed", "words"), [("no such net", "type a name of timm's"), ("hrnet_w18_small", "does not split")]
)
def test_a_network_that_cannot_be_used_is_one_sentence(server, student, typed, words):
    page = student()
    page.goto(f"{server.url}/finetune?data=digits&source=none")
    settled(page)
    type_network(page, typed)
    alert = page.locator('[data-testid="stAlert"]').first
    alert.wait_for()
    assert words in alert.inner_text()
    type_network(page, "labnet")
    page.get_by_role("button", name="conv5: fine-tuned").wait_for()


def test_ones_own_weights_are_tried_in_a_network_and_forgotten(server, student, tmp_path):
    file = tmp_path / "mine.pth"
    torch.save(models.squeezenet1_1(num_classes=7).state_dict(), file)
    page = student()
    page.goto(f"{server.url}/finetune?data=digits&labels_per_class=5&epochs=1&size=32")
    settled(page)
    page.get_by_role("radio", name="Your weights …").click()
    page.locator('.st-key-weights input[type="file"]').set_input_files(str(file))
    page.wait_for_url("**source=weights%3A*")
    alert = page.locator('[data-testid="stAlert"]').first
    alert.wait_for()
    assert "do not fit resnet18" in alert.inner_text()
    type_network(page, "SqueezeNet 1.1")
    page.get_by_text("Your weights fill 7 of its 8 stages").wait_for()
    page.get_by_role("button", name="fire1-2: frozen").wait_for()
    trained(page, page.url)
    page.locator(".st-key-forget_weights button").first.click()
    page.wait_for_url(lambda url: "weights%3A" not in url)
    assert not list((server.home / "uploads").glob("*.weights"))


def test_a_file_that_holds_no_weights_is_one_sentence(server, student, tmp_path):
    file = tmp_path / "mine.pth"
    file.write_text("import os")
    page = student()
    page.goto(f"{server.url}/finetune?source=weights")
    settled(page)
    page.locator('.st-key-weights input[type="file"]').set_input_files(str(file))
    alert = page.locator('[data-testid="stAlert"]').first
    alert.wait_for()
    assert "neither a safetensors file" in alert.inner_text()
