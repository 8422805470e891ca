// The bar above: the time machine, who acts, the theme, the inspector; and what has gone wrong below it.
import { fill, h, keyed } from "./dom.js";
import { clock, full, span, time } from "./dates.js";
import { sendAction } from "./actions.js";
import { stopWatching, watchArrivals } from "./arrivals.js";
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
  const shown = h("time", { class: "clock" });
  const moments = h("span", { class: "moments" });
  const day = ahead("+1 day", "day");
  const week = ahead("+1 week", "week");
  fill(document.getElementById("time"), h("span", { class: "clock-sign" }, icon("clock")), shown, moments, day, week);

  const people = store.setup.people.filter((one) => !one.is_bot);
  const select = h("select", { class: "act-as", "aria-label": "Act as", on: { change: () => go({ as: select.value }) } },
    ...people.map((one) => h("option", { value: one.id }, `${one.real_name}${one.role ? ` (${one.role})` : ""}`)));
  const face = h("span", { class: "act-face" });
  const zone = h("span", { class: "act-zone faint" });
  const theme = h("button", { type: "button", class: "icon-button", on: { click: switchTheme } });
  const inspect = h("button", {
    type: "button", class: "icon-button inspect", "aria-label": "Inspector", "aria-controls": "inspector", title: "See every request between Slack and the bot",
    on: { click: () => { store.inspecting = !store.inspecting; notify(); } },
  }, icon("search"), h("span", { class: "inspect-word" }, "Inspector"));
  fill(document.getElementById("tools"), h("label", { class: "act" }, h("span", { class: "act-word" }, "Act as"), face, select), zone, theme, inspect);
  showTheme(theme);
  // The theme may be switched here, in another window, or by the system.
  new MutationObserver(() => showTheme(theme)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  setInterval(() => store.state && tick(), 1000);

  function tick() {
    shown.textContent = clock(now());
    shown.title = `${store.setup.app}'s clock: ${full(now())}`;
    keyed(moments, store.state.moments, (one) => one.name, () => "", moment);
    store.state.moments.forEach((one, index) => updateMoment(moments.children[index], one));
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

async function jump(to, options) {
  watchArrivals(options);
  const answer = await sendAction("jump", { to });
  if (answer.refused) stopWatching();
}

/** A button that jumps by a length of time. */
function ahead(words, to) {
  return h("button", { type: "button", class: "control", title: `Jump one ${to} ahead`, on: { click: () => jump(to) } }, words);
}

/** A button that jumps to a moment which the app has named. */
function moment({ name }) {
  return h("button", { type: "button", class: "control next", on: { click: () => jump(name, { changes: true }) } },
    icon("jump"), name, h("span", { class: "next-when" }));
}

function updateMoment(button, { name, at }) {
  const isComing = at !== null && at * 1000 > now();
  button.disabled = !isComing || store.state.busy;
  const when = isComing ? ` ${span(at * 1000 - now())}` : "";
  const words = button.querySelector(".next-when");
  if (words.textContent !== when) words.textContent = when;
  if (isComing) button.title = `Jump to ${full(at * 1000)}`;
  else button.title = at === null ? `${name}: nothing planned yet` : `${store.setup.app} is busy. One moment …`;
}

const switchTheme = () => dispatchEvent(new Event("theme"));

function showTheme(button) {
  const other = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  const words = `Switch to the ${other} theme`;
  if (button.title === words) return;
  fill(button, icon(other === "dark" ? "moon" : "sun"));
  button.setAttribute("aria-label", words);
  button.title = words;
}

function updateAlerts() {
  const box = document.getElementById("alerts");
  const key = JSON.stringify([store.connected, store.state?.crashes]);
  if (box.content === key) return;
  box.content = key;
  fill(box,
    !store.connected && h("div", { class: "alert", role: "alert" }, h("p", {}, "The local Slack has stopped. Start it again, and this page comes back by itself.")),
    ...(store.state?.crashes || []).map(crash));
}

function crash(one) {
  return h("div", { class: "alert crash", role: "alert" },
    h("p", {}, h("strong", {}, "The bot hit an error and kept running. "), one.message, " ",
      h("span", { class: "faint" }, `${one.source}, ${time(one.at * 1000)}`)),
    h("details", {}, h("summary", {}, "Traceback"), h("pre", { class: "code-block", tabindex: "0" }, one.traceback)),
    h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", on: { click: () => sendAction("dismiss_crash", { number: one.number }) } }, icon("close")));
}

