// Draws messages: who said it and when, its blocks, its files, its thread, and what can be done with it.
import { h, iconButton } from "./dom.js";
import { avatar } from "./avatar.js";
import { blocks, words } from "./blocks.js";
import { failure, sendAction, elementRef, toast } from "./actions.js";
import { day, divider, full, time } from "./dates.js";
import { file } from "./files.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { botId, channel, go, me, messagesOf, person, store } from "./store.js";

const SAME_BREATH_SECONDS = 300;

export const msOf = (message) => Number(message.ts) * 1000;

export function authorOf(message) {
  return person(message.user)?.real_name || "Slackbot";
}

/** The messages of a list with what their drawing depends on: the day, the one before, the thread. */
export function prepared(list, { inThread = false, unreadFrom = "" } = {}) {
  const all = list.length ? messagesOf(list[0].channel) : [];
  return list.map((message, index) => {
    const before = list[index - 1];
    const replies = inThread ? [] : all.filter((one) => one.thread_ts === message.ts && !one.only_me);
    const parent = message.thread_ts && !inThread ? all.find((one) => one.ts === message.thread_ts) : null;
    return {
      message,
      inThread,
      newDay: !inThread && (!before || day(msOf(before)) !== day(msOf(message))) ? divider(msOf(message)) : "",
      isNew: unreadFrom === message.ts,
      follows: Boolean(before) && follows(before, message) && unreadFrom !== message.ts,
      replies: { count: replies.length, users: [...new Set(replies.map((one) => one.user))], last: replies.at(-1)?.ts },
      parent: parent ? { ts: parent.ts, text: parent.text.slice(0, 120), user: parent.user } : null,
    };
  });
}

function follows(before, message) {
  const near = Number(message.ts) - Number(before.ts) < SAME_BREATH_SECONDS && day(msOf(before)) === day(msOf(message));
  const simple = (one) => !one.only_me && !one.tombstone && !one.broadcast;
  return near && before.user === message.user && simple(before) && simple(message);
}

export const keyOf = (item) => item.message.ts;
export const contentOf = (item) => JSON.stringify([item, me().id, day(store.state.now * 1000), store.state.channels.length]);

export function draw(item) {
  const { message, newDay, isNew } = item;
  return h("li", { class: "message-item", tabindex: "-1" },
    newDay && h("div", { class: "day" }, h("span", {}, newDay)),
    isNew && h("div", { class: "new-line" }, h("span", {}, "New")),
    message.tombstone ? tombstone(item) : article(item));
}

function article(item) {
  const { message, follows: isFollowing, inThread } = item;
  const isBot = message.user === botId();
  const name = authorOf(message);
  const error = h("div", { class: "message-error", role: "alert" });
  const stamp = h("time", { datetime: new Date(msOf(message)).toISOString(), title: full(msOf(message)) }, time(msOf(message)));
  return h("article", {
    class: ["message", isFollowing && "follows", message.only_me && "only-me"], "data-ts": message.ts,
    "aria-label": `${name}, ${full(msOf(message))}`,
  },
  h("div", { class: "gutter" }, isFollowing ? stamp : avatar(message.user)),
  h("div", { class: "message-main" },
    message.only_me && h("p", { class: "message-note" }, icon("eye"), " Only visible to you ",
      h("button", { type: "button", class: "link-button", on: { click: () => sendAction("dismiss", { ts: message.ts }) } }, "Dismiss")),
    message.broadcast && broadcastNote(item),
    !isFollowing && h("div", { class: "message-head" }, h("span", { class: "author" }, name),
      (isBot || message.user === "USLACKBOT") && h("span", { class: "badge" }, "APP"), stamp),
    h("div", { class: "message-body" }, ...body(message, error)),
    error,
    ...message.files.map(file),
    !inThread && item.replies.count > 0 && threadSummary(item)),
  toolbar(item));
}

function body(message, error) {
  const host = {
    act: async (block, part, chosen) => {
      error.replaceChildren();
      const place = { channel: message.channel, ts: message.ts, ...elementRef(block, part) };
      const answer = await (part.type === "button" ? sendAction("click", place) : sendAction("choose", { ...place, chosen }));
      if (!answer.error) return;
      // The message may have been redrawn in the meantime.
      if (error.isConnected) error.append(h("p", {}, icon("warning"), ` ${failure(answer)}`));
      else toast(failure(answer));
    },
  };
  const content = message.blocks.length ? blocks(message.blocks, host) : message.text ? [words(message.text)] : [];
  const edited = message.edited && h("span", { class: "edited" }, "(edited)");
  return [...content, edited].filter(Boolean);
}

function broadcastNote({ message, inThread, parent }) {
  if (inThread) return h("p", { class: "message-note" }, `Also sent to #${channel(message.channel)?.name}`);
  return h("p", { class: "message-note" }, "replied to a thread: ",
    h("button", { type: "button", class: "link-button snippet", on: { click: () => go({ thread: message.thread_ts }) } },
      ...mrkdwn((parent?.text || "a message").split("\n")[0])));
}

function threadSummary({ message, replies }) {
  const label = `${replies.count} ${replies.count === 1 ? "reply" : "replies"}`;
  return h("button", { type: "button", class: "thread-summary", "data-element": "thread", on: { click: () => go({ thread: message.ts }) } },
    h("span", { class: "faces", "aria-hidden": "true" }, ...replies.users.slice(0, 4).map((user) => avatar(user))),
    h("strong", {}, label),
    h("span", { class: "faint" }, `Last reply ${divider(replies.last * 1000)} at ${time(replies.last * 1000)}`));
}

function tombstone(item) {
  const { message, inThread } = item;
  return h("article", { class: "message tombstone", "data-ts": message.ts },
    h("div", { class: "gutter" }, h("span", { class: "avatar gone", "aria-hidden": "true" }, icon("trash"))),
    h("div", { class: "message-main" }, h("p", { class: "faint" }, "This message was deleted."),
      !inThread && item.replies.count > 0 && threadSummary(item)));
}

function toolbar({ message, inThread }) {
  const more = iconButton("more", "More actions", () => openMenu(more, actions(message)), { "aria-haspopup": "menu", "data-element": "more" });
  const reply = !inThread && !message.only_me && iconButton("bubble", "Reply in thread", () => go({ thread: message.thread_ts || message.ts }), { "data-element": "reply" });
  return message.only_me ? null : h("div", { class: "toolbar" }, reply, more);
}

function actions(message) {
  const place = { channel: message.channel, ts: message.ts };
  const shortcuts = store.setup.shortcuts.filter((one) => one.kind === "message").map((one) => ({
    words: [one.name, h("small", {}, store.setup.app)],
    run: async () => {
      const answer = await sendAction("message_shortcut", { ...place, callback_id: one.callback_id });
      if (answer.error) toast(failure(answer));
    },
  }));
  const files = message.files.filter((one) => !one.deleted).map((one) => ({
    words: `Delete ${one.name}`, danger: true, run: () => sendAction("delete_file", { file: one.id }),
  }));
  return [...shortcuts, ...files, { words: "Delete message", danger: true, run: () => sendAction("delete", place) }];
}
