// How lists of messages move: they stay at their end while one is there, and what is new is said aloud.
import { h } from "./dom.js";
import { authorOf } from "./messages.js";
import { mrkdwn } from "./mrkdwn.js";

const NEAR = 40;

/** Runs changes of a list so that who sees its last message sees the next one too, from the top if it is tall. */
export function stick(scroll, list) {
  let isFirst = true;
  let isAtEnd = true;
  let size = "";
  const sizeNow = () => `${scroll.scrollHeight} ${scroll.clientHeight}`;
  scroll.addEventListener("scroll", () => {
    // Where the size has changed as well nobody scrolled: the observer below is told next.
    if (sizeNow() === size) isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  });
  // A pane that opens beside it, or a narrower window, makes the messages taller.
  const sizes = new ResizeObserver(() => {
    size = sizeNow();
    if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
  });
  sizes.observe(scroll);
  sizes.observe(list);
  return (change) => {
    const before = list.lastElementChild;
    const last = before?.dataset.key;
    const seesLast = isFirst || !before || before.getBoundingClientRect().top < scroll.getBoundingClientRect().bottom;
    change();
    const end = list.lastElementChild;
    if (seesLast && end && (isFirst || end.dataset.key !== last)) {
      const isTall = end.offsetHeight > scroll.clientHeight;
      isAtEnd = !isTall;
      if (isTall) scroll.scrollTop += end.getBoundingClientRect().top - scroll.getBoundingClientRect().top - 8;
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
