// A small menu under a button: arrow keys, Home, End, Escape, and the focus goes back where it came from.
import { h } from "./dom.js";

let open = null;

/** items: [{ words, run, danger }]; `words` are text or nodes. */
export function openMenu(anchor, items) {
  if (open) {
    const same = open.anchor === anchor;
    close(false);
    if (same) return;
  }
  const menu = h("div", { class: "menu", role: "menu", on: { keydown } },
    ...items.map((item) => h("button", {
      type: "button", role: "menuitem", tabindex: "-1", class: item.danger && "danger",
      on: { click: () => { close(true); item.run(); } },
    }, item.words)));
  (anchor.closest("dialog") || document.body).append(menu);
  anchor.setAttribute("aria-expanded", "true");
  open = { anchor, menu };
  place(menu, anchor);
  menu.firstElementChild?.focus();
  setTimeout(() => addEventListener("pointerdown", outside, true));
}

/** Put a layer below its anchor, or above it where there is no room; inside the window in any case. */
export function place(layer, anchor) {
  const box = anchor.getBoundingClientRect();
  const below = innerHeight - box.bottom - 12;
  const height = layer.offsetHeight;
  const top = below >= height || below > box.top ? box.bottom + 4 : Math.max(8, box.top - height - 4);
  layer.style.top = `${Math.round(top)}px`;
  layer.style.left = `${Math.round(Math.max(8, Math.min(box.left, innerWidth - layer.offsetWidth - 8)))}px`;
}

function close(back) {
  if (!open) return;
  const { anchor, menu } = open;
  open = null;
  removeEventListener("pointerdown", outside, true);
  anchor.setAttribute("aria-expanded", "false");
  menu.remove();
  if (back) anchor.focus();
}

function outside(event) {
  if (open && !open.menu.contains(event.target) && !open.anchor.contains(event.target)) close(false);
}

function keydown(event) {
  const items = [...open.menu.children];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items[(to + items.length) % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") close(true);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
