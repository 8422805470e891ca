// The middle of the page: a channel with its messages and its composer, or the app with its two tabs.
import { fill, h, keyed } from "./dom.js";
import { blocks } from "./blocks.js";
import { makeComposer } from "./composer.js";
import { day } from "./dates.js";
import { failure, sendAction, elementRef, toast } from "./actions.js";
import { announce, answers, stick } from "./flow.js";
import { icon } from "./icons.js";
import { contentOf, draw, keyOf, prepared } from "./messages.js";
import { mrkdwn } from "./mrkdwn.js";
import { channel, go, me, messagesOf, store } from "./store.js";

export const HOME = "home";
const main = () => document.getElementById("main");

let shown = null;

export function updateConversation() {
  const { as, channel: where } = store.place;
  const key = `${as}/${where}`;
  if (shown?.key !== key) {
    shown = where === HOME ? home() : conversation(where);
    shown.key = key;
    if (store.arrived?.shown) store.arrived = null;
  }
  shown.update();
}

/** What stands in the channel itself. */
export const historyOf = (id) => messagesOf(id).filter((one) => (one.thread_ts === null || one.broadcast) && !(one.only_me && one.thread_ts));

function conversation(id) {
  const found = channel(id);
  if (!found) {
    fill(main(), h("div", { class: "empty" }, h("h1", {}, "You can't see this channel"),
      h("p", {}, `${me().real_name} isn't a member, or the channel doesn't exist.`)));
    return { update: () => channel(id) && (shown = null, updateConversation()) };
  }
  const history = historyOf(id);
  const unread = history.filter((one) => one.user !== me().id);
  const unreadFrom = found.unread ? unread.at(-found.unread)?.ts || "" : "";
  const head = h("header", { class: "pane-head" });
  const list = h("ol", { class: "messages" });
  const scroll = h("div", { class: "scroll", tabindex: "-1" }, beginning(found), list);
  const composer = makeComposer({ channel: id, name: found.is_im ? store.setup.app : `#${found.name}`, zone: scroll });
  const foot = h("div", { class: "foot" });
  fill(main(), head, scroll, foot);
  const stay = stick(scroll, list, (ts, asked) => answers(messagesOf(id).find((one) => one.ts === ts), asked));
  let before = new Set(history.map((one) => one.ts));
  return {
    update() {
      const now = channel(id);
      if (!now) return fill(main(), h("div", { class: "empty" }, h("h1", {}, "This channel is gone")));
      fill(head, ...title(now));
      const current = historyOf(id);
      stay(() => keyed(list, prepared(current, { unreadFrom }), keyOf, contentOf, draw));
      markArrived(id, list, stay);
      list.classList.toggle("none", current.length === 0);
      if (now.no_composer) fill(foot, h("p", { class: "no-composer" }, now.no_composer));
      else fill(foot, composer.node);
      for (const fresh of current.filter((one) => !before.has(one.ts) && one.user !== me().id)) announce(fresh);
      before = new Set(current.map((one) => one.ts));
      const last = current.at(-1);
      if (now.unread && last && document.visibilityState === "visible") sendAction("read", { channel: id, ts: last.ts }, { quiet: true });
      return undefined;
    },
  };
}

/** Scroll to the message that came after a jump in time, and mark it until something else is done. */
function markArrived(id, list, stay) {
  const { arrived } = store;
  const ts = arrived?.channel === id ? arrived.ts : "";
  for (const node of list.children) node.classList.toggle("arrived", node.dataset.key === ts);
  if (!ts || arrived.shown) return;
  arrived.shown = true;
  stay.show(ts);
}

function title(now) {
  if (now.is_im) return [h("h1", {}, store.setup.app), tabs("messages")];
  const sign = now.is_archived ? "archive" : now.is_private ? "lock" : "hash";
  const bot = `${store.setup.app} is ${now.with_bot ? "here" : "not in this channel"}`;
  return [
    h("h1", {}, h("span", { class: "sign" }, icon(sign)), now.name),
    h("p", { class: "faint" }, `${now.members} members · ${bot}${now.is_archived ? " · archived" : ""}`),
  ];
}

function beginning(found) {
  if (found.is_im) return h("div", { class: "beginning" }, h("p", {}, `${store.setup.app} writes to you here. Nobody else sees these messages.`));
  const hint = found.with_bot && !found.is_archived && store.setup.hint;
  return h("div", { class: "beginning" },
    h("p", {}, `This is the beginning of #${found.name}. `,
      hint && mrkdwn(hint)));
}

function tabs(current) {
  const direct = `D${me().id.slice(1)}`;
  const tab = (name, label, where) => h("a", {
    class: "tab", href: `#/${me().name}/${where}`, "aria-current": current === name ? "page" : null,
  }, label);
  return h("nav", { class: "tabs", "aria-label": store.setup.app }, store.setup.home_tab && tab("home", "Home", HOME), tab("messages", "Messages", direct));
}

function home() {
  const content = h("div", { class: "scroll home" });
  fill(main(), h("header", { class: "pane-head" }, h("h1", {}, store.setup.app), tabs("home")), content);
  const error = h("div", { class: "message-error", role: "alert" });
  const tell = (answer) => answer.error && fill(error, h("p", {}, failure(answer)));
  sendAction("open_home").then(tell);
  const list = h("div", {});
  return {
    update() {
      const view = store.state.home;
      if (!view) return fill(content, h("p", { class: "empty faint" }, `Waiting for ${store.setup.app} to fill this tab …`), error);
      fill(content, list, error);
      return keyed(list, [view], () => "home", drawnFrom, draw);
    },
  };

  // Blocks get other ids each time the tab is published, which is no reason to redraw it.
  function drawnFrom(view) {
    return JSON.stringify([view.blocks.map((block) => ({ ...block, block_id: "" })), day(store.state.now * 1000)]);
  }

  function draw(view) {
    const host = {
      values: view.values,
      act: async (block, part, chosen) => {
        const place = { view_id: view.id, ...elementRef(block, part) };
        const answer = await (part.type === "button" ? sendAction("view_click", place) : sendAction("view_choose", { ...place, chosen }));
        if (answer.error) toast(failure(answer));
      },
    };
    return h("div", { class: "home-view", tabindex: "-1" }, ...blocks(view.blocks, host));
  }
}

/** Where somebody starts: the first channel that the bot is in. */
export function firstPlace() {
  const { channels } = store.state;
  return (channels.find((one) => one.with_bot && !one.is_archived && !one.is_im) || channels[0]).id;
}

export const openFirst = () => go({ channel: firstPlace() });
