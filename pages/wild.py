"""In the wild: six systems that were made by fine-tuning, each with and without what their base had learned."""

import streamlit as st

from core.ui.code import code_view
from core.ui.figures import question
from core.ui.lesson import ask_number
from pages.parts.wild import CODE, asked, chosen, sources, station_section, story, with_it

st.title("Fine-tuning in the wild")
spec = chosen()
story(spec)
if not ask_number(f"{with_it(spec)} {question(spec)}".strip(), asked(spec), low=0, high=100, step=5, unit="%"):
    st.stop()
station_section(spec)
code_view(*CODE[spec.settings.station])
sources(spec)
