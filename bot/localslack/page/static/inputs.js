// Draws input blocks of a form: label, field, hint, error; and reads and writes what each of them holds.
import { append, h, newId } from "./dom.js";
import { unixOf, wall } from "./dates.js";
import { sendAction } from "./actions.js";
import { icon } from "./icons.js";
import { plain, textObject } from "./mrkdwn.js";
import { choices, fromOption } from "./options.js";
import { picker } from "./picker.js";
import { richWords } from "./richtext.js";
import { chooser, takesDrops } from "./uploads.js";

/** One input block; it registers { get, set, error, focus } in host.inputs under its block_id. */
export function inputBlock(block, host) {
  const part = block.element;
  const ids = { label: newId("label"), hint: newId("hint"), error: newId("error") };
  const name = block.label.text;
  const describedby = `${ids.error}${block.hint ? ` ${ids.hint}` : ""}`;
  const held = host.values?.[block.block_id]?.[part.action_id];
  const told = () => host.changed?.(block.block_id);
  const field = control({ block, part, name, label: ids.label, describedby, held, told, host, required: !block.optional });
  const error = h("p", { class: "field-error", id: ids.error, "aria-live": "polite" });
  const count = counter(part, field);

  const node = h("div", { class: "block input-block", "data-block": block.block_id },
    h(field.isGroup ? "p" : "label", { class: "label", id: ids.label, for: field.isGroup ? null : field.focus.id },
      ...plain(name), block.optional && h("span", { class: "optional" }, " (optional)")),
    field.node, count, error,
    block.hint && h("p", { class: "hint", id: ids.hint }, ...textObject(block.hint)));

  host.inputs?.set(block.block_id, {
    node,
    get: field.get,
    set: field.set,
    has: (target) => node.contains(target),
    focus: () => field.focus.focus(),
    error(sentence) {
      if ((error.dataset.shown || "") === (sentence || "")) return;
      error.dataset.shown = sentence || "";
      error.replaceChildren();
      if (sentence) append(error, [icon("warning"), " ", sentence]);
      node.classList.toggle("wrong", Boolean(sentence));
      field.focus.setAttribute("aria-invalid", sentence ? "true" : "false");
    },
  });
  return node;
}

function control(given) {
  const { type } = given.part;
  if (/_select$/.test(type)) return select(given);
  if (type === "checkboxes" || type === "radio_buttons") return boxes(given);
  if (type === "file_input") return files(given);
  return text(given);
}

function text({ block, part, name, describedby, held, told, host, required }) {
  const long = part.multiline || part.type === "rich_text_input";
  const types = {
    datepicker: "date", timepicker: "time", datetimepicker: "datetime-local",
    email_text_input: "email", url_text_input: "url", number_input: "text",
  };
  const node = h(long ? "textarea" : "input", {
    type: long ? null : types[part.type] || "text",
    class: "field", id: newId("field"), name: block.block_id, rows: long ? 6 : null,
    "aria-describedby": describedby, "aria-required": required ? "true" : null, autocomplete: "off",
    inputmode: part.type === "number_input" ? "decimal" : null,
    placeholder: part.placeholder?.text, autofocus: part.focus_on_load, "data-name": name,
    on: { input: () => host.dirty?.(block.block_id), change: told },
  });
  const get = () => {
    if (part.type === "datetimepicker") return node.value ? unixOf(node.value) : null;
    return node.value === "" ? null : node.value;
  };
  const set = (value) => {
    if (part.type === "rich_text_input") node.value = richWords(value);
    else if (part.type === "datetimepicker") node.value = value ? wall(value * 1000) : "";
    else node.value = value ?? "";
  };
  set(held);
  return { node, get, set, focus: node };
}

function select({ block, part, name, describedby, held, told, host }) {
  const { options, value, many } = choices(part, held);
  const look = part.type.endsWith("external_select") && (async (typed) => {
    const answer = await sendAction("suggest", { view_id: host.viewId, block_id: block.block_id, typed });
    return (answer.options || []).map(fromOption);
  });
  const made = picker({
    options, value, many, describedby, name, look: look || undefined, changed: told,
    placeholder: part.placeholder?.text || placeholder(part.type),
  });
  made.input.id = newId("field");
  return { node: made.node, get: made.get, set: made.set, focus: made.input };
}

const placeholder = (type) => (/users/.test(type) ? "Choose people" : /conversations|channels/.test(type) ? "Choose a channel" : "Choose an option");

function boxes({ part, name, describedby, held, told }) {
  const kind = part.type === "checkboxes" ? "checkbox" : "radio";
  const group = newId("choice");
  const node = h("div", { class: "boxes", role: kind === "radio" ? "radiogroup" : "group", "aria-label": name, "aria-describedby": describedby },
    ...part.options.map((option) => h("label", { class: "box" },
      h("input", { type: kind, name: group, value: option.value, on: { change: told } }),
      h("span", {}, ...textObject(option.text), option.description && h("small", {}, ...textObject(option.description))))));
  const all = [...node.querySelectorAll("input")];
  const get = () => {
    const chosen = all.filter((box) => box.checked).map((box) => box.value);
    return kind === "checkbox" ? chosen : chosen[0] ?? null;
  };
  const set = (value) => all.forEach((box) => { box.checked = [value].flat().includes(box.value); });
  set(held);
  return { node, get, set, focus: all[0] || node, isGroup: true };
}

function files({ part, label, describedby, held, told }) {
  const id = newId("field");
  const most = part.max_files || 10;
  const made = chooser({
    chosen: held || [], most, types: part.filetypes, changed: told, words: [icon("file"), most === 1 ? "Choose a file" : "Choose files"],
    look: { id, class: "button", "aria-labelledby": `${label} ${id}`, "aria-describedby": describedby },
  });
  const node = h("div", { class: "files" }, made.list, made.button, h("span", { class: "faint" }, "or drop it here"));
  takesDrops(node, made.add);
  return { node, get: made.get, set: (value) => made.set(value || []), focus: made.button };
}

/** How much room is left, shown once it gets narrow. */
function counter(part, field) {
  const most = part.max_length;
  if (!most) return null;
  const node = h("p", { class: "counter", "aria-live": "polite" });
  const show = () => {
    const left = most - field.focus.value.length;
    node.textContent = left <= 20 ? `${left}` : "";
    node.classList.toggle("over", left < 0);
  };
  field.focus.addEventListener("input", show);
  return node;
}
