// Slack's markup as DOM nodes: bold, code, quotes, links, mentions, dates, emoji; never as HTML.
import { append, h } from "./dom.js";
import { dateToken, full } from "./dates.js";
import { drawnEmoji } from "./icons.js";
import { channel, go, me, person, store } from "./store.js";

const INLINE = new RegExp([
  "<(?<entity>[^<>\\n]+)>",
  "`(?<code>[^`\\n]+)`",
  "(?<![\\w*])\\*(?<bold>(?! )[^*\\n]+(?<! ))\\*(?![\\w*])",
  "(?<![\\w_])_(?<italic>(?! )[^_\\n]+(?<! ))_(?![\\w_])",
  "(?<![\\w~])~(?<strike>(?! )[^~\\n]+(?<! ))~(?![\\w~])",
  ":(?<emoji>[a-z0-9_+-]+):(?::skin-tone-\\d:)?",
  "(?<url>https?://(?:(?!&[lg]t;)[^\\s<>|])*(?!&[lg]t;)[^\\s<>|.,;:!?)\"'”])",
].join("|"), "g");

/** The three entities that Slack escapes, and no other. */
export const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** A text object of Block Kit. */
export function textObject(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text) : plain(object.text, object.emoji !== false);
}

/** Plain text with its emoji and line ends. */
export function plain(text, emoji = true) {
  return String(text ?? "").split("\n").flatMap((line, index) => [
    index ? h("br") : null,
    ...(emoji ? withEmoji(line) : [line]),
  ]);
}

function withEmoji(text) {
  return text.split(/(:[a-z0-9_+-]+:)/).map((piece) => (/^:.+:$/.test(piece) ? emojiNode(piece.slice(1, -1)) : piece));
}

export function emojiNode(name) {
  const drawn = drawnEmoji(name);
  if (drawn) return drawn;
  const sign = store.setup.emoji[name];
  return sign ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, sign) : `:${name}:`;
}

/** Marked-up text: code blocks first, then quotes, then what stands in a line. */
export function mrkdwn(text) {
  return String(text ?? "").split(/```\n?([\s\S]*?)```/).flatMap((piece, index) => {
    if (index % 2) return [h("pre", { class: "code-block", tabindex: "0" }, h("code", {}, ...entitiesOnly(piece.replace(/\n$/, ""))))];
    return paragraphs(piece);
  });
}

function paragraphs(text) {
  const nodes = [];
  let quote = null;
  let isFirst = true;
  for (const line of text.split("\n")) {
    const quoted = /^(?:>|&gt;) ?/.exec(line);
    if (quoted) {
      if (!quote) nodes.push((quote = h("blockquote")));
      else quote.append(h("br"));
      append(quote, inline(line.slice(quoted[0].length)));
    } else {
      if (!isFirst && !quote) nodes.push(h("br"));
      nodes.push(...inline(line));
      quote = null;
    }
    isFirst = false;
  }
  return nodes;
}

function inline(text) {
  const nodes = [];
  let position = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(unescape(text.slice(position, match.index)));
    nodes.push(token(match));
    position = match.index + match[0].length;
  }
  nodes.push(unescape(text.slice(position)));
  return nodes.filter((node) => node !== "");
}

function token(match) {
  const { entity: inside, code, bold, italic, strike, emoji, url } = match.groups;
  if (inside !== undefined) return entity(inside) ?? unescape(match[0]);
  if (code !== undefined) return h("code", {}, ...entitiesOnly(code));
  if (bold !== undefined) return h("strong", {}, ...inline(bold));
  if (italic !== undefined) return h("em", {}, ...inline(italic));
  if (strike !== undefined) return h("del", {}, ...inline(strike));
  if (emoji !== undefined) return emojiNode(emoji);
  return link(unescape(url), unescape(url));
}

/** Inside of code only links, mentions and dates have a meaning. */
function entitiesOnly(text) {
  return text.split(/(<[^<>\n]+>)/).map((piece) => (/^<.+>$/.test(piece) ? entity(piece.slice(1, -1)) : null) ?? unescape(piece));
}

function entity(inside) {
  const [target, label] = split(inside);
  const words = label && unescape(label);
  if (target.startsWith("@")) return userMention(target.slice(1), words);
  if (target.startsWith("#")) return channelLink(target.slice(1), words);
  if (target.startsWith("!")) return special(inside.slice(1), words);
  if (/^(https?|mailto|tel):/.test(target)) return link(unescape(target), words || unescape(target).replace(/^(mailto|tel):/, ""));
  return null;
}

function split(inside) {
  const at = inside.indexOf("|");
  return at < 0 ? [inside, ""] : [inside.slice(0, at), inside.slice(at + 1)];
}

export function link(address, label) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...withEmoji(label));
}

export function userMention(id, label) {
  const found = person(id);
  const mine = id === me().id;
  return h("span", { class: ["mention", mine && "mention-me"] }, `@${found?.real_name || label || id}`);
}

export function channelLink(id, label) {
  const found = channel(id);
  if (!found) return h("span", { class: "mention" }, label ? `#${label}` : "a private channel");
  return h("button", { type: "button", class: "mention mention-link", on: { click: () => go({ channel: id }) } }, `#${found.name}`);
}

function special(inside, label) {
  const date = /^date\^(\d+)\^([^|^]+)(?:\^([^|]+))?(?:\|(.*))?$/.exec(inside);
  if (date) {
    const shown = dateToken(Number(date[1]), unescape(date[2]));
    const stamp = h("time", { title: full(date[1] * 1000), datetime: new Date(date[1] * 1000).toISOString() }, shown);
    return date[3] ? h("a", { href: unescape(date[3]), target: "_blank", rel: "noopener noreferrer" }, stamp) : stamp;
  }
  const [name] = split(inside);
  if (name.startsWith("subteam^")) {
    const group = store.setup.groups.find((one) => one.id === name.slice(8));
    return h("span", { class: "mention" }, group ? `@${group.handle}` : label || name);
  }
  if (["channel", "here", "everyone"].includes(name)) return h("span", { class: "mention mention-me" }, `@${name}`);
  return label || `<${inside}>`;
}
