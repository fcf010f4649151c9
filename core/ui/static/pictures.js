// Pictures from the camera, from files and from dropped folders, each reduced before anything is sent.
const PICTURE = /\.(jpe?g|png|webp|gif|bmp|tiff?|heic|heif|avif)$/i;
const FILES_INSTEAD = "add pictures from files instead.";
const TROUBLE = {
  NotAllowedError: "The camera was not allowed: allow it beside the page's address and turn it on again, or " + FILES_INSTEAD,
  NotFoundError: "No camera was found: plug one in and turn it on, or " + FILES_INSTEAD,
  NotReadableError: "Another program uses the camera: close it and turn it on again, or " + FILES_INSTEAD,
};
const INSECURE = "Browsers give their camera only to https addresses and to localhost. "
  + "Ask for an https address of this page, or add pictures from files: a phone offers its own camera there.";

function h(tag, set = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(set)) {
    if (name in el) el[name] = value; else el.setAttribute(name, value);
  }
  el.append(...children);
  return el;
}

/** The whole of a picture as a JPEG of at most so many bytes; quality 0.9 and the short side `short` if that is enough. */
async function jpeg(source, width, height, { short, mostBytes }) {
  const scale = Math.min(1, short / Math.min(width, height));
  const canvas = h("canvas", { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "white";  // what is transparent becomes white, as on the server
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  for (const quality of [0.9, 0.8, 0.65]) {
    const blob = await new Promise(done => canvas.toBlob(done, "image/jpeg", quality));
    if (!blob) throw new Error("no picture");
    if (blob.size <= mostBytes) return { blob, url: URL.createObjectURL(blob) };
  }
  return jpeg(canvas, canvas.width, canvas.height, { short: 0.7 * Math.min(canvas.width, canvas.height), mostBytes });
}

async function reduced(file, limits) {
  const bitmap = await createImageBitmap(file);  // upright, as its metadata say
  try { return await jpeg(bitmap, bitmap.width, bitmap.height, limits); } finally { bitmap.close(); }
}

const base64 = blob => new Promise((done, fail) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => fail(reader.error);
  reader.readAsDataURL(blob);
});

/** What was dropped, as {file, folder}; folders are walked through, each file named by the one it lies in. */
async function dropped(transfer) {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);  // before any await
  if (!entries.length) return [...transfer.files].map(file => ({ file, folder: "" }));
  const found = [];
  const walk = async (entry, folder) => {
    if (entry.isFile) {
      found.push({ file: await new Promise((done, fail) => entry.file(done, fail)), folder });
      return;
    }
    const reader = entry.createReader();
    for (let some; (some = await new Promise((done, fail) => reader.readEntries(done, fail))).length;) {
      for (const inner of some) if (!inner.name.startsWith(".")) await walk(inner, entry.name);
    }
  };
  for (const entry of entries) await walk(entry, "");
  return found;
}

function stopCamera(album) {
  album.stream?.getTracks().forEach(track => track.stop());
  album.stream = null;
}

/** Turn the camera on, or the next one; returns why it did not start, or "". */
async function startCamera(album, next = false) {
  if (!window.isSecureContext) return INSECURE;
  if (!navigator.mediaDevices?.getUserMedia) return TROUBLE.NotFoundError;
  const now = album.stream?.getVideoTracks()[0].getSettings() ?? {};
  const wanted = { width: { ideal: 640 }, height: { ideal: 480 } };
  if (next && now.facingMode) {
    wanted.facingMode = { ideal: now.facingMode === "user" ? "environment" : "user" };
  } else if (next) {
    const ids = album.cameras.map(device => device.deviceId);
    wanted.deviceId = { exact: ids[(ids.indexOf(now.deviceId) + 1) % ids.length] };
  } else {
    wanted.facingMode = { ideal: "environment" };  // on a phone, the one that sees what lies before you
  }
  stopCamera(album);
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    if (!album.filming || album.stream) { stream.getTracks().forEach(track => track.stop()); return ""; }  // too late
    album.stream = stream;
    stream.getVideoTracks()[0].onended = () => { stopCamera(album); album.show(); };  // unplugged
    album.cameras = (await navigator.mediaDevices.enumerateDevices()).filter(device => device.kind === "videoinput");
    return "";
  } catch (error) {
    return TROUBLE[error.name] ?? `The camera did not start (${error.name}): ${FILES_INSTEAD}`;
  }
}
