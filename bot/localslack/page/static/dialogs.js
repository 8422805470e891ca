// Dialogs of the page's own: Slack's "are you sure", and a file to be read.
import { h, newId } from "./dom.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";

/** Show a dialog until it is closed; the focus goes back to what had it. */
export function show(dialog, opener) {
  const back = opener || document.activeElement;
  document.getElementById("dialogs").append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (back?.isConnected) back.focus();
  });
  dialog.showModal();
}

/** Ask as a confirm object says; true for yes. */
export function ask(confirm, opener) {
  return new Promise((answer) => {
    const title = newId("title");
    const text = newId("text");
    const reply = (yes) => { answer(yes); dialog.close(); };
    const yes = h("button", { type: "button", class: ["button", confirm.style === "danger" ? "danger" : "primary"], on: { click: () => reply(true) } },
      ...textObject(confirm.confirm || { text: "Yes" }));
    const no = h("button", { type: "button", class: "button", on: { click: () => reply(false) } },
      ...textObject(confirm.deny || { text: "Cancel" }));
    const dialog = h("dialog", { class: "dialog small", role: "alertdialog", "aria-labelledby": title, "aria-describedby": text, on: { cancel: () => answer(false) } },
      h("div", { class: "dialog-head" }, h("h2", { id: title }, ...textObject(confirm.title || { text: "Are you sure?" }))),
      h("div", { class: "dialog-body", id: text }, h("p", { class: "text" }, ...textObject(confirm.text || { text: "" }))),
      h("div", { class: "dialog-foot" }, no, yes));
    show(dialog, opener);
    yes.focus();
  });
}

/** Show a file's text. */
export function showText(name, body, download) {
  const title = newId("title");
  const dialog = h("dialog", { class: "dialog wide", "aria-labelledby": title },
    h("div", { class: "dialog-head" }, h("h2", { id: title }, name),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => dialog.close() } }, icon("close"))),
    h("div", { class: "dialog-body" }, h("pre", { class: "code-block tall", tabindex: "0" }, body)),
    h("div", { class: "dialog-foot" }, h("a", { class: "button", href: download, download: name }, "Download"),
      h("button", { type: "button", class: "button primary", on: { click: () => dialog.close() } }, "Close")));
  show(dialog);
}
