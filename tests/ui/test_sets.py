"""Choosing one of torchvision's sets on a page."""

import pytest
from streamlit.testing.v1 import AppTest

from core.worlds.sets import ADDRESSES, SETS
from core.worlds.torchvision_sets import folder_of


def page_of_worlds():
    import streamlit as st

    from core.ui.choices import world_choice

    st.session_state.found = world_choice()


@pytest.fixture
def page(home, monkeypatch):
    """A page with the choice of worlds, on an engine that runs nothing."""
    asked.clear()
    monkeypatch.setattr("core.ui.live.engine", Idle)
    return AppTest.from_function(page_of_worlds, default_timeout=60)


asked = []


class Idle:
    def view(self, run):
        return None

    def submit(self, spec, owner):
        asked.append(spec)


def fetched(address):
    folder_of(address).mkdir(parents=True)


def test_one_click_offers_all_sets_with_their_sizes(page):
    page.run()
    assert len(page.selectbox) == 0
    page.segmented_control[0].set_value(ADDRESSES[0]).run()
    assert not page.exception
    assert page.query_params["data"] == "torchvision:cifar10"
    assert page.selectbox[0].options == [info.line(here=False) for info in SETS.values()]
    assert "60,000 pictures" in page.caption[0].value


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_link_opens_its_set_and_a_button_fetches_it(page, address):
    page.query_params["data"] = address
    page.run()
    assert not page.exception
    assert page.selectbox[0].value == address
    assert page.session_state.found is None
    (button,) = page.button
    assert button.label.startswith("Fetch ")
    button.click().run()
    assert [spec.settings.data for spec in asked] == [address]
    fetched(address)
    page.run()
    assert page.session_state.found == address
    assert len(page.button) == 0
    assert page.selectbox[0].options[ADDRESSES.index(address)].endswith("on this machine")


def test_another_set_goes_into_the_address_and_asks_for_no_more_labels_than_it_has(page):
    page.session_state["labels_per_class"] = 40
    page.query_params["data"] = "torchvision:cifar10"
    page.run()
    page.selectbox[0].set_value("torchvision:svhn").run()
    assert page.query_params["data"] == "torchvision:svhn"
    assert page.session_state["labels_per_class"] == 40
    page.selectbox[0].set_value("torchvision:flowers102").run()
    assert page.selectbox[0].value == "torchvision:flowers102"
    assert page.session_state["labels_per_class"] == 10
    page.segmented_control[0].set_value("digits").run()
    assert page.session_state.found == "digits"
    assert len(page.selectbox) == 0


@pytest.mark.parametrize("address", ["torchvision:imagenet", "torchvision:", "torchvision"])
def test_a_link_to_a_set_that_is_not_there_opens_the_first_world(page, address):
    page.query_params["data"] = address
    page.run()
    assert not page.exception
    assert page.session_state.found == "toybox:b"
