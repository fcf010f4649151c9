// Puzzles played one after the other: a picture is turned, a patch placed, tiles are sorted. A kind of play is a class:
// it draws the pieces, knows its answer as a short text, and what the keys do; `drawn` is the same, to look at only. It
// calls `changed`, and `settle` where a key has answered, so that Enter is Done.
// The answer is told at once; what is right, and what the network says, comes from the server, and only after it.
const DRAG = 6;  // px that make a drag of a tap
const CELLS = ["top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right"];
const CHOICES = 4, LETTERS = "ABCD";
const MIDDLE = 4, AROUND = [0, 1, 2, 3, 5, 6, 7, 8];
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const games = new Map();  // game → what was played in it, which outlives a rerun of the page

const element = (tag, className, more) => Object.assign(document.createElement(tag), { className, ...more });
const button = (words, className, press, key) => {
  const el = element("button", className, { type: "button", textContent: words, onclick: press });
  if (key) el.append(element("kbd", "", { textContent: key }));
  return el;
};
const picture = (src, alt) => element("img", "", { src, alt, draggable: false });

class Turn {
  static hint = "";
  static keys = "Keys: ← and → turn it, Enter is Done.";
  static drawn(pieces, value) {
    const el = element("div", "board");
    el.append(picture(pieces[0], ""));
    el.firstChild.style.rotate = `${90 * value}deg`;
    return el;
  }
  constructor(pieces) {
    this.turns = 0;
    this.el = element("div", "play");
    this.board = Turn.drawn(pieces, 0);
    this.board.firstChild.alt = "The picture to turn";
    this.buttons = [["↺ Turn left", -1], ["↻ Turn right", 1]].map(([words, by]) => button(words, "", () => this.turn(by)));
    this.board.onclick = () => this.turn(1);
    this.el.append(this.board);
  }
  get value() { return String((this.turns % 4 + 4) % 4); }
  get ready() { return true; }
  get spoken() { return ["as it was", "turned right once", "upside down from how it was", "turned left once"][this.value]; }
  turn(by) {
    this.turns += by;
    this.board.firstChild.style.rotate = `${90 * this.turns}deg`;
    this.changed();
  }
  key(event) {
    const [by] = WAYS[event.key] ?? [0];
    if (!by) return false;
    this.turn(by);
    this.settle();
    return true;
  }
}

// The picture on which the middle and the right cell are outlined.
function located(whole, value) {
  const el = element("div", "board"), cells = Grid.drawn([], {});
  cells.className = "grid over";
  for (const cell of [MIDDLE, AROUND[value]]) cells.children[cell].classList.add("marked");
  el.append(picture(whole, ""), cells);
  return el;
}

// Nine cells, of which one at a time can be tabbed to and the arrow keys go on to the others; pieces are tapped or
// dragged from one to another. `at`: cell → number of its piece.
class Grid {
  static drawn(pieces, at) {
    const el = element("div", "board grid");
    el.append(...CELLS.map((_, cell) => {
      const box = element("div", "cell");
      if (at[cell] !== undefined) box.append(picture(pieces[at[cell]], ""));
      return box;
    }));
    return el;
  }
  constructor(pieces) {
    Object.assign(this, { pieces, el: element("div", "play"), board: element("div", "board grid"), now: 0 });
    this.cells = CELLS.map((name, cell) => button("", "cell", event => this.tap(cell, event)));
    this.cells.forEach(el => this.draggable(el));
    this.board.append(...this.cells);
    this.el.append(this.board);
  }
  draw() {
    this.cells.forEach((el, cell) => {
      const piece = this.at[cell];
      el.replaceChildren(...(piece === undefined ? [] : [picture(this.pieces[piece], "")]));
      el.ariaLabel = this.name(cell);
      el.tabIndex = cell === this.now ? 0 : -1;
    });
  }
  focus() { this.cells[this.now].focus({ preventScroll: true }); }
  key(event) {
    const way = WAYS[event.key];
    if (!way) return false;
    const [column, row] = [this.now % 3 + way[0], Math.floor(this.now / 3) + way[1]];
    if (column >= 0 && column < 3 && row >= 0 && row < 3) {
      this.now = 3 * row + column;
      this.cells.forEach((el, cell) => { el.tabIndex = cell === this.now ? 0 : -1; });
      this.focus();
    }
    return true;
  }
  // A finger or the mouse moves the picture of `el`; where it is let go is a drop, unless it hardly moved.
  draggable(el) {
    let start = null, moved = false;
    el.ontouchstart = event => {  // else a finger lifted in motion counts as a swipe, which swallows the next tap
      if (this.movable(el)) event.preventDefault();
    };
    el.onpointerdown = event => {
      const taken = !event.button && event.isPrimary && this.movable(el) && el.querySelector("img");
      start = taken ? [event.clientX, event.clientY] : null;
      moved = false;
      if (start) el.setPointerCapture(event.pointerId);
    };
    el.onpointermove = event => {
      if (!start) return;
      const [dx, dy] = [event.clientX - start[0], event.clientY - start[1]];
      moved ||= Math.hypot(dx, dy) > DRAG;
      el.classList.toggle("held", moved);
      if (moved) el.querySelector("img").style.translate = `${dx}px ${dy}px`;
    };
    el.onpointercancel = el.onlostpointercapture = () => {
      start = null;
      el.classList.remove("held");
      el.querySelector("img")?.style.removeProperty("translate");
    };
    el.onpointerup = event => {
      const cell = this.cells.indexOf(el);
      if (start && !moved && cell >= 0 && event.pointerType === "touch") this.tap(cell);  // no click follows
      if (!start || !moved) return;
      const { clientX: x, clientY: y } = event;
      const over = this.cells.findIndex(cell => {
        const box = cell.getBoundingClientRect();
        return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
      });
      if (over >= 0) this.drop(el, over);
    };
    el.addEventListener("click", event => { if (moved && event.detail) event.stopImmediatePropagation(); }, true);
  }
}

class Place extends Grid {
  static solved = located;
  static hint = "Tap a cell, or drag the patch there.";
  static keys = "Keys: arrows go from cell to cell, Enter puts it there, and again is Done.";
  static drawn(pieces, value) { return Grid.drawn(pieces, { [MIDDLE]: 0, ...(value ? { [AROUND[value]]: 1 } : {}) }); }
  constructor(pieces) {
    super(pieces);
    this.extra = element("div", "tray");
    this.patch = element("div", "cell patch");
    this.draggable(this.patch);
    this.extra.append(element("span", "", { textContent: "The patch" }), this.patch);
    this.put(null);
  }
  get value() { return String(AROUND.indexOf(this.placed)); }
  get ready() { return this.placed !== null; }
  get spoken() { return this.placed === null ? "" : `the patch is ${CELLS[this.placed]}`; }
  name(cell) {
    if (cell === MIDDLE) return "The middle patch";
    return cell === this.placed ? `${CELLS[cell]}: the patch` : `Put the patch ${CELLS[cell]}`;
  }
  movable(el) { return el === this.patch || el === this.cells[this.placed]; }
  put(cell) {
    this.placed = cell;
    this.at = { [MIDDLE]: 0, ...(cell === null ? {} : { [cell]: 1 }) };
    this.now = cell ?? this.now;
    this.draw();
    this.cells[MIDDLE].ariaDisabled = true;
    this.patch.replaceChildren(...(cell === null ? [picture(this.pieces[1], "The patch to place")] : []));
    this.changed?.();
  }
  tap(cell, event) {
    if (cell === MIDDLE) return;
    this.put(cell);
    if (event?.detail === 0) this.settle();  // by the keyboard
  }
  drop(el, cell) { this.tap(cell); }
}

class Sort extends Grid {
  static hint = "Tap two tiles to swap them, or drag one onto another.";
  static keys = "Keys: arrows go from tile to tile, Enter takes one, then swaps it; Tab goes to Done.";
  static drawn(pieces, value) {
    return Grid.drawn(pieces, Object.fromEntries([...value].map((cell, piece) => [cell, piece])));
  }
  constructor(pieces) {
    super(pieces);
    this.at = CELLS.map((_, cell) => cell);
    this.lifted = null;
    this.draw();
  }
  get value() { return CELLS.map((_, piece) => this.at.indexOf(piece)).join(""); }
  get ready() { return true; }
  get spoken() { return this.words ?? ""; }
  name(cell) { return `${CELLS[cell]}: tile ${this.at[cell] + 1}${cell === this.lifted ? ", taken" : ""}`; }
  movable() { return true; }
  draw() {
    super.draw();
    this.cells.forEach((el, cell) => { el.ariaPressed = cell === this.lifted; });
  }
  tap(cell) {
    if (this.lifted === null) {
      this.lifted = cell;
      this.words = `tile ${this.at[cell] + 1} is taken`;
    } else this.swap(this.lifted, cell);
    this.now = cell;
    this.draw();
    this.changed();
  }
  drop(el, cell) {
    this.swap(this.cells.indexOf(el), cell);
    this.draw();
    this.changed();
  }
  swap(one, other) {
    [this.at[one], this.at[other]] = [this.at[other], this.at[one]];
    this.words = one === other ? "put back" : `${CELLS[one]} and ${CELLS[other]} are swapped`;
    this.lifted = null;
  }
}

// One of a few buttons is pressed.
class Options {
  static hint = "";
  chosen = null;
  get value() { return String(this.chosen); }
  get ready() { return this.chosen !== null; }
  get spoken() { return this.ready ? `${this.options[this.chosen].textContent} is chosen` : ""; }
  choose(k) {
    this.chosen = k;
    this.options.forEach((el, other) => { el.ariaPressed = other === k; });
    this.changed();
  }
  key(event) {
    const k = Number(event.key) - 1;
    if (!(k in this.options)) return false;
    this.choose(k);
    this.settle();
    return true;
  }
}

// The last four pieces can be chosen; those before them are what is asked about.
class Choose extends Options {
  static keys = "Keys: 1 to 4 choose, Enter is Done.";
  static drawn(pieces, value) {
    const el = element("div", "board");
    el.append(picture(pieces.at(Number(value) - CHOICES), ""));
    return el;
  }
  constructor(pieces) {
    super();
    const asked = pieces.slice(0, -CHOICES), options = pieces.slice(-CHOICES);
    this.board = element("div", `board asked${asked.length > 1 ? " parts" : ""}`);
    this.board.append(...asked.map((src, k) => picture(src, asked.length > 1 ? `Part ${k + 1}` : "What is asked about")));
    this.options = options.map((src, k) => {
      const el = button("", "option", () => this.choose(k));
      el.append(picture(src, ""), element("span", "", { textContent: LETTERS[k] }));
      return Object.assign(el, { ariaLabel: `Choose ${LETTERS[k]}`, ariaPressed: false });
    });
    this.el = element("div", "play");
    const row = element("div", "options");
    row.append(...this.options);
    this.el.append(this.board, row);
  }
}

// All pieces in a row, of which something is to be said: one of a few words.
class Decide extends Options {
  static keys = "Keys: a number says it, Enter is Done.";
  static drawn(pieces) {
    const el = element("div", "board row");
    el.append(...pieces.map(src => picture(src, "")));
    return el;
  }
  constructor(pieces, names) {
    super();
    this.el = element("div", "play");
    this.el.append(Decide.drawn(pieces));
    this.buttons = names.map((name, k) => button(name, "option", () => this.choose(k), String(k + 1)));
    this.options = this.buttons;
  }
}

const KINDS = { turn: Turn, place: Place, sort: Sort, choose: Choose, decide: Decide };

class View {
  constructor(root) {
    this.root = root;
    [this.count, this.score] = ["count", "score"].map(name => element("span", name));
    this.bar = element("div", "bar");
    this.bar.append(this.count, this.score);
    this.invitation = element("p", "invitation");
    this.extra = element("div", "extra");
    this.desk = element("div", "desk");
    this.hint = element("p", "hint");
    this.buttons = element("div", "buttons");
    this.said = element("div", "said", { ariaLive: "polite" });
    const sheet = element("div", "sheet");
    sheet.append(this.bar, this.invitation, this.extra, this.desk, this.buttons, this.hint);
    root.replaceChildren(sheet, this.said);
    root.onkeydown = event => this.key(event);
  }

  update(data, send) {
    const other = this.game !== data.game;
    Object.assign(this, { data, send, game: data.game, kind: KINDS[data.kind] });
    if (!games.has(data.game)) games.set(data.game, {});
    this.answers = games.get(data.game);
    this.root.style.setProperty("--on-primary", data.onPrimary);
    const called = data.called ?? null, news = called !== null && called !== this.called;
    this.called = called;
    if (other) this.go(news ? called : this.next());
    else if (news && called !== this.at) this.go(called);
    else if (this.at === null || this.own(this.at) !== undefined || data.mode === "show") this.draw();
    else this.tell();
  }

  own(k) { return this.data.outcomes[k]?.own ?? this.answers[k]; }
  next() {
    const k = this.data.pieces.findIndex((_, k) => this.own(k) === undefined);
    return k < 0 ? null : k;
  }

  go(k) {
    const held = this.root.contains(this.root.getRootNode().activeElement);
    this.at = k;
    this.draw();
    if (held) (this.play?.focus ? this.play : this.root).focus({ preventScroll: true });
  }

  draw() {
    const { data, at } = this, over = at === null || this.own(at) !== undefined || data.outcomes[at]?.right;
    const held = this.root.contains(this.root.getRootNode().activeElement);
    this.play = null;
    this.root.dataset.state = at === null ? "over" : over ? "answered" : "asked";
    this.root.dataset.mode = data.mode;
    if (over) this.reveal();
    else this.ask();
    this.tell();
    if (held && over) (this.buttons.firstChild ?? this.root).focus({ preventScroll: true });
  }

  ask() {
    const { data, at } = this, play = this.play = new this.kind(data.pieces[at], data.names);
    const done = button("Done", "main done", () => this.answer(), "");
    play.changed = () => {
      done.disabled = !play.ready;
      this.said.textContent = play.spoken;
    };
    this.desk.replaceChildren(play.el);
    this.buttons.replaceChildren(...(data.mode === "show" ? [] : [...(play.buttons ?? []), done]));
    play.settle = () => done.focus({ preventScroll: true });
    play.el.inert = data.mode === "show";
    this.extra.replaceChildren(...(play.extra ? [play.extra] : []));
    this.extra.inert = data.mode === "show";
    this.invitation.textContent = data.invitation;
    this.hint.replaceChildren(this.kind.hint, element("span", "keys", { textContent: ` ${this.kind.keys}` }));
    play.changed();
  }

  answer() {
    if (!this.play?.ready || this.data.mode === "show") return;
    this.answers[this.at] = this.play.value;
    this.draw();
    this.send({ ...this.answers });
  }

  // One's own answer, the network's and the picture beside one another.
  reveal() {
    const { data, at } = this, more = this.next() !== null;
    this.desk.replaceChildren(...(at === null ? [] : [this.outcome(data.outcomes[at] ?? {}, data.pieces[at])]));
    this.extra.replaceChildren();
    this.invitation.textContent = at === null ? `All ${data.pieces.length} puzzles are played.` : "";
    this.hint.textContent = "";
    const on = button("Next puzzle", "main next", () => this.go(this.next()), "Enter");
    this.buttons.replaceChildren(...(data.mode === "play" && more ? [on] : []));
  }

  outcome({ own = this.answers[this.at], right, said, sure, words }, pieces) {
    const el = element("div", "outcome"), verdict = value => value === right ? "✓ right" : "✗ wrong";
    const part = (title, board, alt, mark = "", more = "") => {
      const box = element("figure", mark.startsWith("✓") ? "right" : mark ? "wrong" : "");
      const line = element("figcaption");
      board.role = "img";
      board.ariaLabel = alt;
      line.append(element("strong", "", { textContent: title }), ` ${mark}`, element("small", "", { textContent: more }));
      box.append(board, line);
      return box;
    };
    const open = right !== undefined && right !== null;
    if (own !== undefined && own !== null) {
      const how = open ? words.own : "";
      el.append(part("You", this.kind.drawn(pieces, own), `Your answer: ${how}`, open ? verdict(own) : "", how));
    }
    if (!open) {
      const waits = this.called === this.at && this.data.outcomes[this.at];
      el.append(element("p", "wait", { textContent: waits ? "Kept. The answer is revealed to all at once." : "…" }));
      return el;
    }
    const how = `${words.said}, ${Math.round(100 * sure)} % sure`, src = this.data.wholes[this.at];
    const whole = this.kind.solved?.(src, right) ?? element("div", "board whole");
    if (!this.kind.solved) whole.append(picture(src, ""));
    el.append(part("The network", this.kind.drawn(pieces, said), `The network's answer: ${how}`, verdict(said), how));
    el.append(part("The picture", whole, "The picture that the puzzle is made of", "", words.right));
    return el;
  }

  tell() {
    const { data, at } = this, told = Object.values(data.outcomes).filter(one => one.right && one.own);
    const right = name => told.filter(one => one[name] === one.right).length;
    this.count.textContent = at === null ? "" : `Puzzle ${at + 1} of ${data.pieces.length}`;
    this.score.textContent = told.length && data.mode === "play"
      ? `Right of ${told.length}: you ${right("own")}, network ${right("said")}` : "";
    if (at !== null && data.outcomes[at]?.right && this.spoken !== `${this.game} ${at}`) {
      this.spoken = `${this.game} ${at}`;
      this.said.textContent = [...this.desk.querySelectorAll("figcaption")].map(line => line.textContent).join(". ");
    }
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.data.mode === "show") return;
    const onButton = event.target.closest?.("button");
    if (this.play?.key(event)) event.preventDefault();
    else if (event.key === "Enter" && !onButton) {
      if (this.play) this.answer();
      else this.buttons.firstChild?.click();
      event.preventDefault();
    }
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".puzzle"), view = root.view ??= new View(root), call = view.call = {};
  view.update(data, answers => setTriggerValue("answers", answers));
  return () => { if (view.call === call) { root.view = null; root.onkeydown = null; } };
}
