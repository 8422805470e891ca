// The pane of one thread: its parent, its replies, and a composer of its own.
import { fill, h, iconButton, keyed } from "./dom.js";
import { makeComposer } from "./composer.js";
import { announce, answers, stick } from "./flow.js";
import { contentOf, draw, keyOf, prepared } from "./messages.js";
import { channel, go, me, messagesOf, store } from "./store.js";

let shown = null;

export function updateThread() {
  const pane = document.getElementById("thread");
  const { as, channel: where, thread } = store.place;
  const found = channel(where);
  const all = thread && found ? messagesOf(where) : [];
  const parent = all.find((one) => one.ts === thread);
  pane.hidden = !parent;
  if (!parent) {
    shown = null;
    return fill(pane);
  }
  const key = `${as}/${where}/${thread}`;
  if (shown?.key !== key) shown = { key, ...open(pane, found, thread) };
  shown.update(parent, all.filter((one) => one.thread_ts === thread));
  return undefined;
}

function open(pane, found, thread) {
  const list = h("ol", { class: "messages" });
  const scroll = h("div", { class: "scroll", tabindex: "-1" }, list);
  const composer = makeComposer({ channel: found.id, thread, name: "this thread", zone: scroll });
  const foot = h("div", { class: "foot" });
  const close = iconButton("close", "Close thread", () => go({ thread: "" }));
  fill(pane, h("header", { class: "pane-head" }, h("h2", {}, "Thread"), h("p", { class: "faint" }, found.is_im ? store.setup.app : `#${found.name}`), close), scroll, foot);
  pane.onkeydown = (event) => {  // an answer of false would take every key away from the pane
    if (event.key === "Escape" && !event.defaultPrevented) go({ thread: "" });
  };
  const stay = stick(scroll, list, (ts, asked) => answers(messagesOf(found.id).find((one) => one.ts === ts), asked));
  let before = null;
  return {
    update(parent, replies) {
      const items = prepared([parent, ...replies], { inThread: true });
      if (items[1]) items[1].follows = false;
      stay(() => keyed(list, items, keyOf, contentOf, draw));
      const now = channel(found.id);
      fill(foot, now.no_composer ? h("p", { class: "no-composer" }, now.no_composer) : composer.node);
      if (before) for (const fresh of replies.filter((one) => !before.has(one.ts) && !one.broadcast && one.user !== me().id)) announce(fresh);
      before = new Set(replies.map((one) => one.ts));
    },
  };
}
