// Files of this machine: picked with a button or dropped, uploaded at once, listed with their size, and removed again.
import { fill, h, iconButton } from "./dom.js";
import { busy, sendAction, toast } from "./actions.js";
import { size } from "./files.js";
import { icon } from "./icons.js";

/** More than this is slow on its way to the local Slack; its own limits are lower. */
const MOST_BYTES = 20_000_000;

/**
 * A button that picks files, and the list of those that are chosen. chosen: [{ id, name, size }]; most: how many can
 * be sent; types: extensions; look: the attributes of the button; next: what has the focus after files were chosen.
 * The answer: { button, list, get, set, add }.
 */
export function chooser({ chosen = [], most = Infinity, types = [], look, words, changed = () => {}, next }) {
  let files = [...chosen];
  const native = h("input", {
    type: "file", multiple: most > 1, accept: types.map((one) => `.${one}`).join(",") || null,
    on: { change: async () => { const picked = [...native.files]; native.value = ""; await add(picked); } },
  });
  const button = h("button", { type: "button", ...look, on: { click: () => native.click() } }, words);
  const list = h("ul", { class: "attached", "aria-label": "Chosen files" });

  async function add(picked) {
    const fresh = (await busy(button, () => upload(picked))) || [];
    if (!fresh.length) return;
    take(most === 1 && fresh.length === 1 ? fresh : [...files, ...fresh]);
    (next || button).focus();
  }

  function take(all) {
    set(all);
    changed(files);
  }

  function set(all) {
    files = [...all];
    list.hidden = !files.length;
    fill(list, files.map((one) => h("li", {}, icon("file"),
      h("span", { class: "file-words" }, h("strong", {}, one.name), h("span", { class: "faint" }, size(one.size))),
      iconButton("close", `Remove ${one.name}`, () => { take(files.filter((other) => other !== one)); button.focus(); }))));
  }

  set(files);
  return { button, list, get: () => files, set, add };
}

/** Upload files one by one; those that cannot be uploaded are told of and left out. */
async function upload(picked) {
  const done = [];
  for (const file of picked) {
    if (file.size > MOST_BYTES) toast(`${file.name} is larger than 20 MB.`);
    else {
      const content = await read(file);
      const answer = content === null ? {} : await sendAction("upload", { filename: file.name, content });
      if (content === null) toast(`${file.name} can't be read.`);
      else if (answer.file) done.push(answer.file);
    }
  }
  return done;
}

/** The content in base64; null for what cannot be read, such as a folder. */
const read = (file) => new Promise((answer) => {
  const reader = new FileReader();
  reader.onload = () => answer(reader.result.split(",")[1] || "");
  reader.onerror = () => answer(null);
  reader.readAsDataURL(file);
});

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** Take files that are dropped on a node. */
export function takesDrops(node, add) {
  node.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    node.classList.add("dropping");
  });
  node.addEventListener("dragleave", (event) => node.contains(event.relatedTarget) || node.classList.remove("dropping"));
  node.addEventListener("drop", (event) => {
    node.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
}

/** A file that is dropped beside every place for it must not be opened instead of the page. */
export function keepsThePage() {
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => hasFiles(event) && event.preventDefault());
}
