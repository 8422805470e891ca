// A select with search, for one or for many values: a combobox with its list, by mouse and by keyboard alone.
import { fill, h, newId } from "./dom.js";
import { place } from "./menu.js";
import { plain } from "./mrkdwn.js";

/**
 * options: [{ value, words, note, group }]; value: one value or a list; look(typed) fetches options from the bot.
 * The answer: { node, input, get, set }.
 */
export function picker({ options, value, many, name, placeholder, describedby, changed = () => {}, look }) {
  let offered = options;
  let chosen = many ? [...(value || [])] : value === null || value === undefined || value === "" ? [] : [value];
  let shown = [];
  let active = -1;
  const known = new Map(options.map((option) => [option.value, option]));
  const listId = newId("list");
  const input = h("input", {
    type: "text", role: "combobox", class: "picker-input", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
    "aria-label": name, "aria-describedby": describedby, placeholder,
    on: { input: typed, keydown, focus: () => input.select(), click: open, blur },
  });
  const chips = h("span", { class: "chips" });
  const list = h("ul", { class: "picker-list", role: "listbox", id: listId, "aria-label": name, "aria-multiselectable": many ? "true" : null });
  const node = h("div", { class: ["picker", many && "picker-many"], on: { pointerdown: grab } }, chips, input,
    h("span", { class: "picker-arrow", "aria-hidden": "true" }, "▾"));

  const words = (one) => known.get(one)?.words ?? String(one);
  const isOpen = () => list.isConnected;

  function grab(event) {
    if (event.target === input || event.target.closest("button")) return;
    event.preventDefault();
    input.focus();
    open();
  }

  function draw() {
    fill(chips, many ? chosen.map((one) => h("span", { class: "chip" }, ...plain(words(one)),
      h("button", { type: "button", "aria-label": `Remove ${words(one)}`, on: { click: () => { toggle(one); input.focus(); } } }, "×"))) : []);
    if (many) input.placeholder = chosen.length ? "" : placeholder || "";
    else if (document.activeElement !== input || !isOpen()) input.value = chosen.length ? words(chosen[0]) : "";
  }

  function open() {
    if (isOpen()) return;
    (node.closest("dialog") || document.body).append(list);
    input.setAttribute("aria-expanded", "true");
    filter("");
    list.style.minWidth = `${node.offsetWidth}px`;
    place(list, node);
  }

  function close() {
    list.remove();
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    if (many) input.value = "";
    draw();
  }

  function filter(text) {
    const wanted = text.trim().toLowerCase().replace(/^[@#]/, "");
    shown = offered.filter((option) => `${option.words} ${option.note}`.toLowerCase().includes(wanted));
    let group = null;
    const rows = shown.flatMap((option, index) => {
      const label = option.group && option.group !== group ? h("li", { class: "picker-group", role: "presentation" }, option.group) : null;
      group = option.group;
      return [label, row(option, index)];
    });
    fill(list, rows.length ? rows : h("li", { class: "picker-none", role: "presentation" }, look && !wanted ? "Type to search" : "Nothing found"));
    const current = shown.findIndex((option) => chosen.includes(option.value));
    mark(shown.length ? Math.max(0, wanted ? 0 : current) : -1);
  }

  function row(option, index) {
    return h("li", {
      role: "option", id: `${listId}-${index}`, "aria-selected": String(chosen.includes(option.value)),
      on: { pointerdown: (event) => { event.preventDefault(); pick(option); }, pointermove: () => active !== index && mark(index) },
    }, h("span", { class: "picker-tick", "aria-hidden": "true" }, chosen.includes(option.value) ? "✓" : ""),
    h("span", {}, ...plain(option.words)), option.note && h("small", {}, option.note));
  }

  function mark(index) {
    active = index;
    for (const item of list.querySelectorAll("[role=option]")) item.classList.toggle("active", item.id === `${listId}-${index}`);
    const item = list.querySelector(".active");
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function pick(option) {
    known.set(option.value, option);
    if (!many) chosen = [option.value];
    close();
    if (many) toggle(option.value);
    else tell();
  }

  function toggle(one) {
    chosen = chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one];
    draw();
    tell();
  }

  function tell() {
    changed(get());
  }

  async function typed() {
    open();
    if (look) {
      offered = await look(input.value);
      for (const option of offered) known.set(option.value, option);
    }
    filter(input.value);
    if (!many && input.value === "" && chosen.length) {
      chosen = [];
      tell();
    }
  }

  function keydown(event) {
    if (event.key === "Backspace" && many && input.value === "" && chosen.length) return toggle(chosen.at(-1));
    if (!isOpen()) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        open();
      }
      return undefined;
    }
    if (event.key === "ArrowDown") mark((active + 1) % shown.length);
    else if (event.key === "ArrowUp") mark((active - 1 + shown.length) % shown.length);
    else if (event.key === "Enter" && shown[active]) pick(shown[active]);
    else if (event.key === "Escape") close();
    else return undefined;
    event.preventDefault();
    event.stopPropagation();
    return undefined;
  }

  function blur() {
    if (isOpen()) close();
    else draw();
  }

  function get() {
    const back = (one) => (look ? known.get(one)?.option ?? one : one);
    return many ? chosen.map(back) : chosen.length ? back(chosen[0]) : null;
  }

  function set(fresh) {
    const given = (many ? fresh || [] : fresh === null || fresh === undefined ? [] : [fresh]);
    for (const one of given) if (one?.value) known.set(one.value, { value: one.value, words: one.text.text, note: "", option: one });
    chosen = given.map((one) => one?.value ?? one);
    draw();
  }

  set(many ? value : value ?? null);
  return { node, input, get, set };
}
