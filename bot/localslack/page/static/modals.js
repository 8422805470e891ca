// The topmost form of the acting person: redrawn when the bot changes it, otherwise kept as it is being typed.
import { fill, h, newId } from "./dom.js";
import { icon } from "./icons.js";
import { blocks } from "./blocks.js";
import { busy, failure, sendAction, elementRef } from "./actions.js";
import { plain } from "./mrkdwn.js";
import { store } from "./store.js";

let shown = null;
let opener = null;

export function updateModals() {
  const view = store.state?.views.at(-1);
  if (!view) return close();
  if (!shown) open();
  if (shown.view?.id !== view.id || shown.view.hash !== view.hash) draw(view);
  else refresh(view);
  return undefined;
}

function open() {
  opener = document.activeElement;
  const dialog = h("dialog", {
    class: "dialog modal",
    on: { cancel: (event) => { event.preventDefault(); back(); }, keydown: enter },
  });
  document.getElementById("dialogs").append(dialog);
  dialog.showModal();
  shown = { dialog, view: null };
}

function close() {
  if (!shown) return;
  shown.dialog.close();
  shown.dialog.remove();
  shown = null;
  const target = opener?.isConnected ? opener : document.querySelector(".composer textarea") || document.getElementById("main");
  target?.focus({ preventScroll: true });
}

const back = () => sendAction("close", { view_id: shown.view.id });

function enter(event) {
  const field = event.target.closest("input.field");
  if (event.key === "Enter" && field && !event.isComposing) {
    event.preventDefault();
    submit();
  }
}

function draw(view) {
  const again = shown.view?.id === view.id;
  const focused = again ? document.activeElement?.closest?.("[data-block]")?.dataset.block : null;
  const title = newId("title");
  shown.view = view;
  shown.inputs = new Map();
  shown.local = {};
  shown.dirty = new Set();
  shown.seen = {};
  shown.banner = h("div", { class: "dialog-alert", role: "alert" });
  const { dialog } = shown;
  dialog.setAttribute("aria-labelledby", title);
  const host = {
    viewId: view.id, values: view.values, inputs: shown.inputs, act,
    dirty: (block) => { shown.dirty.add(block); forget(block); },
    changed: (block) => { shown.dirty.add(block); forget(block); keep(block); },
  };
  shown.submit = view.submit && h("button", {
    type: "button", class: "button primary", disabled: view.submit_disabled, on: { click: submit },
  }, h("span", { class: "button-words" }, ...plain(view.submit.text)));
  fill(dialog,
    h("div", { class: "dialog-head" },
      h("span", { class: "avatar bot", "aria-hidden": "true" }),
      h("h2", { id: title, tabindex: "-1" }, ...plain(view.title.text)),
      store.state.views.length > 1 && h("span", { class: "stacked" }, `form ${store.state.views.length} of 3`),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", title: "Close", on: { click: () => sendAction("close_all") } }, icon("close"))),
    h("div", { class: "dialog-body" }, ...blocks(view.blocks, host)),
    shown.banner,
    h("div", { class: "dialog-foot" },
      h("button", { type: "button", class: "button", on: { click: back } }, ...plain(view.close?.text || (view.submit ? "Cancel" : "Close"))),
      shown.submit));
  for (const [block, input] of shown.inputs) {
    shown.seen[block] = JSON.stringify(held(view, block));
    input.error(view.errors[block]);
  }
  const field = shown.inputs.get(focused) || [...shown.inputs.values()][0];
  if (field) field.focus();
  else (shown.submit || dialog.querySelector(".dialog-foot button")).focus();
  dialog.querySelector(".dialog-body").scrollTop = 0;
}

/** The same view with other errors, or with what was typed in another window. */
function refresh(view) {
  shown.view = view;
  for (const [block, input] of shown.inputs) {
    const value = JSON.stringify(held(view, block));
    if (value !== shown.seen[block]) {
      shown.seen[block] = value;
      if (!shown.dirty.has(block) && !input.has(document.activeElement)) input.set(held(view, block));
    }
    input.error(shown.local[block] ?? view.errors[block]);
  }
  // The errors of a submitted form may come before or after the answer to the press.
  if (shown.submitted && [...shown.inputs.values()].some((input) => input.node.classList.contains("wrong"))) {
    shown.submitted = false;
    requestAnimationFrame(() => requestAnimationFrame(firstWrong));
  }
}

function held(view, block) {
  const values = view.values[block];
  return values ? Object.values(values)[0] ?? null : null;
}

function forget(block) {
  delete shown.local[block];
  shown.inputs.get(block).error(shown.view.errors[block]);
}

/** What differs from what the server has. */
function typed() {
  const values = {};
  for (const [block, input] of shown.inputs) {
    const value = input.get();
    if (JSON.stringify(value ?? null) !== JSON.stringify(held(shown.view, block))) values[block] = value;
  }
  return values;
}

/** Let the other windows and a reload have what was typed so far. */
async function keep(block) {
  const { view, inputs } = shown;
  const value = inputs.get(block).get();
  await sendAction("fill", { view_id: view.id, values: { [block]: value } }, { quiet: true });
  if (shown?.view?.id === view.id && JSON.stringify(inputs.get(block)?.get()) === JSON.stringify(value)) shown.dirty.delete(block);
}

async function submit() {
  const { submit: button, view } = shown;
  if (!button || button.disabled) return;
  fill(shown.banner);
  for (const input of shown.inputs.values()) input.error("");
  shown.submitted = true;
  const answer = await busy(button, () => sendAction("submit", { view_id: view.id, values: typed() }));
  if (!answer || shown?.view?.id !== view.id) return;
  shown.local = answer.faults || {};
  refresh(shown.view);
  if (answer.error) fill(shown.banner, h("p", {}, `We had some trouble connecting. Try again? ${failure(answer)} ${answer.detail || ""}`));
}

function firstWrong() {
  const wrong = shown && [...shown.inputs.values()].find((input) => input.node.classList.contains("wrong"));
  if (!wrong) return;
  wrong.focus();
  wrong.node.scrollIntoView({ block: "center" });
}

async function act(block, part, chosen) {
  const place = { view_id: shown.view.id, ...elementRef(block, part), values: typed() };
  const answer = await (part.type === "button" ? sendAction("view_click", place) : sendAction("view_choose", { ...place, chosen }));
  if (shown && answer.error) fill(shown.banner, h("p", {}, failure(answer)));
}
