// Draws rich_text blocks: sections, lists, quotes, preformatted text, and the words inside.
import { h } from "./dom.js";
import { dateToken } from "./dates.js";
import { channelLink, emojiNode, link, plain, userMention } from "./mrkdwn.js";

export function richText(elements) {
  return (elements || []).map((part) => {
    if (part.type === "rich_text_list") return list(part);
    const inside = (part.elements || []).map(piece);
    if (part.type === "rich_text_preformatted") return h("pre", { class: "code-block", tabindex: "0" }, h("code", {}, ...inside));
    if (part.type === "rich_text_quote") return h("blockquote", {}, ...inside);
    return h("div", {}, ...inside);
  });
}

function list(part) {
  const items = part.elements.map((item) => h("li", {}, ...(item.elements || []).map(piece)));
  return h(part.style === "ordered" ? "ol" : "ul", { class: "rich-list" }, ...items);
}

function piece(part) {
  const { type, style = {} } = part;
  if (type === "user") return userMention(part.user_id);
  if (type === "channel") return channelLink(part.channel_id);
  if (type === "usergroup") return h("span", { class: "mention" }, `@${part.usergroup_id}`);
  if (type === "broadcast") return h("span", { class: "mention mention-me" }, `@${part.range}`);
  if (type === "emoji") return emojiNode(part.name);
  if (type === "date") return h("time", {}, dateToken(part.timestamp, part.format || "{date_short_pretty} at {time}"));
  if (type === "link") return styled(link(part.url, part.text || part.url), style);
  return styled(h("span", {}, ...plain(part.text, false)), style);
}

function styled(node, style) {
  let shown = node;
  for (const [name, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "del"]]) {
    if (style[name]) shown = h(tag, {}, shown);
  }
  return shown;
}

/** The words of a rich text, for a field in which it is edited. */
export function richWords(value) {
  const parts = (value?.elements || []).flatMap((part) => (part.elements || []).map((one) => one.text || one.url || ""));
  return parts.join("");
}

