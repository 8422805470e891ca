// Draws Block Kit blocks. `host` says where the blocks stand and handles presses of their elements.
import { h } from "./dom.js";
import { element } from "./elements.js";
import { inputBlock } from "./inputs.js";
import { mrkdwn, plain, textObject } from "./mrkdwn.js";
import { picture } from "./picture.js";
import { richText } from "./richtext.js";

const DRAW = { section, header, divider, context, actions, image, input, rich_text, markdown };

/**
 * All blocks of a message or a view.
 * host: { act(block, element, value, node), inputs: Map for the fields of a form, errors, values, note }
 */
export function blocks(list, host) {
  return (list || []).map((block) => {
    const draw = DRAW[block.type];
    return draw
      ? draw(block, host)
      : h("p", { class: "block unknown" }, `This page can't show “${block.type}” blocks yet.`);
  });
}

function section(block, host) {
  return h("div", { class: "block section" },
    h("div", { class: "section-text" },
      block.text && h("div", { class: "text" }, ...textObject(block.text)),
      block.fields && h("div", { class: "fields" },
        ...block.fields.map((field) => h("div", { class: "text" }, ...textObject(field))))),
    block.accessory && h("div", { class: "accessory" }, element(block, block.accessory, host)));
}

function header(block) {
  return h("h3", { class: "block block-header" }, ...textObject(block.text));
}

function divider() {
  return h("hr", { class: "block" });
}

function context(block) {
  return h("div", { class: "block context" }, ...block.elements.map((part) =>
    (part.type === "image" ? picture(part) : h("span", { class: "text" }, ...textObject(part)))));
}

function actions(block, host) {
  return h("div", { class: "block actions" }, ...block.elements.map((part) => element(block, part, host)));
}

function input(block, host) {
  return inputBlock(block, host);
}

function image(block) {
  return h("figure", { class: "block" }, picture(block), block.title && h("figcaption", {}, ...textObject(block.title)));
}

function rich_text(block) {
  return h("div", { class: "block text" }, ...richText(block.elements));
}

function markdown(block) {
  return h("div", { class: "block text" }, ...mrkdwn(block.text));
}

/** A message without blocks. */
export function words(text, isPlain = false) {
  return h("div", { class: "block text" }, ...(isPlain ? plain(text) : mrkdwn(text)));
}
