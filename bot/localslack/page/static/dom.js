// Makes and updates DOM nodes; text only ever becomes text nodes, so nothing that a person typed is markup.
import { icon } from "./icons.js";

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "open", "indeterminate"]);

/** An element: attributes by name, `on` for listeners, properties where they are needed, then its children. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "class") node.className = Array.isArray(value) ? value.filter(Boolean).join(" ") : value;
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** Exchange all children, unless they would be the same ones. */
export function fill(node, ...children) {
  const wanted = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  if (wanted.length === node.childNodes.length && wanted.every((child, i) => child === node.childNodes[i])) return;
  node.replaceChildren(...wanted);
}

/**
 * Keep the children of `parent` in step with `items`: nodes whose key and content stay are left alone, so that
 * focus, open menus and scroll positions stay too; a node that has to be replaced passes its focus on.
 */
export function keyed(parent, items, keyOf, contentOf, make) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const focus = focusIn(parent);
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const content = contentOf(item);
    let node = old.get(key);
    old.delete(key);
    if (!node || node.content !== content) {
      const fresh = make(item);
      fresh.dataset.key = key;
      fresh.content = content;
      if (node) {
        if (place === node) place = node.nextElementSibling;
        node.remove();
      }
      node = fresh;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of old.values()) node.remove();
  focus();
}

/** Remembers which element of a keyed list has the focus; the answer puts it back where it was lost. */
function focusIn(parent) {
  const active = document.activeElement;
  if (!active || !parent.contains(active)) return () => {};
  const item = active.closest("[data-key]");
  const key = item?.dataset.key;
  const element = active.closest("[data-element]")?.dataset.element;
  return () => {
    if (parent.contains(document.activeElement)) return;
    const again = [...parent.children].find((node) => node.dataset.key === key);
    if (!again) return;
    const same = element && [...again.querySelectorAll("[data-element]")].find((node) => node.dataset.element === element);
    const target = (same && focusable(same)) || again;
    target.focus({ preventScroll: true });
  };
}

function focusable(node) {
  return node.matches("button, input, textarea, a, [tabindex]") ? node : node.querySelector("button, input, textarea, a");
}

let numbers = 0;
/** A new id for labels and descriptions. */
export function newId(prefix) {
  numbers += 1;
  return `${prefix}-${numbers}`;
}

/** A button with an icon, named for everyone. */
export function iconButton(sign, name, click, attributes = {}) {
  const { class: more, ...rest } = attributes;
  return h("button", { type: "button", class: ["icon-button", more], "aria-label": name, title: name, on: { click }, ...rest },
    icon(sign));
}
