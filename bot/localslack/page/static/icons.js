// The page's own signs as drawings, so that they look the same whatever fonts a machine has.

const SVG = "http://www.w3.org/2000/svg";

const LINES = {
  archive: "M4 5h16v4H4zM6 9v10h12V9M10 13h4",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  bubble: "M4 5h16v11H11l-4 4v-4H4z",
  clip: "M20 11.5 11.5 20a5 5 0 0 1-7-7L13 4.5a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.3a1.7 1.7 0 0 1-2.4-2.4L15 7.5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 2",
  close: "M6 6l12 12M18 6 6 18",
  down: "M12 5v14M6 13l6 6 6-6",
  eye: "M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  jump: "M5 6l7 6-7 6zM13 6l7 6-7 6z",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  menu: "M4 6h16M4 12h16M4 18h16",
  more: "M12 5.5h.01M12 12h.01M12 18.5h.01",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  send: "M4 5l16 7-16 7 2.5-7zM6.5 12H13",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  warning: "M12 4 2.5 20h19zM12 10v4.5M12 17.3h.01",
};

/** Emoji that the bot uses; each is a list of [path, color, width of its line if it is one]. */
const EMOJI = {
  bell: [["M12 3a6 6 0 0 0-6 6c0 5-2 6-2.5 8h17C20 15 18 14 18 9a6 6 0 0 0-6-6z", "#f2b01e"], ["M9.5 18.5a2.5 2.5 0 0 0 5 0z", "#b9770e"], ["M9 6.5C8 8 8 10 7.7 12", "#fbdc8d", 1.5]],
  fast_forward: [["M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z", "#3b88c3"], ["M5.5 7.5 12 12l-6.5 4.5zM12 7.5l6.5 4.5-6.5 4.5z", "#fff"]],
  dart: [["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "#d9485f"], ["M12 6.2a5.8 5.8 0 1 0 0 11.6 5.8 5.8 0 0 0 0-11.6z", "#fff"], ["M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z", "#d9485f"], ["M12 12l7.5-7.5", "#3b6fb5", 1.8]],
  busts_in_silhouette: [["M15.5 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM14 12.5c4-.8 7 1.5 7 5.5h-5z", "#8d979d"], ["M9 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4.5 2.5-6.5 6.5-6.5s6.5 2 6.5 6.5z", "#3b88c3"]],
  email: [["M3.5 5.5h17a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-17a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1z", "#dfe7ec"], ["M3 7l9 6.5L21 7", "#6d7d87", 1.6]],
  envelope_with_arrow: [["M3.5 5.5h17a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-17a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1z", "#dfe7ec"], ["M3 7l9 6.5L21 7", "#6d7d87", 1.6], ["M12 2.5v6.5M9 6.5l3 3 3-3", "#d9485f", 2]],
  hourglass: [["M6 4h12c0 5-4 6-4 8s4 3 4 8H6c0-5 4-6 4-8S6 9 6 4z", "#cfe6f5"], ["M5 3.5h14M5 20.5h14", "#8a5a2b", 2]],
  new: [["M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z", "#3b88c3"], ["M8 17V7l8 10V7", "#fff", 2.4]],
  page_facing_up: [["M6 3h8l4 4v14H6z", "#eef1f3"], ["M9 9h5M9 12.5h6M9 16h6", "#8d979d", 1.4]],
  scissors: [["M8 15.5 18.5 4M16 15.5 5.5 4", "#6d7d87", 2], ["M6.5 15a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM17.5 15a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z", "#d9485f", 1.8]],
  hourglass_flowing_sand: [["M6 4h12c0 5-4 6-4 8s4 3 4 8H6c0-5 4-6 4-8S6 9 6 4z", "#cfe6f5"], ["M8 7.5h8c-1 2-3 2.5-4 4-1-1.5-3-2-4-4zM8 19c.5-2 2.5-2.7 4-4 1.5 1.3 3.5 2 4 4z", "#e8a33d"], ["M5 3.5h14M5 20.5h14", "#8a5a2b", 2.5]],
  lock: [["M8 11V8a4 4 0 0 1 8 0v3", "#8d979d", 2.4], ["M6.5 10.5h11a1.5 1.5 0 0 1 1.5 1.5v7.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19.5V12a1.5 1.5 0 0 1 1.5-1.5z", "#e9a62b"], ["M12 14.5v3", "#7d4f0a", 2.2]],
  memo: [["M5 3h11l3 3v15H5z", "#f4f0e4"], ["M8 8h7M8 11.5h8M8 15h5", "#8d979d", 1.4], ["M13.5 19.5 20.5 11", "#e8a33d", 2.6], ["M12.6 20.6l.6-.8", "#3d2c00", 2]],
  no_entry: [["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "#d9364a"], ["M7.5 12h9", "#fff", 3.2]],
  palm_tree: [["M12.5 10c.8 4 .5 8-.5 11", "#9c6b3c", 2.6], ["M12.5 10C10 6 6.5 6 4 8.5c3-.6 6 0 8.5 1.5zM12.5 10c1.5-4 5-5 8-3.5-3 0-6 1.5-8 3.5zM12.5 10c-4-.5-7 2-7.5 5.5 2-3 4.5-4.5 7.5-5.5zM12.5 10c3.5 0 6 2.5 6 6-1.5-3-3.5-4.800-6-6z", "#3fa34d"]],
  point_right: [["M3 10h6l2-2.5c1-1.2 2.8-.3 2.5 1.2L13.3 10H20a1.7 1.7 0 0 1 0 3.4h-5.3c1 .3 1.3 1.9.2 2.5.7.8.3 2-.6 2.3.2 1-.5 1.8-1.5 1.8H8c-2 0-2.5-1-5-1z", "#f3b64b"], ["M15 13.4h-3.5M14.9 15.9h-3M14.3 18.2h-2.5", "#c9842a", 1.1]],
  question: [["M8 8.5a4 4 0 1 1 5.8 3.5c-1.3.7-1.8 1.4-1.8 3", "#d9485f", 3], ["M12 19.3h.01", "#d9485f", 3.4]],
  tada: [["M8.5 9 3 21l12-5.5z", "#f2b01e"], ["M7 12.5l4.5 4.5M5.5 16l2.5 2.5", "#d9485f", 1.6], ["M12 9c0-3 3-2.5 2.5-5.5M15 12c3-1 3.5 1.5 6 .5", "#3b88c3", 1.8], ["M18.5 5.5h.01M10 5h.01M20 17h.01", "#d9485f", 2.8], ["M16.5 8.5l2.5-1.5M19.5 9.5h.01", "#3fa66b", 2]],
  warning: [["M12 3 1.8 20.5h20.4z", "#f5b829"], ["M12 9.5v5", "#3d2c00", 2.2], ["M12 17.5h.01", "#3d2c00", 2.6]],
  white_check_mark: [["M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z", "#3fa34d"], ["M7 12.5l3.5 3.5L17 8", "#fff", 2.8]],
  x: [["M5.5 5.5l13 13M18.5 5.5l-13 13", "#d9485f", 3.6]],
  zzz: [["M4 14h6l-6 7h6M11 8h5l-5 6h5M17 3h4l-4 5h4", "#3b88c3", 2]],
};

function svg(className) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("viewBox", "0 0 24 24");
  node.setAttribute("class", className);
  return node;
}

function path(d, attributes) {
  const node = document.createElementNS(SVG, "path");
  node.setAttribute("d", d);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** A sign of the page; what it means is said by what it stands in. */
export function icon(name) {
  const node = svg("icon");
  node.setAttribute("aria-hidden", "true");
  node.append(path(LINES[name], {}));
  return node;
}

/** An emoji as a drawing; null where there is none. */
export function drawnEmoji(name) {
  const layers = EMOJI[name];
  if (!layers) return null;
  const node = svg("emoji-drawn");
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", name.replaceAll("_", " "));
  for (const [d, color, width] of layers) {
    node.append(path(d, width ? { fill: "none", stroke: color, "stroke-width": width, "stroke-linecap": "round" } : { fill: color }));
  }
  return node;
}
