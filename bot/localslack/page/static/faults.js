// Makes things fail: what Slack does wrong next, a bot that is late, a channel that is closed to it.
import { fill, h, newId } from "./dom.js";
import { sendAction } from "./actions.js";
import { store } from "./store.js";

const KINDS = [
  ["ratelimited", "Slack says: too many messages (429)"],
  ["http_500", "Slack has an error (500)"],
  ["drop_after", "Slack accepts, but its answer is lost"],
  ["late", "the bot answers too late"],
];
const METHODS = ["*", "chat.postMessage", "chat.update", "views.open", "views.publish", "users.info", "response_url", "download"];

const nameOf = (kind) => KINDS.find(([value]) => value === kind)?.[1] ?? kind;
const counted = (times) => (times === 1 ? "once" : `${times} times`);

export function makeFaults() {
  const kind = labelled("What should fail", h("select", { class: "field" }, ...KINDS.map(([value, words]) => h("option", { value }, words))));
  const method = labelled("In which calls", h("select", { class: "field" }, ...METHODS.map((value) => h("option", { value }, value === "*" ? "all calls" : value))));
  const times = labelled("How many times", h("input", { type: "number", class: "field", min: "1", max: "1000", value: "1" }));
  const pending = h("p", { class: "pending", "aria-live": "polite" });
  const channels = h("ul", { class: "switches" });

  const add = () => {
    const count = Math.min(1000, Math.max(1, Number(times.field.value) || 1));
    if (kind.field.value === "late") return sendAction("late", { times: count });
    return sendAction("fault", { kind: kind.field.value, method: method.field.value, times: count, retry_after: 1 });
  };
  const node = h("details", { class: "faults" }, h("summary", {}, "Make things fail"),
    h("div", { class: "fault-form" }, kind.node, method.node, times.node,
      h("button", { type: "button", class: "button primary", on: { click: add } }, "Make it fail"),
      h("button", { type: "button", class: "button", on: { click: () => sendAction("no_faults") } }, "Stop all")),
    pending, h("h3", {}, "Channels"), channels);

  let drawn = "";
  return {
    node,
    update() {
      const { faults, late } = store.state;
      const words = faults.map((one) => `${nameOf(one.kind)}, ${one.method === "*" ? "all calls" : one.method}, ${counted(one.times)}`);
      if (late) words.push(`${nameOf("late")}, ${counted(late)}`);
      pending.textContent = words.length ? `Next: ${words.join("; ")}` : "Nothing is set to fail.";
      const open = store.state.channels.filter((one) => !one.is_im);
      const key = JSON.stringify(open.map((one) => [one.id, one.with_bot, one.is_archived]));
      if (key === drawn) return;
      drawn = key;
      const focused = document.activeElement?.dataset?.element;
      fill(channels, open.map(row));
      if (focused) [...channels.querySelectorAll("button")].find((one) => one.dataset.element === focused)?.focus();
    },
  };
}

function row(one) {
  const toggle = (name, words) => h("button", {
    type: "button", class: "button", "data-element": `${one.id}/${name.replace("un", "").replace("invite", "remove")}`,
    on: { click: () => sendAction(name, { channel: one.id }) },
  }, words);
  return h("li", {}, h("span", { class: "switch-name" }, `#${one.name}`),
    one.is_archived ? toggle("unarchive", "Unarchive") : toggle("archive", "Archive"),
    one.with_bot ? toggle("remove_bot", `Remove ${store.setup.app}`) : toggle("invite_bot", `Invite ${store.setup.app}`));
}

function labelled(words, field) {
  field.id = newId("fault");
  return { field, node: h("div", { class: "labelled" }, h("label", { for: field.id }, words), field) };
}
