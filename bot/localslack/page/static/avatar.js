// The round or square picture of someone: initials on a color of their own, the icon for the bot.
import { h } from "./dom.js";
import { botId, person } from "./store.js";

export function avatar(id, more = "") {
  const who = person(id);
  if (id === botId()) return h("span", { class: `avatar bot ${more}`, "aria-hidden": "true" });
  if (!who) return h("span", { class: `avatar slackbot ${more}`, "aria-hidden": "true" }, "S");
  const initials = who.real_name.split(" ").map((word) => word[0]).join("").slice(0, 2);
  return h("span", { class: `avatar person-${who.name} ${more}`, "aria-hidden": "true" }, initials);
}
