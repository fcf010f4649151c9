// A network as a row of blocks, in one of three modes.
// change: tap a block: frozen → fine-tuned → new; tap a gap: frozen left of it, fine-tuned right; or slide how many are.
// pick:   tap a block to point at it.    show: to look at only, one picture with one description.
const ORDER = ["frozen", "fine-tuned", "new"];
const MARK = { "frozen": "❄", "fine-tuned": "✎", "new": "✚", "picked": "✔" };

function block(name, state, height, tap, spoken, word = state) {
  const el = document.createElement(tap ? "button" : "div");
  el.className = `stage ${state}`;
  el.style.height = `${height}px`;
  if (tap) {
    el.type = "button";
    el.onclick = tap;
  }
  if (spoken) {
    el.setAttribute("aria-label", spoken);
    if (!tap) el.setAttribute("role", "img");
  }
  for (const [cls, text] of [["mark", MARK[state] ?? ""], ["name", name], ["word", word]]) {
    const span = document.createElement("span");
    span.className = cls;
    span.textContent = text;
    span.setAttribute("aria-hidden", "true");
    el.append(span);
  }
  return el;
}

function gap(data, i, tap) {
  const el = document.createElement(tap ? "button" : "span");
  el.className = tap ? "cut" : "gap";
  if (tap) {
    el.type = "button";
    el.textContent = "⁝";
    el.title = `Freeze everything up to ${data.names[i]}, fine-tune the rest`;
    el.setAttribute("aria-label", el.title);
    el.onclick = tap;
  }
  return el;
}

// How many stages from the first one are frozen; each move of the slider moves the drawing, and the other way round.
function slider(parent, most, freeze) {
  let el = parent.querySelector(".freeze");
  if (!el) { // once: a slider that is made anew would lose the keyboard
    el = document.createElement("label");
    el.className = "freeze";
    el.append(document.createElement("span"), Object.assign(document.createElement("input"), { type: "range", min: 0 }));
    parent.prepend(el);
  }
  const [words, range] = el.children;
  range.max = most;
  range.oninput = () => freeze(Number(range.value), false);
  range.onchange = () => freeze(Number(range.value), true);
  return states => {
    const first = states.slice(0, most).findIndex(s => s !== "frozen");
    const frozen = first < 0 ? most : first;
    const more = states.slice(frozen, most).some(s => s === "frozen");
    const text = `${frozen} of ${most}${more ? ", and others further on" : ""}`;
    words.textContent = `Frozen stages: ${text}`;
    range.value = frozen;
    range.setAttribute("aria-valuetext", text);
  };
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".stages");
  const { names, heights, mode } = data;
  const locked = new Set(data.locked);
  root.style.setProperty("--origin", data.origin);
  root.style.setProperty("--on-origin", data.onOrigin);
  root.classList.toggle("many", names.length > 10);
  root.setAttribute("role", mode === "show" ? "img" : "group");
  root.setAttribute("aria-label", data.spoken);
  root.dataset.picked ||= data.picked ?? "";
  let states = [...data.states];
  const focused = () => root.getRootNode().activeElement;

  const change = (next, tell = true) => {
    states = next;
    draw();
    if (tell) setStateValue("states", states);
  };
  const freeze = (n, tell) => change(
    states.map((s, j) => locked.has(names[j]) ? s : j < n ? "frozen" : s === "frozen" ? "fine-tuned" : s), tell);
  const show = mode === "change" ? slider(root.parentElement, names.length - locked.size, freeze) : () => {};
  const pick = name => {
    root.dataset.picked = name;
    draw();
    setStateValue("picked", name);
  };
  const stage = i => {
    if (mode === "pick") {
      const picked = root.dataset.picked === names[i];
      const [state, word] = picked ? ["picked", data.word] : ["plain", ""];
      const el = block(names[i], state, heights[i], () => pick(names[i]), names[i], word);
      el.setAttribute("aria-pressed", picked);
      return el;
    }
    const state = states[i];
    const next = ORDER[(ORDER.indexOf(state) + 1) % ORDER.length];
    const tap = mode === "change" && !locked.has(names[i]) ? () => change(states.with(i, next)) : null;
    const spoken = mode === "change" ? `${names[i]}: ${state}.${tap ? " Press to change." : ""}` : "";
    return block(names[i], state, heights[i], tap, spoken);
  };
  const cut = i => () =>
    change(states.map((s, j) => locked.has(names[j]) ? s : j <= i ? "frozen" : "fine-tuned"));
  const draw = () => {
    const at = [...root.children].indexOf(focused()); // drawing anew must not lose the place of a keyboard
    root.replaceChildren();
    names.forEach((_, i) => {
      root.append(stage(i));
      if (i < names.length - 1) root.append(gap(data, i, mode === "change" ? cut(i) : null));
    });
    root.children[at]?.focus();
    show(states);
  };

  root.onkeydown = event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const items = [...root.querySelectorAll("button")];
    const next = items[items.indexOf(focused()) + step];
    if (next) {
      next.focus();
      event.preventDefault();
    }
  };
  draw();
  return () => { root.onkeydown = null; };
}
