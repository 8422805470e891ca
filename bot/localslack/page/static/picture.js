// Draws an image block or element as its alternative text with a link: no picture is fetched from elsewhere.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./mrkdwn.js";

export function picture(block) {
  const words = block.alt_text || "image";
  return block.image_url ? h("span", { class: "picture" }, icon("picture"), " ", link(block.image_url, words)) : h("span", { class: "picture" }, icon("picture"), " ", words);
}
