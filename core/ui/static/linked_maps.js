// Maps of the same pictures: what is pointed at, brushed or chosen in one is so in all. Three canvases a map, so that a
// frame draws only what changed: all points, dimmed by CSS while some are lit; the lit ones; rings around single ones.
// Places are shares of the map's side, 0..1 to the right and down. The server hears of a choice once the hand rests.
const NEAR = { mouse: 14, pen: 14, touch: 24 };  // px from a point that point at it
const DRAG = 5;                                  // px that make a brush of a click
const REST = 150, GLIDE = 200;                   // ms: until the server hears; from old to new places
const PICKED = "#E69F00";
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
// A marker a group, beside its hue: spikes, how deep the notches between them are (1: none), turned by (degrees).
const flat = sides => Math.cos(Math.PI / sides);
const STARS = [
  [12, 1, 0], [4, flat(4), 45], [3, flat(3), -90], [4, .36, 0], [2, .5, 0],
  [3, flat(3), 90], [4, .36, 45], [4, flat(4), 0], [5, .42, -90], [2, .5, 90],
];
const albums = new Map();  // what the pictures are, by their digest: sent once, and by itself
const views = new Set();

const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const indexes = text => new Uint16Array(bytes(text).buffer);
const places = text => Float32Array.from(indexes(text), place => place / 65535);
const text = data => Array.from(data, b => String.fromCharCode(b)).join("");
const base64 = ids => btoa(text(new Uint8Array(Uint16Array.from(ids).buffer)));
const many = count => `${count.toLocaleString("en")} picture${count === 1 ? "" : "s"}`;
const element = (tag, className, more) => Object.assign(document.createElement(tag), { className }, more);

// A star that is as large as a disc of this radius, so that no group weighs more than another.
function star(ctx, [spikes, notch, turn], x, y, radius) {
  const size = radius * Math.min(1.7, Math.sqrt(Math.PI / (spikes * notch * Math.sin(Math.PI / spikes))));
  ctx.beginPath();
  for (let k = 0; k < 2 * spikes; k++) {
    const angle = Math.PI * (turn / 180 + k / spikes), far = k % 2 ? size * notch : size;
    ctx.lineTo(x + far * Math.cos(angle), y + far * Math.sin(angle));
  }
  ctx.closePath();
}

function marker(kind, hue, ground, radius) {
  const half = Math.ceil(radius * 1.7) + 2, el = element("canvas", "", { width: 2 * half, height: 2 * half });
  const ctx = el.getContext("2d");
  star(ctx, STARS[kind % STARS.length], half, half, radius);
  Object.assign(ctx, { fillStyle: hue, strokeStyle: ground, lineWidth: Math.max(1, radius / 4), lineJoin: "round" });
  ctx.stroke();
  ctx.fill();
  return el;
}

const pixels = ({ width, height }, ctx) => new Uint32Array(ctx.getImageData(0, 0, width, height).data.buffer);
const stamp = canvas => ({ from: pixels(canvas, canvas.getContext("2d")), stride: canvas.width });

// A square out of `from` onto `to`. 10,000 of them take 5 ms of a core a frame, as drawImage 40 to 80 (without a GPU).
function copy(to, side, { from, stride }, at, size, x, y) {
  const first = Math.max(0, -x), last = Math.min(size, side - x), end = Math.min(size, side - y);
  for (let row = Math.max(0, -y); row < end; row++) {
    const source = at + row * stride, target = (y + row) * side + x;
    for (let k = first; k < last; k++) {
      const pixel = from[source + k];
      if (pixel >>> 31) to[target + k] = pixel | 0xff000000;  // half opaque is opaque
    }
  }
}

class OneMap {
  constructor(view) {
    Object.assign(this, { view, side: 0, now: new Float32Array(), to: new Float32Array() });
    [this.title, this.caption, this.kept] = ["title", "caption", "kept"].map(cls => element("div", cls));
    this.layers = ["base", "lit", "top"].map(cls => element("canvas", cls).getContext("2d"));
    this.brush = element("div", "brush", { hidden: true });
    this.box = element("div", "map", { tabIndex: 0, role: "application" });
    this.box.append(...this.layers.map(ctx => ctx.canvas), this.brush, this.kept);
    this.el = element("div", "panel");
    this.el.append(this.title, this.box, this.caption);
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(this.box);
    Object.assign(this.box, {
      onpointerdown: event => this.down(event),
      onpointermove: event => this.move(event),
      onpointerup: event => this.up(event),
      onpointercancel: () => this.lift(),
      onpointerleave: event => event.pointerType === "mouse" && !this.start && view.point(null),
      onblur: () => view.point(null),
      onkeydown: event => this.key(event),
    });
  }

  set(data) {
    const { count } = this.view, keys = "Arrow keys go from picture to picture, Enter chooses, Escape clears.";
    this.title.textContent = this.title.title = data.title;
    this.caption.textContent = data.caption || (count ? "" : "No pictures yet.");
    this.box.ariaLabel = `${data.title}: a map of ${many(count)}. ${keys}`;
    this.shares = bytes(data.kept);
    this.own = places(data.own);
    this.outlines = data.outlines.map(line => ({ ...line, points: places(line.points) }));
    if (data.points !== this.points) {
      const to = places(data.points), still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      this.from = still || this.to.length !== to.length ? to : this.now;
      this.now = Float32Array.from(this.from);
      [this.points, this.to, this.began] = [data.points, to, performance.now()];
    }
    if (this.side) this.resize();
  }

  resize() {
    const dots = this.dots = window.devicePixelRatio || 1, side = this.side = this.box.clientWidth;
    if (!side) return;
    const apart = side / Math.sqrt(this.view.count || 1);
    this.width = Math.round(side * dots);
    this.radius = dots * Math.max(2.2, Math.min(7, .3 * apart));
    this.tile = Math.round(dots * Math.max(8, Math.min(56, 1.2 * apart)));
    if (this.page?.width !== this.width) {
      this.page = new ImageData(this.width, this.width);
      for (const { canvas } of this.layers) canvas.width = canvas.height = this.width;
    }
    this.view.draw("base", "lit", "top");
  }

  // One step of the way to the new places; false once there.
  step(time) {
    if (this.from === this.to) return false;
    const done = Math.min(1, Math.max(0, (time - this.began) / GLIDE)), share = done * (2 - done);
    for (let k = 0; k < this.now.length; k++) this.now[k] = this.from[k] + share * (this.to[k] - this.from[k]);
    if (done === 1) this.now = this.from = this.to;
    return true;
  }

  // A layer with these pictures, or with all, as dots or as tiles that are edged with their group's hue.
  paint(ctx, ids) {
    const { view, now, width, tile, page } = this, count = ids ? ids.length : view.count, { colours } = view;
    const sheet = view.pictures ? view.sheet(tile) : null, edge = sheet && colours ? Math.round(1.5 * this.dots) : 0;
    const marks = sheet ? view.squares(tile + 2 * edge) : view.markers(this.radius);
    const to = new Uint32Array(page.data.buffer).fill(0);
    for (let n = 0; n < count; n++) {
      const k = ids ? ids[n] : n, mark = marks[colours ? colours[k] : 0], half = mark.stride / 2;
      const x = Math.round(now[2 * k] * width - half), y = Math.round(now[2 * k + 1] * width - half);
      copy(to, width, mark, 0, mark.stride, x, y);
      const at = sheet && (Math.floor(k / sheet.across) * sheet.stride + k % sheet.across) * tile;
      if (sheet) copy(to, width, sheet, at, tile, x + edge, y + edge);
    }
    ctx.putImageData(page, 0, 0);
  }

  drawBase() {
    const [ctx] = this.layers, { width } = this;
    this.paint(ctx, null);
    for (const { points, hue, closed } of this.outlines) {
      ctx.beginPath();
      for (let k = 0; k < points.length; k += 2) ctx.lineTo(points[k] * width, points[k + 1] * width);
      if (closed) ctx.closePath();
      Object.assign(ctx, { strokeStyle: hue, lineWidth: 3 * this.dots, lineJoin: "round" });
      ctx.stroke();
    }
  }

  drawLit() {
    this.paint(this.layers[1], this.view.lit ?? []);
  }

  drawTop() {
    const ctx = this.layers[2], { view, width, dots, own } = this, { picked, hover, ink, ground } = view;
    const reach = view.pictures ? this.tile * .72 : this.radius * 1.4;
    const ring = (x, y, radius, ...lines) => lines.forEach(([strokeStyle, line]) => {
      Object.assign(ctx, { strokeStyle, lineWidth: line * dots });
      ctx.beginPath();
      ctx.arc(x * width, y * width, radius, 0, 2 * Math.PI);
      ctx.stroke();
    });
    const around = (k, more, ...lines) => ring(this.now[2 * k], this.now[2 * k + 1], reach + more * dots, ...lines);
    this.paint(ctx, [picked, hover].filter(k => k !== null));  // above those that lie on them, and not dimmed
    for (const k of view.ringed) around(k, 1, [ground, 3.5], [ink, 1.75]);
    if (own.length) {
      ring(...own, 16 * dots, [ground, 5], [ink, 2.5]);
      star(ctx, [5, .45, -90], own[0] * width, own[1] * width, 9 * dots);
      Object.assign(ctx, { fillStyle: ink, strokeStyle: ground, lineWidth: 3 * dots });
      ctx.stroke();
      ctx.fill();
    }
    if (picked !== null) around(picked, 5, [ink, 7], [PICKED, 4]);
    if (hover !== null) around(hover, 3, [ground, 6], [ink, 3]);
    const share = this.shares[hover];
    this.kept.textContent = share === undefined ? "" : `${share} % of its neighbours kept`;
  }

  // All 10,000 places are looked through in less than 0.1 ms: an index of them would save nothing that is seen.
  nearest(x, y, far = Infinity, cost = (dx, dy) => dx * dx + dy * dy) {
    let best = null, least = far * far;
    for (let k = 0; k < this.view.count; k++) {
      const d = cost(this.to[2 * k] - x, this.to[2 * k + 1] - y);
      if (d < least) [best, least] = [k, d];
    }
    return best;
  }

  place(event) {
    const box = this.box.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }
  under(event) { return this.nearest(...this.place(event), (NEAR[event.pointerType] ?? NEAR.mouse) / this.side); }

  down(event) {
    if (event.button || !event.isPrimary) return;
    this.box.setPointerCapture(event.pointerId);
    this.start = this.place(event);
  }

  move(event) {
    if (!this.start) return this.view.point(this.under(event), this);
    const [[a, b], [c, d], { to }] = [this.start, this.place(event), this];
    if (this.brush.hidden && Math.hypot(c - a, d - b) * this.side < DRAG) return;
    const [left, top, right, bottom] = [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
    const inside = [], share = place => `${100 * place}%`;
    for (let k = 0; k < this.view.count; k++) {
      const x = to[2 * k], y = to[2 * k + 1];
      if (x >= left && x <= right && y >= top && y <= bottom) inside.push(k);
    }
    const size = { width: share(right - left), height: share(bottom - top) };
    Object.assign(this.brush.style, { left: share(left), top: share(top), ...size });
    this.brush.hidden = false;
    this.view.point(null);
    this.view.light(inside);
  }

  up(event) {
    const k = this.start && this.brush.hidden ? this.under(event) : undefined;
    this.lift();
    if (k === null) this.view.clear();
    else if (k !== undefined) this.view.choose(k, this);
  }
  lift() {
    this.start = null;
    this.brush.hidden = true;
  }

  key(event) {
    const { view } = this, way = WAYS[event.key];
    if (way) view.point(this.next(way), this, true);
    else if (event.key === "Enter" && view.hover !== null) view.choose(view.hover, this);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The next picture that way: ahead, and rather far than aside. The first key only shows where one is.
  next([right, down]) {
    const { hover, last } = this.view, ahead = (dx, dy) => {
      const along = dx * right + dy * down, aside = dx * down - dy * right;
      return along > 0 && Math.abs(aside) <= 2 * along ? along * along + 4 * aside * aside : Infinity;
    };
    if (hover === null) return last ?? this.nearest(.5, .5);
    return this.nearest(this.to[2 * hover], this.to[2 * hover + 1], Infinity, ahead) ?? hover;
  }

  leave() {
    this.sized.disconnect();
    this.el.remove();
  }
}

class View {
  constructor(root) {
    Object.assign(this, { root, maps: [], dirty: new Set(), marks: new Map(), pressed: null, pointed: null });
    this.toggle = element("input", "", { type: "checkbox", role: "switch" });
    this.tally = element("span", "tally");
    this.undo = element("button", "", { type: "button", textContent: "Clear" });
    this.grid = element("div", "grid");
    this.legend = element("div", "legend", { role: "group", ariaLabel: "Light up one group" });
    this.picture = element("div", "picture");
    this.words = element("div", "words");
    this.card = element("div", "card");
    this.said = element("div", "said", { ariaLive: "polite" });
    const label = element("label", "switch"), bar = element("div", "bar");
    label.append(this.toggle, "Pictures instead of dots");
    bar.append(label, this.tally, this.undo);
    this.card.append(this.picture, this.words);
    root.replaceChildren(bar, this.grid, this.legend, this.card, this.said);
    this.toggle.onchange = () => { this.pictures = this.toggle.checked; this.draw("base", "lit", "top"); };
    this.undo.onclick = () => { this.maps[0].box.focus({ preventScroll: true }); this.light([]); };
    root.onkeydown = event => { if (event.key === "Escape") this.clear(); };  // false would hold Tab
  }

  // New places move points and nothing else: as long as the pictures are the same, what one did with them stays.
  update(data, send) {
    if (data.of !== this.of) {
      const { of, picked, pictures } = data, brushed = indexes(data.brushed);
      Object.assign(this, { of, picked, pictures, brushed, hover: null, last: picked, album: null, sheets: new Map() });
      this.toggle.checked = pictures;
    }
    const { color: ink, backgroundColor: ground } = getComputedStyle(this.root), { colours } = data;
    Object.assign(this, { send, ink, ground, count: data.count, mark: indexes(data.mark) });
    this.colours = colours === null ? null : bytes(colours);
    this.hues = this.colours ? data.hues : [data.grey];
    this.marks.clear();
    while (this.maps.length > data.panels.length) this.maps.pop().leave();
    while (this.maps.length < data.panels.length) this.maps.push(new OneMap(this));
    this.maps.forEach((map, k) => {
      if (!map.el.isConnected) this.grid.append(map.el);
      map.set(data.panels[k]);
    });
    this.grid.dataset.maps = this.maps.length;
    this.name(this.colours ? data.names : []);
    this.furnish();
    this.relight();
    if (this.hover !== null) this.show(this.hover, this.over);
  }

  furnish() {
    if (this.album || !albums.has(this.of)) return;
    this.album = albums.get(this.of);
    this.image = Object.assign(new Image(), { onload: () => this.draw("base", "lit", "top") });
    this.image.src = `data:image/webp;base64,${this.album.sheet}`;
    this.picture.style.backgroundImage = `url(${this.image.src})`;
  }

  // All pictures at the size at which a map draws them. Null until they are there.
  sheet(tile) {
    if (!this.album || !this.image.naturalWidth) return null;
    if (this.sheets.size > 8) this.sheets.clear();  // of a window that was drawn wider and wider
    if (!this.sheets.has(tile)) {
      const { across, tile: side } = this.album, { naturalWidth, naturalHeight } = this.image;
      const canvas = element("canvas", "", { width: naturalWidth / side * tile, height: naturalHeight / side * tile });
      const ctx = Object.assign(canvas.getContext("2d"), { imageSmoothingQuality: "high" });
      ctx.drawImage(this.image, 0, 0, canvas.width, canvas.height);
      this.sheets.set(tile, { ...stamp(canvas), across });
    }
    return this.sheets.get(tile);
  }

  markers(radius) { return this.made(radius, (hue, k) => stamp(marker(k, hue, this.ground, radius))); }
  squares(size) {
    return this.made(-size, hue => {
      const canvas = element("canvas", "", { width: size, height: size });
      const ctx = Object.assign(canvas.getContext("2d"), { fillStyle: hue });
      ctx.fillRect(0, 0, size, size);
      return stamp(canvas);
    });
  }
  made(size, make) {
    if (!this.marks.has(size)) this.marks.set(size, this.hues.map(make));
    return this.marks.get(size);
  }

  name(names) {
    const drawn = JSON.stringify([names, this.hues, this.ground]);
    if (drawn === this.named) return;  // buttons that are made anew would lose the keyboard
    [this.named, this.pressed, this.pointed] = [drawn, null, null];
    const point = group => { this.pointed = group; this.relight(); };
    this.legend.replaceChildren(...names.map((name, k) => {
      const el = element("button", "group", { type: "button", title: name, ariaPressed: false });
      el.append(marker(k, this.hues[k], this.ground, 20), element("span", "", { textContent: name }));
      return Object.assign(el, {
        onpointerenter: event => event.pointerType === "mouse" && point(k),
        onpointerleave: () => point(null),
        onfocus: () => el.matches(":focus-visible") && point(k),
        onblur: () => point(null),
        onclick: () => this.press(this.pressed === k ? null : k),
      });
    }));
    this.legend.hidden = !names.length;
  }

  press(group) {
    this.pressed = group;
    [...this.legend.children].forEach((el, k) => { el.ariaPressed = k === group; });
    this.relight();
  }

  relight() {
    const group = this.pointed ?? this.pressed, { brushed, colours, mark } = this, some = brushed.length > 0;
    const among = some ? brushed : Uint16Array.from({ length: this.count }, (_, k) => k);
    this.lit = group !== null ? among.filter(k => colours[k] === group) : some ? brushed : null;
    const lit = new Set(this.lit);
    this.ringed = this.lit ? mark.filter(k => lit.has(k)) : mark;
    this.root.classList.toggle("dim", this.lit !== null);
    this.tally.textContent = some ? `${many(brushed.length)} brushed` : "";
    this.undo.hidden = !some;
    this.draw("lit", "top");
  }

  light(ids) {
    this.brushed = ids;
    this.relight();
    this.tell(this.tally.textContent);
  }

  choose(k, map) {
    this.picked = k;
    if (k !== null) this.point(k, map);
    this.draw("top");
    this.tell(k === null ? "" : `Chosen: ${this.words.textContent}`);
  }

  tell(words) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.said.textContent = words;
      this.send("chosen", { of: this.of, picked: this.picked, brushed: base64(this.brushed) });
    }, REST);
  }

  clear() {  // one thing at a time, first what dims the rest
    this.point(null);
    if (this.brushed.length) this.light([]);
    else if (this.pressed !== null) this.press(null);
    else if (this.picked !== null) this.choose(null);
  }

  point(k, map, spoken = false) {
    if (k === this.hover) return;
    [this.hover, this.over, this.last] = [k, map, k ?? this.last];
    this.card.classList.toggle("shown", k !== null);
    if (k !== null) this.show(k, map);
    if (spoken) this.said.textContent = this.words.textContent;
    this.draw("top");
  }

  // The card stands over or under its point, in the same map, so that the rings in the others stay in sight.
  show(k, map) {
    const { card, picture, root } = this, { side, to, box } = map, { across = 1, words = [] } = this.album ?? {};
    const rows = Math.ceil(this.count / across), share = (at, of) => `${of > 1 ? 100 * at / (of - 1) : 0}%`;
    picture.style.backgroundSize = `${100 * across}% ${100 * rows}%`;
    picture.style.backgroundPosition = `${share(k % across, across)} ${share(Math.floor(k / across), rows)}`;
    this.words.textContent = words[k] ?? "";
    card.style.maxWidth = `${side}px`;
    const here = box.getBoundingClientRect(), all = root.getBoundingClientRect();
    const [x, y] = [to[2 * k] * side, to[2 * k + 1] * side], away = map.radius / map.dots + 22, under = y < side / 2;
    const left = Math.max(0, Math.min(side - card.offsetWidth, x - card.offsetWidth / 2));
    card.style.left = `${here.left - all.left + left}px`;
    card.style.top = `${here.top - all.top + (under ? y + away : y - away - card.offsetHeight)}px`;
    map.kept.classList.toggle("high", under);  // out of the card's way
  }

  draw(...layers) {
    for (const layer of layers) this.dirty.add(layer);
    this.frame ??= requestAnimationFrame(time => this.render(time));
  }

  render(time) {
    const { dirty, root } = this;
    [this.frame, this.dirty] = [null, new Set()];
    for (const map of this.maps.filter(one => one.side)) {
      const moved = map.step(time);
      if (moved || dirty.has("base")) map.drawBase();
      if (moved || dirty.has("lit")) map.drawLit();
      if (moved || dirty.has("top")) map.drawTop();
      if (moved) this.draw();
    }
    Object.assign(root.dataset, { hover: this.hover ?? "", picked: this.picked ?? "", brushed: this.brushed.length });
  }

  leave() {
    this.maps.forEach(map => map.leave());
    cancelAnimationFrame(this.frame);
    clearTimeout(this.resting);
    views.delete(this);
    this.root.view = null;
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".maps");
  if (data.sheet) {
    const album = { ...data };
    albums.delete(root.of);
    albums.set(root.of = data.of, album);
    root.hidden = true;
    views.forEach(view => view.furnish());
    return () => { if (albums.get(album.of) === album) albums.delete(album.of); };
  }
  const view = root.view ??= new View(root), call = view.call = {};
  views.add(view);
  view.update(data, setStateValue);
  return () => { if (view.call === call) view.leave(); };  // not by a call that another one has overtaken
}
