// Every request between Slack and the bot, and the controls that make things fail.
import { fill, h, iconButton } from "./dom.js";
import { clock } from "./dates.js";
import { makeFaults } from "./faults.js";
import { notify, store } from "./store.js";

let built = null;
let entries = [];
let seen = { calls: 0, deliveries: 0 };
let isLoading = false;

export function updateInspector() {
  const pane = document.getElementById("inspector");
  pane.hidden = !store.inspecting;
  if (!store.inspecting) return;
  built ||= build(pane);
  built.update();
  load();
}

async function load() {
  const { calls, deliveries } = store.state;
  if (isLoading || (calls === seen.calls && deliveries === seen.deliveries)) return;
  isLoading = true;
  try {
    const answer = await (await fetch(`/page/inspector?calls=${seen.calls}&deliveries=${seen.deliveries}`)).json();
    const fresh = [...answer.calls, ...answer.deliveries];
    seen = {
      calls: (answer.calls.at(-1)?.number ?? seen.calls - 1) + 1,
      deliveries: (answer.deliveries.at(-1)?.number ?? seen.deliveries - 1) + 1,
    };
    entries = [...entries, ...fresh].sort((a, b) => a.at - b.at);
    built.list();
  } finally {
    isLoading = false;
  }
  load();
}

function build(pane) {
  const kind = h("select", { class: "field", "aria-label": "Show", on: { change: draw } },
    h("option", { value: "" }, "Everything"), h("option", { value: "delivery" }, "From Slack to the bot"),
    h("option", { value: "call" }, "From the bot to Slack"), h("option", { value: "wrong" }, "Errors only"));
  const filter = h("input", { type: "search", class: "field", placeholder: "Filter", "aria-label": "Filter", on: { input: draw } });
  const list = h("ol", { class: "entries" });
  const empty = h("p", { class: "faint empty" }, "Nothing to show.");
  const faults = makeFaults();
  const close = iconButton("close", "Close inspector", () => { store.inspecting = false; notify(); document.querySelector(".inspect").focus(); });
  fill(pane,
    h("header", { class: "pane-head" }, h("h2", {}, "Inspector"), close),
    h("div", { class: "scroll" }, faults.node,
      h("div", { class: "filters" }, kind, filter), empty, list));
  const rows = new Map();

  function draw() {
    const wanted = filter.value.trim().toLowerCase();
    const fits = (one) => (kind.value === "wrong" ? one.error : !kind.value || one.kind === kind.value)
      && `${one.name} ${one.about} ${one.error || ""}`.toLowerCase().includes(wanted);
    const shown = entries.filter(fits).reverse();
    empty.hidden = shown.length > 0;
    fill(list, shown.map((one) => {
      const key = `${one.kind}${one.number}`;
      if (!rows.has(key)) rows.set(key, row(one));
      return rows.get(key);
    }));
  }

  return { update: () => faults.update(), list: draw };
}

function row(one) {
  const isCall = one.kind === "call";
  const body = h("div", { class: "entry-body" });
  const details = h("details", { class: ["entry", one.kind, one.error && "wrong"], on: { toggle: () => details.open && unfold() } },
    h("summary", {},
      h("span", { class: "way", title: isCall ? "from the bot to Slack" : "from Slack to the bot" }, isCall ? "↑" : "↓"),
      h("span", { class: "entry-name" }, one.name),
      h("span", { class: "entry-about faint" }, one.about),
      one.error ? h("span", { class: "entry-state bad" }, one.error) : h("span", { class: "entry-state" }, isCall ? "ok" : `${one.ack_ms} ms`)),
    body);
  async function unfold() {
    if (body.firstChild) return;
    const parts = await (await fetch(`/page/inspector/${one.kind}/${one.number}`)).json();
    const remarks = isCall
      ? one.limits.length ? one.limits : [one.error ? "" : "Within Slack's limits."]
      : [`${one.transport || "the bot is not connected"}${one.status ? `, HTTP ${one.status}` : ""}, answered in ${one.ack_ms} ms (Slack waits 3,000 ms)`];
    fill(body, h("p", { class: "faint" }, clock(one.at * 1000)),
      ...remarks.filter(Boolean).map((remark) => h("p", { class: "remark" }, remark)),
      ...Object.entries(parts).filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [
        h("h3", {}, name), h("pre", { class: "code-block", tabindex: "0" }, typeof value === "string" ? value : JSON.stringify(value, null, 2)),
      ]));
  }
  return h("li", {}, details);
}

