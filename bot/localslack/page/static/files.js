// Draws a file under a message: a picture as it is, with its alternative text; anything else as a box to open or save.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { me } from "./store.js";
import { showText } from "./dialogs.js";
export function file(one) {
  const address = `/page/files/${one.id}?as=${me().id}`;
  if (one.picture) return h("img", { class: "file-picture", src: address, alt: one.alternative || one.title });
  const view = async () => showText(one.name, await (await fetch(address)).text(), `${address}&download=1`);
  return h("div", { class: "file" },
    h("span", { class: "file-sign", "aria-hidden": "true" }, icon("file")),
    h("div", { class: "file-words" }, h("strong", {}, one.title), h("span", { class: "faint" }, size(one.size))),
    h("button", { type: "button", class: "button", on: { click: view } }, "View"),
    h("a", { class: "button", href: `${address}&download=1`, download: one.name }, "Download"));
}

const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);
