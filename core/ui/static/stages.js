// A network as a row of blocks. Tap a block: frozen → fine-tuned → new. Tap a gap: frozen left of it, fine-tuned right.
const ORDER = ["frozen", "fine-tuned", "new"];
const MARK = { "frozen": "❄", "fine-tuned": "✎", "new": "✚" };

function block(name, state, height, locked, editable, onTap) {
  const el = document.createElement(editable && !locked ? "button" : "div");
  el.className = `stage ${state}`;
  el.style.height = `${height}px`;
  if (editable && !locked) {
    el.type = "button";
    el.setAttribute("aria-label", `${name}: ${state}. Press to change.`);
    el.onclick = onTap;
  } else {
    el.setAttribute("aria-label", `${name}: ${state}`);
    el.setAttribute("role", "img");
  }
  for (const [cls, text] of [["mark", MARK[state]], ["name", name], ["word", state]]) {
    const span = document.createElement("span");
    span.className = cls;
    span.textContent = text;
    span.setAttribute("aria-hidden", "true");
    el.append(span);
  }
  return el;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".stages");
  root.style.setProperty("--origin", data.origin);
  root.style.setProperty("--on-origin", data.onOrigin);
  root.classList.toggle("many", data.names.length > 10);
  let states = [...data.states];
  const change = (next, focus) => {
    states = next;
    draw();
    if (focus !== undefined) root.children[focus]?.focus();
    setStateValue("states", states);
  };
  const draw = () => {
    root.replaceChildren();
    states.forEach((state, i) => {
      const locked = data.locked.includes(data.names[i]);
      const tap = () => {
        const next = [...states];
        next[i] = ORDER[(ORDER.indexOf(state) + 1) % ORDER.length];
        change(next, root.childElementCount ? 2 * i : undefined);
      };
      root.append(block(data.names[i], state, data.heights[i], locked, data.editable, tap));
      if (i === states.length - 1) return;
      const gap = document.createElement(data.editable ? "button" : "span");
      if (data.editable) {
        gap.className = "cut";
        gap.type = "button";
        gap.textContent = "⁝";
        gap.title = `Freeze everything up to ${data.names[i]}, fine-tune the rest`;
        gap.setAttribute("aria-label", gap.title);
        gap.onclick = () => change(
          states.map((s, j) => data.locked.includes(data.names[j]) ? s : j <= i ? "frozen" : "fine-tuned"), 2 * i + 1);
      } else {
        gap.className = "gap";
      }
      root.append(gap);
    });
  };
  root.onkeydown = event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const items = [...root.querySelectorAll("button")];
    const at = items.indexOf(parentElement.getRootNode().activeElement ?? document.activeElement);
    const next = items[at + step];
    if (next) { next.focus(); event.preventDefault(); }
  };
  draw();
  return () => { root.onkeydown = null; };
}
