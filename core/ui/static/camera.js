// Class cards that are filled from the camera or from files, and handed over all at once. Follows pictures.js.
const ALBUMS = new Map();  // by name: what was taken survives another choice on the page, until it is used
const FIRST_WAIT = 400, BURST = 180;  // ms: from pressing to a burst, and between two of its snapshots
const touches = () => matchMedia("(pointer: coarse)").matches;
const emptyClass = () => ({ name: "", pictures: [] });
const titled = (cls, k) => cls.name.trim() || `Class ${k + 1}`;
const forget = album => album.classes.flatMap(cls => cls.pictures).forEach(picture => URL.revokeObjectURL(picture.url));

export default function ({ data, parentElement, setTriggerValue }) {
  const name = data.name;
  if (!ALBUMS.has(name)) ALBUMS.set(name, { classes: [emptyClass(), emptyClass()], stream: null, cameras: [], problem: "", said: "" });
  const album = ALBUMS.get(name);
  album.filming = data.camera;
  if (album.answered !== data.answered) Object.assign(album, { sending: false, problem: data.problem });
  album.answered = data.answered;
  album.taken = data.taken;
  const root = parentElement.querySelector(".album");
  let cards = [], held = null;

  const video = h("video", { autoplay: true, muted: true, playsInline: true, "aria-label": "What the camera sees" });
  const turnOn = h("button", { type: "button", textContent: "Turn on the camera", onclick: () => camera() });
  const other = h("button", { type: "button", textContent: "Other camera", onclick: () => camera(true) });
  const trouble = h("p", { className: "trouble", role: "alert" });
  const screen = h("div", { className: "screen" }, video, h("div", { className: "row" }, turnOn, other), trouble);
  const list = h("div", { className: "classes" });
  const more = h("button", { type: "button", textContent: "Add a class", onclick: () => { grow().querySelector("input").focus(); } });
  const use = h("button", { type: "button", className: "primary", textContent: "Use these pictures", onclick: send });
  const status = h("p", { className: "status", role: "status" });
  const hint = h("p", { className: "hint" });
  const end = h("div", { className: "row end" }, more, use, status);
  const sides = h("div", { className: "sides" }, screen, h("div", {}, hint, list, end));
  root.replaceChildren(h("div", { className: "bench" }, sides));

  const camera = async next => {
    trouble.textContent = await startCamera(album, next);
    album.show();
  };

  function screenUpdate() {
    const on = !!album.stream;
    screen.hidden = !data.camera;
    sides.classList.toggle("filming", data.camera && on);
    video.hidden = !on;
    if (video.srcObject !== album.stream) video.srcObject = album.stream;
    video.onloadeddata = () => cards.forEach(card => card.update());
    const facing = album.stream?.getVideoTracks()[0].getSettings().facingMode;
    video.classList.toggle("mirrored", facing !== "environment");
    turnOn.hidden = on || !window.isSecureContext;
    other.hidden = !on || album.cameras.length < 2;
    const first = touches() ? "Add ten or more pictures of each class." : "Drop a folder of pictures for each class here, or add pictures below.";
    hint.textContent = !data.camera ? `${first} They are made small before they leave this device.`
      : on ? "Turn and move what you show between snapshots: a test on copies would be too easy." : "";
    cards.forEach(card => card.update());
  }

  function wanted() {
    const filled = album.classes.map((cls, k) => ({ name: titled(cls, k), count: cls.pictures.length })).filter(c => c.count);
    const few = filled.find(cls => cls.count < data.fewest);
    const names = filled.map(cls => cls.name.toLowerCase());
    const twice = filled.find((cls, k) => names.indexOf(cls.name.toLowerCase()) < k);
    if (twice) return `Two classes are called ${twice.name}: give each a name of its own.`;
    if (few && filled.length > 1) return `${few.name} needs at least ${data.fewest} pictures.`;
    if (filled.length < 2) return `Two classes are needed, of ${data.good} pictures or more.`;
    return "";
  }

  // What goes on while a file is read shows on the page of now: Streamlit may have drawn it anew meanwhile.
  album.show = cls => {
    if (cls) cards[album.classes.indexOf(cls)]?.update(); else screenUpdate();
    statusUpdate();
  };
  // What was said stays until the student does something more, however often the page is drawn anew.
  album.say = words => { album.said = words; statusUpdate(); };

  function statusUpdate() {
    const missing = wanted();
    use.disabled = !!(missing || album.sending || album.reading);
    more.hidden = album.classes.length >= data.mostClasses;
    status.textContent = album.sending ? "Sending …" : album.reading || [album.said, missing || album.problem].filter(Boolean).join(" ");
  }

  const room = cls => data.mostPictures - cls.pictures.length;

  function put(cls, picture) {
    cls.pictures.unshift(picture);  // the newest first, where it is seen
    album.problem = "";
    album.show(cls);
  }

  async function snap(cls) {
    if (!album.stream || room(cls) <= 0 || !video.videoWidth) return;
    album.said = "";
    put(cls, await jpeg(video, video.videoWidth, video.videoHeight, data));
  }

  /** Read files one by one into their classes; what is no picture, or too much, is said. */
  async function read(pairs) {
    const bad = [], left = [];
    let done = 0;
    album.said = "";
    for (const [cls, file] of pairs) {
      album.reading = `Reading picture ${++done} of ${pairs.length} …`;
      if (room(cls) <= 0) { left.push(file.name); continue; }
      try { put(cls, await reduced(file, data)); } catch { bad.push(file.name); }
    }
    album.reading = "";
    const said = [];
    if (bad.length) said.push(`${bad.length} of ${pairs.length} files could not be read: ${bad.slice(0, 3).join(", ")}${bad.length > 3 ? ", …" : ""}.`);
    if (left.length) said.push(`${left.length} pictures were left out: a class holds ${data.mostPictures} here, in a zip any number.`);
    album.say(said.join(" "));
  }

  function classFor(folder) {
    const same = album.classes.find((cls, k) => titled(cls, k).toLowerCase() === folder.toLowerCase());
    const free = same ?? album.classes.find(cls => !cls.pictures.length && !cls.name.trim());
    if (!free && album.classes.length >= data.mostClasses) return null;
    const cls = free ?? album.classes[album.classes.push(emptyClass()) - 1];
    cls.name = cls.name.trim() || folder;
    return cls;
  }

  async function drop(event) {
    event.preventDefault();
    root.classList.remove("over");
    const at = cards.findIndex(card => event.composedPath().includes(card.el));
    const files = (await dropped(event.dataTransfer)).filter(({ file }) => file.type.startsWith("image/") || PICTURE.test(file.name));
    const lost = new Set(), pairs = [];
    for (const { file, folder } of files) {
      const cls = folder ? classFor(folder) : album.classes[at] ?? null;
      if (cls) pairs.push([cls, file]); else lost.add(folder);
    }
    draw();
    await read(pairs);
    const said = [album.said];
    if (!files.length) said.push("No pictures were in it; a zip goes to the choice “A zip”.");
    if (lost.has("")) said.push("Drop loose pictures onto the class that they belong to.");
    else if (lost.size) said.push(`At most ${data.mostClasses} classes here; left out: ${[...lost].join(", ")}. A zip may hold more.`);
    album.say(said.filter(Boolean).join(" "));
  }

  async function send() {
    album.sending = true;
    album.said = "";
    const filled = album.classes.map((cls, k) => ({ name: titled(cls, k), pictures: cls.pictures })).filter(c => c.pictures.length);
    statusUpdate();
    const classes = [];
    for (const cls of filled) classes.push({ name: cls.name, pictures: await Promise.all(cls.pictures.toReversed().map(p => base64(p.blob))) });
    setTriggerValue("pictures", classes);
  }

  function card(cls, k) {
    const label = h("input", { type: "text", maxLength: 40, value: cls.name, placeholder: `Class ${k + 1}`, "aria-label": `Name of class ${k + 1}` });
    const count = h("span", { className: "count" });
    const picker = h("input", { type: "file", accept: "image/*", multiple: true, hidden: true });
    const shooter = h("input", { type: "file", accept: "image/*", capture: "environment", hidden: true });
    const shoot = h("button", { type: "button", textContent: "Snap", className: "snap", title: "Hold for many" });
    const add = h("button", { type: "button", textContent: "Add pictures", onclick: () => picker.click() });
    const phone = h("button", { type: "button", textContent: "Take one", onclick: () => shooter.click() });
    const away = h("button", { type: "button", textContent: "✕", className: "away", onclick: () => remove(cls) });
    const strip = h("div", { className: "strip" });
    label.oninput = () => { cls.name = label.value; album.problem = album.said = ""; update(); statusUpdate(); };
    for (const input of [picker, shooter]) {
      input.onchange = async () => { const files = [...input.files]; input.value = ""; await read(files.map(file => [cls, file])); };
    }
    holding(shoot, () => snap(cls));

    function thumb(picture, i) {
      const img = h("img", { src: picture.url, alt: "" });
      const label = `Delete picture ${cls.pictures.length - i} of ${titled(cls, k)}`;
      return h("button", { type: "button", className: "thumb", "aria-label": label, title: label, onclick: () => {
        URL.revokeObjectURL(picture.url);
        cls.pictures.splice(cls.pictures.indexOf(picture), 1);
        album.said = "";
        update();
        statusUpdate();
        (strip.children[Math.min(i, strip.childElementCount - 1)] ?? add).focus();
      } }, img);
    }

    function update() {
      const n = cls.pictures.length, title = titled(cls, k);
      count.textContent = n < data.good ? `${n} of ${data.good}` : n < data.mostPictures ? `${n} pictures` : `${n} pictures, full`;
      count.classList.toggle("enough", n >= data.good);
      shoot.hidden = !data.camera || !album.stream;
      phone.hidden = !touches() || !!album.stream;
      add.disabled = phone.disabled = n >= data.mostPictures;
      shoot.disabled = add.disabled || !video.videoWidth;  // before the first picture comes there is none to take
      shoot.setAttribute("aria-label", `Snap a picture of ${title}; hold for many`);
      add.setAttribute("aria-label", `Add pictures of ${title} from files`);
      phone.setAttribute("aria-label", `Take a picture of ${title} with this device's camera`);
      away.setAttribute("aria-label", `Remove ${title}`);
      away.hidden = album.classes.length <= 2;
      strip.replaceChildren(...cls.pictures.map(thumb));
    }

    const el = h("section", { className: "class", "aria-label": `Class ${k + 1}` },
      h("div", { className: "row" }, label, count, away), h("div", { className: "row" }, shoot, phone, add, picker, shooter), strip);
    return { el, update };
  }

  /** A press takes one; held, by mouse, finger or key, it takes many. */
  function holding(button, take) {
    const release = () => { clearTimeout(held); held = null; };
    const press = () => {
      release();
      take();
      const again = () => { take(); held = setTimeout(again, BURST); };
      held = setTimeout(again, FIRST_WAIT);
    };
    button.onpointerdown = event => { if (event.button === 0) { button.setPointerCapture(event.pointerId); press(); } };
    button.onpointerup = button.onpointercancel = button.onlostpointercapture = button.onblur = release;
    button.onkeydown = event => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) press();
    };
    button.onkeyup = release;
    button.oncontextmenu = event => event.preventDefault();  // a long touch
    button.onclick = event => { if (event.detail === 0) take(); };  // pressed by a screen reader
  }

  function grow() {
    album.classes.push(emptyClass());
    draw();
    return list.lastElementChild;
  }

  function remove(cls) {
    cls.pictures.forEach(picture => URL.revokeObjectURL(picture.url));
    album.classes.splice(album.classes.indexOf(cls), 1);
    album.said = "";
    draw();
    more.focus();
  }

  function draw() {
    cards = album.classes.map(card);
    list.replaceChildren(...cards.map(({ el }) => el));
    screenUpdate();
    statusUpdate();
  }

  root.ondragover = event => { event.preventDefault(); root.classList.add("over"); };
  root.ondragleave = event => { if (!root.contains(event.relatedTarget)) root.classList.remove("over"); };
  root.ondrop = drop;
  draw();
  if (!data.camera) { stopCamera(album); screenUpdate(); } else if (!album.stream) camera();

  return () => {
    clearTimeout(held);
    album.filming = false;
    stopCamera(album);
    if (album.taken) forget(album), ALBUMS.delete(name);
  };
}
