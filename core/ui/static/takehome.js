// A chart of the page as a picture: Plotly's layers become one SVG on the theme's ground, or a PNG of twice its size.
const SVG = "http://www.w3.org/2000/svg";
const TWICE = 2;
const PATIENCE = 5_000, LOOK = 100;  // milliseconds

function picture(key, ground) {
  const plot = document.querySelector(`.st-key-${CSS.escape(key)} .js-plotly-plot`);
  const layers = [...(plot?.querySelectorAll("svg.main-svg") ?? [])];
  if (!layers.length) return null;
  const [width, height] = ["width", "height"].map(side => parseFloat(layers[0].getAttribute(side)));
  const svg = document.createElementNS(SVG, "svg");
  const set = (node, values) => Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));
  set(svg, { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` });
  const back = document.createElementNS(SVG, "rect");
  set(back, { width, height, fill: ground });
  svg.append(back, ...layers.flatMap(layer => [...layer.cloneNode(true).children]));
  svg.querySelectorAll(".draglayer, .hoverlayer").forEach(node => node.remove());  // what only a mouse needs
  return { text: new XMLSerializer().serializeToString(svg), width, height };
}

// The picture as soon as the chart is drawn, which on a slow machine is a while after its buttons; null if it never is.
async function drawn(key, ground) {
  const late = performance.now() + PATIENCE;
  while (performance.now() < late) {
    const found = picture(key, ground);
    if (found) return found;
    await new Promise(done => setTimeout(done, LOOK));
  }
  return null;
}

async function asPng({ text, width, height }) {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    image.src = address;
    await image.decode();
  } finally {
    URL.revokeObjectURL(address);
  }
  const canvas = Object.assign(document.createElement("canvas"), { width: TWICE * width, height: TWICE * height });
  const context = canvas.getContext("2d");
  context.scale(TWICE, TWICE);
  context.drawImage(image, 0, 0, width, height);
  return new Promise(done => canvas.toBlob(done, "image/png"));
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const KINDS = {
  PNG: asPng,
  SVG: ({ text }) => new Blob([text], { type: "image/svg+xml" }),
};

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".figure");
  const said = root.querySelector(".said");
  for (const [kind, make] of Object.entries(KINDS)) {
    let button = root.querySelector(`button[value="${kind}"]`);  // the same one when drawn anew: it keeps the keyboard
    if (!button) {
      button = Object.assign(document.createElement("button"), { type: "button", textContent: kind, value: kind });
      said.before(button);
    }
    button.setAttribute("aria-label", `${data.title}, as ${kind}`);
    button.onclick = async () => {
      said.textContent = "One moment: the figure is being drawn …";
      const found = await drawn(data.chart, data.ground);
      said.textContent = found ? "" : "Open the part of the page that shows this figure first.";
      if (found) save(await make(found), `${data.name}.${kind.toLowerCase()}`);
    };
  }
}
