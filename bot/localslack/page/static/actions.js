// Sends actions of the acting person to the server, and shows refusals as toasts.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { store } from "./store.js";

const COMMANDS = ["command", "post", "shortcut", "message_shortcut"];
const PRESSES = ["click", "choose"];
const IN_FORMS = ["submit", "view_click", "view_choose"];

/** Remember what may be answered in the channel; a form goes on with what opened it. */
function remember(name, channel) {
  const at = performance.now();
  const isCommand = COMMANDS.includes(name);
  if (isCommand || PRESSES.includes(name)) store.asked = { channel, at, isCommand };
  else if (IN_FORMS.includes(name) && store.asked) store.asked.at = at;
  else return;
  store.arrived = null;
}

/** Carry out an action; the answer has `refused`, `faults` or `error` where it went wrong. */
export async function sendAction(name, order = {}, { quiet = false } = {}) {
  let answer;
  remember(name, order.channel || store.place.channel);
  try {
    const response = await fetch(`/page/do/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: store.place.as, ...order }),
    });
    answer = response.headers.get("Content-Type")?.startsWith("application/json")
      ? await response.json()
      : { refused: await response.text() };
  } catch {
    answer = { refused: "The local Slack doesn't answer. Is it still running?" };
  }
  if (answer.refused && !quiet) toast(answer.refused);
  return answer;
}

/** The element and block that an action is about. */
export const elementRef = (block, part) => ({ block_id: block.block_id, action_id: part.action_id, value: part.value ?? null });

/** The sentence that Slack shows if an app did not acknowledge. */
export function failure(answer) {
  if (!answer.error) return "";
  const late = answer.error === "operation_timeout";
  return `${late ? "The app didn't answer in time" : "That didn't work"} (${answer.error}).`;
}

/** A short word that goes by itself; screen readers are told at once. */
export function toast(sentence, kind = "warning") {
  const close = () => node.remove();
  const node = h("div", { class: ["toast", kind] },
    h("p", {}, sentence),
    h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", on: { click: close } }, icon("close")));
  document.getElementById("toasts").append(node);
  setTimeout(close, 8000);
}

/** Run an action with its button marked as busy. */
export async function busy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return undefined;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    button.removeAttribute("aria-busy");
  }
}
