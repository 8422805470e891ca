// Draws the interactive elements outside of inputs: buttons, menus, checkboxes, pickers.
import { h, iconButton, newId } from "./dom.js";
import { ask } from "./dialogs.js";
import { wall } from "./dates.js";
import { busy } from "./actions.js";
import { openMenu } from "./menu.js";
import { plain, textObject } from "./mrkdwn.js";
import { choices } from "./options.js";
import { picker } from "./picker.js";
import { picture } from "./picture.js";

export function element(block, part, host) {
  if (part.type === "button") return button(block, part, host);
  if (part.type === "image") return picture(part);
  if (part.type === "overflow") return overflow(block, part, host);
  if (part.type === "checkboxes" || part.type === "radio_buttons") return boxes(block, part, host);
  if (/picker$/.test(part.type)) return moment(block, part, host);
  if (/_select$/.test(part.type)) return select(block, part, host);
  return h("span", { class: "unknown" }, `This page can't show “${part.type}” yet.`);
}

/** Identifies an element after its message was redrawn. */
const elementKey = (part) => `${part.action_id}/${part.value ?? ""}`;

function button(block, part, host) {
  const press = async () => {
    if (part.url) window.open(part.url, "_blank", "noopener");
    if (part.confirm && !(await ask(part.confirm, node))) return;
    await busy(node, () => host.act(block, part, undefined, node));
  };
  const node = h("button", {
    type: "button",
    class: ["button", part.style],
    "aria-label": part.accessibility_label,
    "data-element": elementKey(part),
    "data-action": part.action_id,
    on: { click: press },
  }, h("span", { class: "button-words" }, ...textObject(part.text)));
  return node;
}

function overflow(block, part, host) {
  const choose = async (option) => {
    if (part.confirm && !(await ask(part.confirm, node))) return;
    await host.act(block, part, option.value, node);
  };
  const node = iconButton("more", "More options", () => openMenu(node, part.options.map((option) => ({
    words: plain(option.text.text), run: () => choose(option),
  }))), { "data-element": elementKey(part), "aria-haspopup": "menu", class: "button" });
  return node;
}

function boxes(block, part, host) {
  const kind = part.type === "checkboxes" ? "checkbox" : "radio";
  const name = newId("choice");
  const held = [host.values?.[block.block_id]?.[part.action_id] ?? initial(part)].flat();
  const node = h("div", { class: "boxes", role: kind === "radio" ? "radiogroup" : "group", "data-element": elementKey(part), "aria-label": "Choices" });
  const changed = () => {
    const chosen = [...node.querySelectorAll("input:checked")].map((box) => box.value);
    host.act(block, part, kind === "radio" ? chosen[0] : chosen, node);
  };
  node.append(...part.options.map((option) => h("label", { class: "box" },
    h("input", { type: kind, name, value: option.value, checked: held.includes(option.value), on: { change: changed } }),
    h("span", {}, ...textObject(option.text), option.description && h("small", {}, ...textObject(option.description))))));
  return node;
}

const initial = (part) => (part.initial_options || (part.initial_option ? [part.initial_option] : [])).map((option) => option.value);

function moment(block, part, host) {
  const [type, start] = {
    datepicker: ["date", part.initial_date],
    timepicker: ["time", part.initial_time],
    datetimepicker: ["datetime-local", part.initial_date_time && wall(part.initial_date_time * 1000)],
  }[part.type];
  const node = h("input", {
    type, class: "field", "data-element": elementKey(part), "aria-label": part.placeholder?.text || "Choose",
    value: host.values?.[block.block_id]?.[part.action_id] ?? start ?? "",
    on: { change: () => host.act(block, part, node.value, node) },
  });
  return node;
}

function select(block, part, host) {
  const { options, value, many } = choices(part, host.values?.[block.block_id]?.[part.action_id]);
  const choose = async (chosen) => {
    if (part.confirm && !(await ask(part.confirm, node))) return;
    await host.act(block, part, chosen, node);
  };
  const { node } = picker({
    options, value, many, name: part.placeholder?.text || "Choose", placeholder: part.placeholder?.text || "Choose",
    changed: choose,
  });
  node.dataset.element = elementKey(part);
  return node;
}
