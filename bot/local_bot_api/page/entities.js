// Rendering of Telegram's text: plain characters, and entities that mark bold text, links, commands and so on.
// Offsets count UTF-16 code units, as in JavaScript strings.

import { element } from "./dom.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

/**
 * Render a text with its entities.
 * @param onCommand called with the text of a tapped command
 */
export function richText(text, entities, onCommand) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return element("span", { className: "text" }, ...pieces(text, 0, text.length, sorted, onCommand));
}

function pieces(text, start, end, entities, onCommand) {
  const nodes = [];
  let position = start;
  let rest = entities;
  while (rest.length) {
    const [outer, ...later] = rest;
    const first = Math.max(outer.offset, position);
    const last = Math.min(outer.offset + outer.length, end);
    if (first > position) nodes.push(text.slice(position, first));
    // An entity that begins inside the outer entity and ends after it is split at the outer entity's end.
    const inner = later.filter((entity) => entity.offset < last);
    const overlapping = inner.filter((entity) => entity.offset + entity.length > last);
    if (last > first) nodes.push(wrap(outer, text.slice(first, last), pieces(text, first, last, inner, onCommand), onCommand));
    position = Math.max(position, last);
    rest = [
      ...overlapping.map((entity) => ({ ...entity, offset: last, length: entity.offset + entity.length - last })),
      ...later.filter((entity) => entity.offset >= last),
    ];
  }
  if (position < end) nodes.push(text.slice(position, end));
  return nodes;
}

function wrap(entity, text, children, onCommand) {
  if (entity.type in TAGS) return element(TAGS[entity.type], {}, ...children);
  switch (entity.type) {
    case "url":
      return link(text, children);
    case "text_link":
      return link(entity.url, children);
    case "bot_command":
      return element("button", { className: "link", type: "button", onclick: () => onCommand(text) }, ...children);
    case "spoiler":
      return spoiler(children);
    case "mention":
    case "hashtag":
      return element("span", { className: "mention" }, ...children);
    default:
      return element("span", {}, ...children);
  }
}

/** Create a link that opens a new tab; an address with a scheme other than http(s) becomes plain text. */
export function link(address, children, className) {
  if (!/^https?:\/\//i.test(address ?? "")) return element("span", { className }, ...children);
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer", className }, ...children);
}

function spoiler(children) {
  const hidden = element("span", { className: "spoiler", role: "button", tabIndex: 0, "aria-label": "Hidden text" }, ...children);
  const open = () => {
    hidden.classList.add("open");
    for (const name of ["role", "tabindex", "aria-label"]) hidden.removeAttribute(name);
  };
  hidden.addEventListener("click", open, { once: true });
  hidden.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), open()));
  return hidden;
}
