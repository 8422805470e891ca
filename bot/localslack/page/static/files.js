// Draws a file under a message: a picture, or its name with ways to read it, to keep it, or to open it where it lies.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { me } from "./store.js";
import { showText } from "./dialogs.js";

export function file(one) {
  if (one.deleted) return h("p", { class: "file faint" }, icon("trash"), " This file was deleted.");
  const address = `/page/files/${one.id}?as=${me().id}`;
  if (one.picture) return h("img", { class: "file-picture", src: address, alt: one.alternative || one.title });
  const view = async () => showText(one.name, await (await fetch(address)).text(), `${address}&download=1`);
  const ways = one.url
    ? [h("a", { class: "button", href: one.url, target: "_blank", rel: "noopener noreferrer", "aria-label": `Open ${one.name}` }, "Open")]
    : [one.readable && h("button", { type: "button", class: "button", "aria-label": `View ${one.name}`, on: { click: view } }, "View"),
      h("a", { class: "button", href: `${address}&download=1`, download: one.name, "aria-label": `Download ${one.name}` }, "Download")];
  return h("div", { class: "file" },
    h("span", { class: "file-sign", "aria-hidden": "true" }, icon("file")),
    h("div", { class: "file-words" }, h("strong", {}, one.title), h("span", { class: "faint" }, one.url ? "on another host" : size(one.size))),
    h("div", { class: "file-ways" }, ways));
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
