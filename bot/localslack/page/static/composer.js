// The field in which people write: messages, commands with their completion, names, and the app's shortcuts.
import { fill, h, iconButton, newId } from "./dom.js";
import { failure, sendAction, toast } from "./actions.js";
import { icon } from "./icons.js";
import { openMenu, place } from "./menu.js";
import { store } from "./store.js";
import { chooser, takesDrops } from "./uploads.js";

/** zone: what takes dropped files besides the composer. */
export function makeComposer({ channel, thread = "", name, zone }) {
  const listId = newId("complete");
  const field = h("textarea", {
    rows: 1, class: "composer-field", placeholder: thread ? "Reply…" : `Message ${name}`, "aria-label": `Message ${name}`,
    role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": listId, id: newId("composer"),
    on: { input: typed, keydown, blur: () => complete([]) },
  });
  const list = h("ul", { class: "completion", role: "listbox", id: listId, "aria-label": "Suggestions" });
  const also = h("input", { type: "checkbox" });
  const send = h("button", { type: "button", class: "send", "aria-label": "Send", title: "Send", disabled: true, on: { click: submit } }, icon("send"));
  const plus = iconButton("bolt", "Shortcuts", () => openMenu(plus, shortcuts()), { "aria-haspopup": "menu" });
  const clip = { class: "icon-button", "aria-label": `Attach files to ${thread ? "your reply" : "your message"}`, title: "Attach files" };
  const files = chooser({ look: clip, words: icon("clip"), changed: ready, next: field });
  const node = h("div", { class: "composer" }, field, files.list,
    h("div", { class: "composer-foot" }, plus, files.button,
      thread && h("label", { class: "box also" }, also, "Also send to the channel"),
      h("span", { class: "composer-hint faint" }, thread ? "" : "/ for commands, @ for people"), send));
  let offered = [];
  let active = 0;
  for (const place of [node, zone]) takesDrops(place, (dropped) => node.isConnected && files.add(dropped));

  function shortcuts() {
    const global = store.setup.shortcuts.filter((one) => one.kind === "global").map((one) => ({
      words: [one.name, h("small", {}, store.setup.app)],
      run: async () => {
        const answer = await sendAction("shortcut", { callback_id: one.callback_id });
        if (answer.error) toast(failure(answer));
      },
    }));
    const commands = thread ? [] : store.setup.commands.map((one) => ({
      words: [one.name, h("small", {}, one.description)], run: () => write(`${one.name} `),
    }));
    return [...global, ...commands];
  }

  function write(text) {
    field.value = text;
    field.focus();
    typed();
  }

  function typed() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 200)}px`;
    ready();
    complete(suggestions(field.value.slice(0, field.selectionStart)));
  }

  function ready() {
    send.disabled = !field.value.trim() && !files.get().length;
  }

  function complete(found) {
    offered = found;
    active = 0;
    if (!found.length) {
      list.remove();
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
      return;
    }
    fill(list, found.map((one, index) => h("li", {
      role: "option", id: `${listId}-${index}`,
      on: { pointerdown: (event) => { event.preventDefault(); take(one); } },
    }, h("strong", {}, one.words), h("small", {}, one.note))));
    if (!list.isConnected) document.body.append(list);
    list.style.width = `${node.offsetWidth}px`;
    place(list, node);
    const box = node.getBoundingClientRect();
    list.style.top = `${Math.max(8, box.top - list.offsetHeight - 6)}px`;
    field.setAttribute("aria-expanded", "true");
    mark(0);
  }

  function mark(index) {
    active = (index + offered.length) % offered.length;
    [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === active)));
    field.setAttribute("aria-activedescendant", `${listId}-${active}`);
    list.children[active].scrollIntoView({ block: "nearest" });
  }

  function take(one) {
    const after = field.value.slice(field.selectionStart);
    field.value = one.text + after;
    field.setSelectionRange(one.text.length, one.text.length);
    field.focus();
    typed();
    if (one.isWhole) complete([]);
  }

  function keydown(event) {
    if (event.isComposing) return;
    if (offered.length) {
      const exact = offered[active].text.trim() === field.value.trim();
      if (event.key === "ArrowDown") mark(active + 1);
      else if (event.key === "ArrowUp") mark(active - 1);
      else if (event.key === "Escape") complete([]);
      else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !exact)) take(offered[active]);
      else if (event.key === "Enter" && !event.shiftKey) submit();
      else return;
      event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  }

  async function submit() {
    const text = field.value.trim();
    const isCommand = text.startsWith("/");
    const attached = isCommand ? [] : files.get();
    if (!text && !attached.length) return;
    complete([]);
    field.value = "";
    if (attached.length) files.set([]);
    typed();
    const order = { channel, text, thread: thread || null, broadcast: also.checked, files: attached.map((one) => one.id) };
    const answer = await sendAction(isCommand ? "command" : "post", order);
    if (answer.refused && attached.length) files.set([...attached, ...files.get()]);
    if (answer.refused && !field.value) write(text);
    if (answer.refused) complete([]);
    else also.checked = false;
  }

  return { node, field };
}

/** What can follow: commands with their verbs, and people after an @. */
function suggestions(before) {
  if (/^\/[^\n]*$/.test(before)) return store.setup.commands.flatMap((command) => commandForms(command, before)).slice(0, 10);
  const at = /(^|\s)@([\w.-]*)$/.exec(before);
  if (!at) return [];
  const start = before.slice(0, before.length - at[2].length - 1);
  return store.setup.people.filter((one) => `${one.name} ${one.real_name}`.toLowerCase().includes(at[2].toLowerCase())).map((one) => ({
    text: `${start}@${one.name} `, words: one.real_name, note: `@${one.name}`, isWhole: true,
  }));
}

function commandForms(command, before) {
  if (!command.name.startsWith(before) && !before.startsWith(`${command.name} `)) return [];
  const verbs = command.usage.split("|").map((verb) => verb.trim()).filter(Boolean);
  const all = [
    { text: command.name, words: command.name, note: `${command.description} · ${command.usage}` },
    ...verbs.map((verb) => ({ text: `${command.name} ${verb.split(" ")[0]}`, words: `${command.name} ${verb}`, note: "" })),
  ];
  return all.filter((one) => one.text.startsWith(before.trimEnd()) && !(before.endsWith(" ") && one.text === command.name));
}
