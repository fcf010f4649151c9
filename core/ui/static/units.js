// The channels of a stage: a mosaic cut into buttons, the chosen one large beside the picture. The server hears of a
// choice once the keys have come to rest.
const REST = 120; // ms

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".units");
  const { shown, first, across } = data;
  const rows = Math.ceil(shown / across);
  const kept = Number(root.dataset.picked);
  let picked = root.dataset.of === data.mosaic.slice(-64) && kept >= first && kept < first + shown ? kept : data.picked;
  let resting = 0;
  root.dataset.of = data.mosaic.slice(-64);

  const cut = (el, k) => {
    el.style.backgroundImage = `url(${data.mosaic})`;
    el.style.backgroundSize = `${across * 100}% ${rows * 100}%`;
    const [x, y] = [k % across, Math.floor(k / across)];
    el.style.backgroundPosition = `${across > 1 ? 100 * x / (across - 1) : 0}% ${rows > 1 ? 100 * y / (rows - 1) : 0}%`;
  };
  const make = (tag, cls, label) => {
    const el = document.createElement(tag);
    el.className = cls;
    if (label) el.setAttribute("aria-label", label);
    return el;
  };

  const seen = make("img", "seen");
  Object.assign(seen, { src: data.picture, alt: "The picture that the network is shown" });
  const large = make("div", "large");
  large.setAttribute("role", "img");
  const word = make("span", "word");
  const side = make("div", "side");
  side.append(seen, large, word);
  const grid = make("div", "grid", "Channels");
  grid.setAttribute("role", "group");
  const tiles = Array.from({ length: shown }, (_, k) => {
    const el = make("button", "tile", `Channel ${first + k}`);
    el.type = "button";
    el.title = `Channel ${first + k}`;
    cut(el, k);
    el.onclick = () => choose(k);
    grid.append(el);
    return el;
  });

  const show = () => {
    tiles.forEach((el, k) => {
      el.tabIndex = k === picked - first ? 0 : -1;
      el.setAttribute("aria-pressed", k === picked - first);
    });
    cut(large, picked - first);
    large.setAttribute("aria-label", `What channel ${picked} answers to it`);
    word.textContent = `Channel ${picked}`;
    root.dataset.picked = picked;
  };
  const choose = k => {
    picked = first + k;
    show();
    tiles[k].focus();
    clearTimeout(resting);
    resting = setTimeout(() => setStateValue("picked", picked), REST);
  };
  grid.onkeydown = event => {
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const next = picked - first + step;
    if (!step || next < 0 || next >= shown) return;
    choose(next);
    event.preventDefault();
  };
  const held = root.contains(root.getRootNode().activeElement);
  root.replaceChildren(side, grid);
  show();
  if (held) tiles[picked - first].focus({ preventScroll: true });
  return () => clearTimeout(resting);
}
