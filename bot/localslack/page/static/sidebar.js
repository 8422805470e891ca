// The list of places: channels, archived ones, and the app; with what is unread.
import { fill, h } from "./dom.js";
import { avatar } from "./avatar.js";
import { HOME } from "./conversation.js";
import { icon } from "./icons.js";
import { me, store } from "./store.js";

export function updateSidebar() {
  const { channels } = store.state;
  const open = channels.filter((one) => !one.is_im && !one.is_archived);
  const archived = channels.filter((one) => one.is_archived);
  const direct = channels.find((one) => one.is_im);
  const key = JSON.stringify([me().id, store.place.channel, channels]);
  const nav = document.getElementById("sidebar");
  if (nav.content === key) return;
  nav.content = key;
  const focused = nav.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  fill(nav,
    group("Channels", open.map((one) => row(one.id, one.is_private ? "lock" : "hash", one.name, one, one.with_bot ? "" : `no ${store.setup.app}`))),
    archived.length && group("Archived", archived.map((one) => row(one.id, "archive", one.name, { ...one, unread: 0, mentions: 0 }, ""))),
    group("Direct messages", [app(direct)]),
    h("p", { class: "sidebar-note" }, "To act as two people at once, open a second window."));
  if (focused) nav.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

function group(name, rows) {
  return h("section", { "aria-label": name }, h("h2", {}, name), h("ul", {}, ...rows));
}

function row(where, sign, name, one, note) {
  const isHere = store.place.channel === where;
  return h("li", {}, h("a", {
    href: `#/${me().name}/${where}`, class: ["place", one.unread > 0 && "unread", one.is_archived && "muted"], "aria-current": isHere ? "page" : null,
  },
  h("span", { class: "sign" }, icon(sign)), h("span", { class: "place-name" }, name),
  one.is_private && h("span", { class: "hidden" }, " (private)"),
  note && h("span", { class: "place-note" }, note), marks(one)));
}

function marks(one) {
  if (!one.unread) return null;
  return [
    one.mentions > 0 && h("span", { class: "count", "aria-hidden": "true" }, String(one.mentions)),
    h("span", { class: "hidden" }, `, ${one.unread} unread`),
  ];
}

function app(direct) {
  const isHere = [HOME, direct?.id].includes(store.place.channel);
  const unread = direct?.unread || 0;
  const place = direct && (unread || !store.setup.home_tab) ? direct.id : HOME;
  return h("li", {}, h("a", {
    href: `#/${me().name}/${place}`, class: ["place", unread > 0 && "unread"], "aria-current": isHere ? "page" : null,
  },
  avatar(store.setup.bot, "tiny"), h("span", { class: "place-name" }, store.setup.app), h("span", { class: "place-note" }, "app"),
  direct && marks(direct)));
}
