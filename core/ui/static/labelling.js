// Pictures labelled against a clock: a class by button or number key, a box by dragging, an outline by drawing.
// Places are shares of the picture, 0..1 to the right and down. The clock of a picture runs from the moment it is seen,
// and rests while the page is hidden. A single picture (`data.free`) has no clock: its outline may be sent again and again.
const NEAR = { mouse: 10, pen: 14, touch: 22 };  // px from a side of a box that take hold of it
const MOVE = 0.01, JUMP = 0.02;                  // of the picture, a key press: sides of a box, corners of an outline
const LEAST = 1e-4;                              // of the picture's area: less is a slip of the hand
const HINTS = {
  class: "Press a button, or its number.",
  box: "Drag from corner to corner; drag a side to mend it. Keys: arrows move, shift and arrows resize.",
  mask: "Draw once around it, closely. Keys: arrows move the cross, space sets a corner.",
};
const WORDS = { next: "Next", start: "Start the clock" };
const rounds = new Map();  // key → how far a round is, which outlives a rerun of the page

const clip = x => Math.min(1, Math.max(0, x));
const area = points => Math.abs(points.reduce((sum, [x, y], k) => {
  const [nextX, nextY] = points[(k + 1) % points.length];
  return sum + x * nextY - nextX * y;
}, 0)) / 2;

class Clock {
  constructor() { this.reset(); }
  reset() { this.before = 0; this.since = null; }
  run() { this.since ??= performance.now(); }
  rest() { this.before = this.seconds; this.since = null; }
  get seconds() { return this.before + (this.since === null ? 0 : (performance.now() - this.since) / 1000); }
}

// A drawing: what is drawn (value), whether it will do (valid), and what the pointer and the keys do to it.
class Box {
  constructor() { this.clear(); }
  clear() { this.sides = null; this.held = null; }
  get valid() { return this.sides !== null && area(this.corners()) > LEAST; }
  get value() {
    const [a, b, c, d] = this.sides;
    return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
  }
  corners() {
    const [left, top, right, bottom] = this.value;
    return [[left, top], [right, top], [right, bottom], [left, bottom]];
  }
  down([x, y], near) {
    const held = this.sides ? this.taken(x, y, near) : [];
    this.held = held.length ? held : [2, 3];
    if (!held.length) this.sides = [x, y, x, y];
  }
  taken(x, y, near) {  // the sides under the pointer: 0 left, 1 top, 2 right, 3 bottom
    const [left, top, right, bottom] = (this.sides = this.value);
    const within = (v, low, high) => v > low - near && v < high + near;
    const across = within(y, top, bottom) ? [[0, left], [2, right]].filter(([, at]) => Math.abs(at - x) < near) : [];
    const along = within(x, left, right) ? [[1, top], [3, bottom]].filter(([, at]) => Math.abs(at - y) < near) : [];
    return [...across.slice(0, 1), ...along.slice(0, 1)].map(([side]) => side);
  }
  move([x, y]) { for (const side of this.held) this.sides[side] = side % 2 ? y : x; }
  up() { this.held = null; }
  key(event, [dx, dy]) {
    if (!dx && !dy) return false;
    this.sides = this.sides ? this.value : [0.3, 0.3, 0.7, 0.7];
    const moved = event.shiftKey ? [2, 3] : [0, 1, 2, 3];
    for (const side of moved) this.sides[side] = clip(this.sides[side] + MOVE * (side % 2 ? dy : dx));
    return true;
  }
  path() { return this.sides ? this.corners() : []; }
}

class Outline {
  constructor() { this.clear(); }
  clear() { this.points = []; this.cross = null; }
  get valid() { return this.points.length > 2 && area(this.points) > LEAST; }
  get value() { return this.points.map(point => point.map(place => Math.round(place * 1000) / 1000)); }
  down(at) { this.points = [at]; this.cross = null; }
  move(at) {
    const [x, y] = this.points.at(-1);
    if (Math.hypot(at[0] - x, at[1] - y) > 0.006) this.points.push(at);
  }
  up() { if (!this.valid) this.points = []; }
  key(event, [dx, dy]) {
    if (dx || dy) {
      const [x, y] = this.cross ?? [0.5, 0.5];
      this.cross = [clip(x + JUMP * dx), clip(y + JUMP * dy)];
    } else if (event.key === " " && this.cross) this.points = [...this.points, this.cross];
    else return false;
    return true;
  }
  path() { return this.points; }
}

const DRAWINGS = { box: Box, mask: Outline };

class Round {
  constructor(data) {
    this.labels = [];
    this.clock = new Clock();
    this.drawing = data.kind === "class" ? null : new DRAWINGS[data.kind]();
    this.at = Math.max(0, data.numbers.findIndex(number => !data.done.includes(number)));
    this.over = data.numbers.every(number => data.done.includes(number));
    this.started = Boolean(data.free);
  }
}

function element(tag, cls, text) {
  const el = document.createElement(tag);
  if (cls) el.className = cls;
  if (text !== undefined) el.textContent = text;
  return el;
}

function button(words, key, cls, press) {
  const el = element("button", cls, words);
  el.type = "button";
  if (key) el.append(element("kbd", "", key));
  el.onclick = press;
  return el;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".labelling");
  if (!rounds.has(data.round)) rounds.set(data.round, new Round(data));
  const now = rounds.get(data.round), svg = () => root.querySelector("svg");
  if (root.round === now) { root.send = labels => setTriggerValue("labels", labels); return root.leave; }
  root.leave?.();
  root.round = now;
  root.send = labels => setTriggerValue("labels", labels);
  root.classList.toggle("draws", now.drawing !== null);
  root.classList.toggle("free", Boolean(data.free));
  root.style.setProperty("--on-primary", data.onPrimary);
  root.style.setProperty("--aspect", data.aspect ?? 1);
  const words = { ...WORDS, ...data.words };

  const count = element("span", "count"), clock = element("span", "clock"), bar = element("div", "bar");
  const desk = element("div", "desk"), picture = element("img"), cover = element("div", "cover");
  const choices = element("div", "choices"), hint = element("p", "hint", HINTS[data.kind]);
  clock.setAttribute("role", "timer");
  hint.setAttribute("aria-live", "polite");
  picture.draggable = false;
  picture.alt = "The picture to label";
  bar.append(count, clock);
  desk.innerHTML = '<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true"></svg>';
  desk.prepend(picture);
  desk.append(cover);
  const sheet = element("div", "sheet");
  sheet.append(bar, desk, choices, hint);
  root.replaceChildren(sheet);

  const next = button(words.next, "Enter", "main next", () => say(now.drawing.value));
  const again = button("Redo", "Esc", "again", () => { now.drawing.clear(); hint.textContent = HINTS[data.kind]; draw(); });
  const back = button("Back", "⌫", "back", () => { now.at -= 1; show(); });
  const kinds = data.classes.map(([number, name], k) => button(name, String(k + 1), "class", () => say(number)));
  choices.append(...(now.drawing ? [next, again] : kinds), ...(data.free ? [] : [back]));

  function say(value) {
    if (!now.started || (now.drawing && !now.drawing.valid)) return;
    const picture = data.numbers[now.at];
    const label = { kind: data.kind, picture, value, seconds: now.clock.seconds };
    if (data.free) {
      hint.textContent = words.taken;
      root.send([label]);
      return;
    }
    now.labels = [...now.labels.filter(one => one.picture !== picture), label];
    now.at += 1;
    now.over = now.at >= data.numbers.length;
    if (now.over) finish();
    else show();
    root.send(now.labels);
  }

  function show() {  // the picture whose turn it is; its clock starts when the browser has drawn it
    now.clock.reset();
    now.drawing?.clear();
    picture.src = data.pictures[now.at];
    picture.alt = `Picture ${now.at + 1} of ${data.numbers.length}`;
    cover.hidden = true;
    root.focus({ preventScroll: true });
    picture.decode().catch(() => {}).then(() => requestAnimationFrame(() => { if (!document.hidden) now.clock.run(); }));
    draw();
  }

  function draw() {
    count.textContent = `Picture ${Math.min(now.at + 1, data.numbers.length)} of ${data.numbers.length}`;
    back.disabled = !now.started || now.at === 0;
    for (const one of kinds) one.disabled = !now.started;
    next.disabled = !now.started || !now.drawing?.valid;
    again.disabled = !now.started || !now.drawing?.path().length;
    const corners = (now.drawing?.path() ?? []).map(point => point.join(" ")).join(" L ");
    const [x, y] = now.drawing?.cross ?? [];
    svg().innerHTML = (corners ? `<path class="shape" d="M ${corners} Z"/><path class="shape ink" d="M ${corners} Z"/>` : "")
      + (x === undefined ? "" : `<path class="cross" d="M ${x - .03} ${y} h .06 M ${x} ${y - .03} v .06"/>`);
  }

  function coverWith(words, press, label) {
    now.started = false;
    now.clock.rest();
    cover.replaceChildren(element("div", "", words), button(label, "", "main start", press));
    cover.hidden = false;
    root.classList.toggle("over", now.over);
    draw();
  }

  function begin() {
    now.started = true;
    root.classList.remove("over");
    root.scrollIntoView({ block: "nearest" });
    show();
  }

  function finish() {
    now.clock.reset();
    coverWith(`All ${data.numbers.length} are labelled.`, () => { now.at = 0; now.over = false; begin(); }, "Label them again");
  }

  const place = event => {
    const edges = desk.getBoundingClientRect();
    return [clip((event.clientX - edges.left) / edges.width), clip((event.clientY - edges.top) / edges.height)];
  };
  desk.ontouchstart = event => {  // else a finger lifted in motion counts as a swipe, which swallows the next tap
    if (now.drawing && now.started) event.preventDefault();
  };
  desk.onpointerdown = event => {
    if (!now.drawing || !now.started || event.button) return;
    event.preventDefault();
    root.focus({ preventScroll: true });
    desk.setPointerCapture(event.pointerId);
    now.drawing.down(place(event), (NEAR[event.pointerType] ?? NEAR.mouse) / desk.clientWidth);
    now.held = event.pointerId;
    draw();
  };
  desk.onpointermove = event => {
    if (now.held !== event.pointerId) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) now.drawing.move(place(one));
    now.drawing.move(place(event));
    draw();
  };
  desk.onpointerup = desk.onpointercancel = event => {
    if (now.held !== event.pointerId) return;
    now.held = null;
    now.drawing.up();
    draw();
  };

  root.onkeydown = event => {
    if (!now.started || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    const number = data.classes[Number(event.key) - 1]?.[0];
    if (!now.drawing && number !== undefined) say(number);
    else if (event.key === "Backspace" && now.at > 0) back.click();
    else if (now.drawing && event.key === "Escape") again.click();
    else if (now.drawing && event.key === "Enter" && event.target === root) next.click();
    else if (now.drawing && !(event.key === " " && event.target !== root) && now.drawing.key(event, step)) draw();
    else return;
    event.preventDefault();
  };

  const hidden = () => { if (document.hidden) now.clock.rest(); else if (now.started) now.clock.run(); };
  document.addEventListener("visibilitychange", hidden);
  const ticking = setInterval(() => { clock.textContent = `${now.clock.seconds.toFixed(1)} s`; }, 100);

  if (data.free) {
    picture.src = data.pictures[0];
    picture.alt = data.invitation;
    cover.hidden = true;
    draw();
  } else if (now.over) finish();
  else if (now.started && now.labels.length) show();
  else coverWith(data.invitation, begin, now.at ? "Go on" : words.start);

  root.leave = () => {
    clearInterval(ticking);
    document.removeEventListener("visibilitychange", hidden);
    now.started = false;
    root.round = null;
    root.onkeydown = null;
  };
  return root.leave;
}
