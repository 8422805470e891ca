// The bar above: the time machine, who acts, the theme, the inspector; and what has gone wrong below it.
import { fill, h } from "./dom.js";
import { clock, full, span, time } from "./dates.js";
import { sendAction } from "./actions.js";
import { avatar } from "./avatar.js";
import { icon } from "./icons.js";
import { go, me, notify, now, store } from "./store.js";

let built = null;

export function updateTopbar() {
  built ||= build();
  built.update();
  updateAlerts();
}

function build() {
  document.getElementById("team").textContent = store.setup.team;
  const shown = h("time", { class: "clock", title: "The bot's clock" });
  const jump = (to) => async () => { await sendAction("jump", { to }); };
  const next = h("button", { type: "button", class: "control next", on: { click: jump("next") } });
  const dayButton = h("button", { type: "button", class: "control", on: { click: jump("day") } }, "+1 day");
  const weekButton = h("button", { type: "button", class: "control", on: { click: jump("week") } }, "+1 week");
  fill(document.getElementById("time"), h("span", { class: "clock-sign" }, icon("clock")), shown, next, dayButton, weekButton);

  const people = store.setup.people.filter((one) => !one.is_bot);
  const select = h("select", { class: "act-as", "aria-label": "Act as", on: { change: () => go({ as: select.value }) } },
    ...people.map((one) => h("option", { value: one.id }, `${one.real_name}${one.role ? ` (${one.role})` : ""}`)));
  const face = h("span", { class: "act-face" });
  const zone = h("span", { class: "act-zone faint" });
  const theme = h("button", { type: "button", class: "icon-button", on: { click: switchTheme } });
  const inspect = h("button", {
    type: "button", class: "icon-button inspect", "aria-controls": "inspector", title: "Inspector: what Slack and the bot say to each other",
    on: { click: () => { store.inspecting = !store.inspecting; notify(); } },
  }, icon("search"), h("span", { class: "inspect-word" }, "Inspector"));
  fill(document.getElementById("tools"), h("label", { class: "act" }, h("span", { class: "act-word" }, "Act as"), face, select), zone, theme, inspect);
  showTheme(theme);
  addEventListener("theme", () => showTheme(theme));
  setInterval(() => store.state && tick(), 1000);

  function tick() {
    shown.textContent = clock(now());
    shown.title = `The bot's clock: ${full(now())}`;
    const due = store.state.due === null ? null : store.state.due * 1000;
    const busy = due !== null && due <= now();
    next.disabled = due === null || busy;
    const [words, label] = due === null ? ["", "Nothing is waited for"] : busy ? ["", `${store.setup.app} is at work …`] : ["Next wait ends ", span(due - now())];
    if (next.textContent !== words + label) fill(next, words && icon("jump"), h("span", { class: "next-words" }, words), label);
    next.title = due === null || busy ? "" : `Jump to ${full(due)}`;
  }

  return {
    update() {
      if (select.value !== me().id) select.value = me().id;
      fill(face, avatar(me().id, "tiny"));
      zone.textContent = me().tz.replace("_", " ");
      inspect.setAttribute("aria-expanded", String(store.inspecting));
      document.title = `${store.state.channels.find((one) => one.id === store.place.channel)?.name || store.setup.app} · ${me().real_name} · ${store.setup.team}`;
      tick();
    },
  };
}

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const SIGN = { auto: "auto", light: "sun", dark: "moon" };

function switchTheme() {
  localStorage.setItem("theme", NEXT[document.documentElement.dataset.chosen]);
  dispatchEvent(new Event("theme"));
}

function showTheme(button) {
  const { chosen } = document.documentElement.dataset;
  fill(button, icon(SIGN[chosen]));
  const words = `Theme: ${chosen === "auto" ? "as the system" : chosen}`;
  button.setAttribute("aria-label", words);
  button.title = words;
}

function updateAlerts() {
  const box = document.getElementById("alerts");
  const key = JSON.stringify([store.connected, store.state?.crashes]);
  if (box.content === key) return;
  box.content = key;
  fill(box,
    !store.connected && h("div", { class: "alert", role: "alert" }, h("p", {}, "The sandbox has ended or does not answer. This page comes back by itself when it is started again.")),
    ...(store.state?.crashes || []).map(crash));
}

function crash(one) {
  return h("div", { class: "alert crash", role: "alert" },
    h("p", {}, h("strong", {}, "The bot failed, and lives on. "), one.message, " ",
      h("span", { class: "faint" }, `${one.source}, ${time(one.at * 1000)}`)),
    h("details", {}, h("summary", {}, "Traceback"), h("pre", { class: "code-block", tabindex: "0" }, one.traceback)),
    h("button", { type: "button", class: "icon-button", "aria-label": "Put away", on: { click: () => sendAction("dismiss_crash", { number: one.number }) } }, icon("close")));
}

