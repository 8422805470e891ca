// How lists of messages move: they follow what is new and what was asked for, and leave alone whoever scrolled up.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { authorOf } from "./messages.js";
import { mrkdwn } from "./mrkdwn.js";
import { botId, me, store } from "./store.js";

const NEAR = 40;
/** An answer that comes later than this is news like any other, in milliseconds. */
const ANSWER_WITHIN = 15_000;

/**
 * Keeps a list where its reader wants it. The answer runs a change of the list:
 * who sees its last message sees the next one too, and an answer to what was just done is scrolled to; for everything
 * else that comes below there is a button. `isAnswer` says of a message's ts whether it may be such an answer.
 */
export function stick(scroll, list, isAnswer = () => false) {
  let isFirst = true;
  let isAtEnd = true;
  /** Whether the top of a message was scrolled to, which stays where it is. */
  let isHeld = false;
  let size = "";
  let movedUpAt = -Infinity;
  let missed = "";
  const button = h("button", { type: "button", class: "button below-button", on: { click: () => missed && reveal(nodeOf(missed)) } },
    icon("down"), "New message below");
  const below = h("div", { class: "below", hidden: true }, button);
  scroll.after(below);

  const sizeNow = () => `${scroll.scrollHeight} ${scroll.clientHeight}`;
  const nodeOf = (key) => [...list.children].find((node) => node.dataset.key === key);
  const distance = (node) => node.getBoundingClientRect().top - scroll.getBoundingClientRect().top;

  function settle() {
    isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
    const node = missed && nodeOf(missed);
    if (!node || isAtEnd || distance(node) < scroll.clientHeight - NEAR) missed = "";
    below.hidden = !missed;
  }

  scroll.addEventListener("scroll", () => {
    // Where the size has changed as well nobody scrolled: the observer below is told next.
    if (sizeNow() === size) settle();
  });
  // Told by what the reader does, as a list also scrolls for other reasons, and late: a press scrolls to its button.
  const movesUp = {
    wheel: (event) => event.deltaY < 0,
    touchmove: () => true,
    keydown: (event) => ["PageUp", "ArrowUp", "Home"].includes(event.key),
    pointerdown: (event) => event.target === scroll,
  };
  for (const [name, isMove] of Object.entries(movesUp)) {
    scroll.addEventListener(name, (event) => {
      isHeld = false;
      if (isMove(event)) movedUpAt = performance.now();
    }, { passive: true });
  }
  // A pane that opens beside it, or a narrower window, makes the messages taller.
  const sizes = new ResizeObserver(() => {
    size = sizeNow();
    if (isAtEnd && !isHeld) scroll.scrollTop = scroll.scrollHeight;
    settle();
  });
  sizes.observe(scroll);
  sizes.observe(list);

  /** Scroll to a message: to the end of the list if all of it fits from there on, else to the message's top. */
  function reveal(node) {
    if (!node) return;
    const fits = scroll.scrollHeight - scroll.scrollTop - distance(node) <= scroll.clientHeight;
    isHeld = !fits;
    if (fits) scroll.scrollTop = scroll.scrollHeight;
    else scroll.scrollTop += distance(node) - 8;
    settle();
  }

  function isWaitedFor(key) {
    const { asked } = store;
    const inTime = asked && performance.now() - asked.at < ANSWER_WITHIN && movedUpAt < asked.at;
    return Boolean(inTime) && isAnswer(key, asked);
  }

  function run(change) {
    const known = new Set([...list.children].map((node) => node.dataset.key));
    const before = list.lastElementChild;
    const seesLast = isFirst || !before || distance(before) < scroll.clientHeight;
    change();
    const fresh = [...list.children].filter((node) => !known.has(node.dataset.key));
    if (isFirst) reveal(list.lastElementChild);
    else if (fresh.length) {
      const answer = fresh.find((node) => isWaitedFor(node.dataset.key));
      if (answer || seesLast) reveal(answer || fresh[0]);
      else missed ||= fresh[0].dataset.key;
      settle();
    }
    isFirst = false;
  }

  return Object.assign(run, { show: (key) => reveal(nodeOf(key)) });
}

/** Whether a message answers what was asked: one for or by this person, or, to a command, anything of the app's. */
export function answers(message, asked) {
  if (asked.channel !== message.channel) return false;
  const isMine = message.only_me || message.user === me().id || message.text.includes(`<@${me().id}`);
  return isMine || (asked.isCommand && message.user === botId());
}

/** Tell a screen reader of a message. */
export function announce(message) {
  const node = h("p", {}, `${authorOf(message)}: `, ...mrkdwn(message.text));
  document.getElementById("announcer").append(node);
  setTimeout(() => node.remove(), 10_000);
}
