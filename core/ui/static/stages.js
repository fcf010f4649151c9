// A network as a row of blocks, in one of three modes.
// change: tap a block: frozen → fine-tuned → new; tap a gap: frozen left of it, fine-tuned right.
// pick:   tap a block to point at it.    show: to look at only, one picture with one description.
const ORDER = ["frozen", "fine-tuned", "new"];
const MARK = { "frozen": "❄", "fine-tuned": "✎", "new": "✚", "picked": "✔" };
const WORD = { "picked": "my guess", "plain": "" };

function block(name, state, height, tap, spoken) {
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
  for (const [cls, text] of [["mark", MARK[state] ?? ""], ["name", name], ["word", WORD[state] ?? state]]) {
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

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".stages");
  const { names, heights, mode } = data;
  const locked = new Set(data.locked);
  root.style.setProperty("--origin", data.origin);
  root.style.setProperty("--on-origin", data.onOrigin);
  root.classList.toggle("many", names.length > 10);
  root.setAttribute("role", mode === "show" ? "img" : "group");
  root.setAttribute("aria-label", data.spoken);
  root.dataset.picked ??= "";
  let states = [...data.states];
  const focused = () => root.getRootNode().activeElement;

  const change = next => {
    states = next;
    draw();
    setStateValue("states", states);
  };
  const pick = name => {
    root.dataset.picked = name;
    draw();
    setStateValue("picked", name);
  };
  const stage = i => {
    if (mode === "pick") {
      const picked = root.dataset.picked === names[i];
      const el = block(names[i], picked ? "picked" : "plain", heights[i], () => pick(names[i]), names[i]);
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
