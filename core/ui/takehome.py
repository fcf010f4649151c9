"""What can be taken home of a finished run: report, rows, figures, network, script, and a link to the page."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.experiments.script import script
from core.figures.style import WORDS, ground
from core.lessons import lesson_of
from core.lessons.lesson import Result
from core.lessons.report import report, whole_page
from core.runs.arms import arms_of, told_apart
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run
from core.runs.table import as_csv
from core.ui.choices import choose
from core.ui.figures import chart_key, drawn, result_of
from core.ui.quick import quick
from core.ui.said import refusal
from core.ui.theme import dark, static

OWN = "upload:"
BASE = ("source", "network", "frozen", "donor", "things", "outlines")  # go with what is borrowed
HTML, ZIP, NETWORK = "text/html", "application/zip", "application/octet-stream"

_pictures = st.components.v2.component(
    "transferlab_takehome",
    html='<div class="figure" role="group"><span class="said" role="status"></span></div>',
    css=static("takehome.css"),
    js=static("takehome.js"),
)


def downloads(run: Run) -> None:
    """Everything that can be taken home of a run, in one place."""
    result, link = result_of(run), page_link()
    left, middle, right = st.columns(3)
    with left:
        save(
            "Report (HTML)",
            "description",
            run,
            lambda: report(result, csv=as_csv(result.rows), link=link),
            "html",
            HTML,
        )
        save("Rows (CSV)", "table", run, lambda: as_csv(result.rows), "csv", "text/csv")
    with middle:
        network(run)
        text = json.dumps(run.record, indent=1, ensure_ascii=False)
        save("Settings and origin (JSON)", "data_object", run, lambda: text, "json", "application/json")
    with right:
        script_of(run)
    figures(result)
    show_link(link)
    lend(run)


def save(label: str, icon: str, run: Run, data: Callable[[], str], ending: str, kind: str) -> None:
    """A button that saves what `data` gives when it is pressed."""
    st.download_button(
        label,
        data,
        f"{run.id}.{ending}",
        kind,
        key=f"{ending}_{run.id}",
        icon=f":material/{icon}:",
        on_click="ignore",
        width="stretch",
    )


def network(run: Run) -> None:
    """The trained network, where it is kept: of a recorded figure the rows are, not the networks."""
    file = network_file(run)
    if file is None:
        return
    st.download_button(
        "The network (safetensors)",
        file.read_bytes,
        f"{file.parent.parent.name}.safetensors",
        NETWORK,
        key=f"network_{run.id}",
        icon=":material/deployed_code:",
        on_click="ignore",
        width="stretch",
        help="Its header holds the recipe: network, stages, classes, size, mean and deviation. `safetensors.safe_open` "
        "reads both.",
    )


def network_file(run: Run) -> Path | None:
    """Of a plan the network of its first arm."""
    files = [arm.folder / "artifacts" / "network.safetensors" for arm in arms_of(run)[:1]]
    return next((file for file in files if file.exists()), None)


@st.fragment
def script_of(run: Run) -> None:
    """The script of a run, written by the quick worker when it is asked for; of a plan that of any arm."""
    arms = scripted(run)
    if not arms:
        return
    chosen = next(iter(arms))
    if len(arms) > 1:
        chosen = str(
            st.selectbox("Script of which run?", list(arms), format_func=lambda key: arms[key], key=f"arm_{run.id}")
        )
    wanted = f"script_wanted_{chosen}"
    if st.session_state.get(wanted):
        save_script(chosen)
        return
    st.button(
        "A script that repeats it",
        key=f"write_{run.id}",
        icon=":material/terminal:",
        on_click=lambda: st.session_state.update({wanted: True}),
        width="stretch",
        help="A program in a zip, with the modules and the pictures that it was run on; it needs nothing of this app.",
    )


def scripted(run: Run) -> dict[str, str]:
    """The id of each run that a script can repeat, of a plan those of the first seed, and what it is among them."""
    arms = arms_of(run)
    of_first = [arm for arm in arms if settings_of(arm).get("seed") == settings_of(arms[0]).get("seed")]
    return {arm.id: arm_words(arm, of_first[0], differs) for arm, differs in told_apart(of_first)}


def save_script(run_id: str) -> None:
    """The button that saves the script of a run, once the quick worker has written it."""
    try:
        kept = quick(Spec.of(script, run=run_id))
    except Refused as refused:
        refusal(refused)
        return
    if kept is None:
        return
    file = kept.artifact("script")
    label = f"Save the script ({max(1, round(file.stat().st_size / 1e6))} MB)"
    st.download_button(
        label,
        file.read_bytes,
        f"transferlab-{run_id}.zip",
        ZIP,
        key=f"zip_{run_id}",
        icon=":material/terminal:",
        on_click="ignore",
        type="primary",
        width="stretch",
    )
    st.caption("Unpack it, then `python repeat.py`. README.txt says what it needs.")


def settings_of(run: Run) -> dict[str, Any]:
    return run.record["spec"]["settings"]


def arm_words(arm: Run, first: Run, differs: str) -> str:
    """An arm among others of its seed: "borrowed, skips=32s"."""
    kind = next((row["arm"] for row in arm.rows() if "arm" in row), "")
    if not kind:
        return differs or arm.id
    changed = {name: value for name, value in settings_of(arm).items() if value != settings_of(first).get(name)}
    shown = (f"{name}={value}" for name, value in changed.items() if name not in BASE and not isinstance(value, dict))
    return ", ".join([WORDS.get(kind, kind), *shown])


def figures(result: Result) -> None:
    """A row of buttons a figure of the page."""
    now = dark()
    for name in lesson_of(result.name).figures_of(result):
        if figure := drawn(result, name, now):
            take_figure(chart_key(result.id, name), figure.title, figure.figure, name=f"{result.id}-{name}", dark=now)


def take_figure(chart: str, title: str, figure: go.Figure, *, name: str, dark: bool) -> None:
    """PNG and SVG of the chart whose key is `chart`, as this browser shows it, and the figure as a page of its own."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"take_{chart}"):
        st.markdown(title, width="stretch")
        data = {"chart": chart, "title": title, "name": name, "ground": ground(dark)}
        _pictures(data=data, key=f"pictures_{chart}", width="content")
        st.download_button(
            "HTML",
            lambda: whole_page(figure, ground(dark)),
            f"{name}.html",
            HTML,
            key=f"page_{chart}",
            on_click="ignore",
            help=f"{title}: a page of its own, to hover and zoom in without a network",
        )


def page_link() -> str:
    """The address of this page as it stands, with its choices."""
    choices = urllib.parse.urlencode({name: st.query_params[name] for name in st.query_params})
    return f"{st.context.url or ''}{'?' if choices else ''}{choices}"


def show_link(link: str) -> None:
    """The link to copy, and how long it works."""
    st.markdown("A link to this page with its choices")
    st.code(link, language=None, wrap_lines=True)
    if OWN in urllib.parse.unquote(link):
        st.caption("It works while your photos are here; whoever has it can see them.")


def lend(run: Run) -> None:
    """Make the network of a run the one to borrow from."""
    if network_file(run) is None:
        return
    first = arms_of(run)[0]
    if not (first.recipe("network") or {}).get("outputs"):  # an encoder: its page links to where it can be used
        return
    source = f"run:{first.id}"
    st.button(
        "Borrow from this network",
        key=f"lend_{run.id}",
        icon=":material/content_copy:",
        on_click=choose,
        kwargs={"source": source},
    )
    st.caption(f"It becomes a choice under *Borrow from*. On the command line: `source={source}`.")
