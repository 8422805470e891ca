// How lists of messages move: they stay at their end while one is there, and what is new is said aloud.
import { authorOf } from "./messages.js";
import { mrkdwn } from "./mrkdwn.js";
import { h } from "./dom.js";

/** Runs changes of a list so that who sees its last message sees the next one too, from the top if it is tall. */
export function stick(scroll, list) {
  let isFirst = true;
  return (change) => {
    const before = list.lastElementChild;
    const last = before?.dataset.key;
    const atEnd = isFirst || !before || before.getBoundingClientRect().top < scroll.getBoundingClientRect().bottom;
    change();
    const end = list.lastElementChild;
    if (atEnd && (isFirst || end?.dataset.key !== last)) {
      const room = scroll.clientHeight;
      if (end && end.offsetHeight > room) scroll.scrollTop += end.getBoundingClientRect().top - scroll.getBoundingClientRect().top - 8;
      else scroll.scrollTop = scroll.scrollHeight;
    }
    isFirst = false;
  };
}

/** Tell a screen reader of a message. */
export function announce(message) {
  const node = h("p", {}, `${authorOf(message)}: `, ...mrkdwn(message.text));
  document.getElementById("announcer").append(node);
  setTimeout(() => node.remove(), 10_000);
}
