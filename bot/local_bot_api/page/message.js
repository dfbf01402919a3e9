// A message as a bubble, with its inline keyboard.

import { element, icon } from "./dom.js";
import { link, richText } from "./entities.js";

const TICKS = "m1 6 3.5 3.5L11 2M7.5 8.5l1 1L15 2";
const SHEET = "M12 4v11m-5-5 5 5 5-5M5 20h14";
const FILM = "M4 4h16v16H4zM8 4v16M16 4v16M4 8h4M4 12h16M4 16h4M16 8h4M16 16h4";
const ARROW = "M6 18 18 6M9 6h9v9";
const VOICE = "M12 4a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3zM6 11.500a6 6 0 0 0 12 0M12 17.500V21";
const DOTS = "M12 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4m0 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4m0 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/**
 * Draw a message.
 * @param message a message in the format of the server
 * @param names {bot, me}: the display names of the bot and the person
 * @param act {command, press, react, menu, find, copy}: callbacks for the person's actions
 * @param before the element of the message before an edit
 */
export function drawMessage(message, names, act, before) {
  const hasKeys = message.keyboard.length > 0;
  const sender = message.from_bot ? names.bot : names.me;
  const drawn = element("article", {
    className: `message ${message.from_bot ? "in" : "out"}${hasKeys ? " with-keys" : ""}`,
    "aria-label": `${sender}, ${clock.format(1000 * message.date)}`,
  });
  drawn.dataset.id = message.id;
  drawn.append(
    element(
      "div",
      { className: "stack" },
      element("div", { className: "bubble" }, photo(message, before), body(message, names, act)),
      hasKeys ? keyboard(message, act) : null,
    ),
    moreButton(message, act),
  );
  const openMenu = (event) => {
    // Links and selected text keep the browser's own context menu.
    if (event.target.closest("a") || !getSelection().isCollapsed) return;
    event.preventDefault();
    act.menu(message, drawn.querySelector(".more"), event);
  };
  const bubble = drawn.querySelector(".bubble");
  bubble.addEventListener("contextmenu", openMenu);
  bubble.addEventListener("click", (event) => {
    if (matchMedia("(hover: none)").matches && !event.target.closest("button, .spoiler")) openMenu(event);
  });
  return drawn;
}

function body(message, names, act) {
  const { reply } = message;
  return element(
    "div",
    { className: "body" },
    reply && quote(reply, names, () => act.find(reply.id)),
    message.document && file(message.document),
    message.sticker && element("span", { className: "sticker", role: "img", "aria-label": `Sticker ${message.sticker}` }, message.sticker),
    typeof message.voice === "number" ? voice(message.voice) : null,
    message.text ? richText(message.text, message.entities, act.command) : null,
    hasReactions(message) ? reactions(message, act) : time(message),
  );
}

/** The two-line quote of a message in a reply. */
export function quote(message, names, onTap) {
  const lines = [
    element("b", {}, message.from_bot ? names.bot : names.me),
    element("span", {}, (message.text || "Message").replaceAll("\n", " ")),
  ];
  return onTap
    ? element("button", { className: "quote", type: "button", onclick: onTap }, ...lines)
    : element("div", { className: "quote" }, ...lines);
}

function time(message) {
  const label = `${message.edited ? "edited " : ""}${clock.format(1000 * message.date)}`;
  return element("span", { className: "time" }, label, message.from_bot ? null : icon(TICKS, "0 0 16 11"));
}

function photo(message, before) {
  if (!message.photo) return null;
  const { url, width, height } = message.photo;
  const previous = before?.querySelector(".photo");
  // Reuse the element if only the caption changed, so that the picture is not loaded again.
  if (previous?.getAttribute("src") === url) return previous;
  const alt = message.text ? `Picture: ${message.text.split("\n")[0]}` : "Picture";
  const shown = element("img", { className: "photo", alt, width, height, decoding: "async" });
  shown.addEventListener("error", () => shown.replaceWith(noPhoto()));
  shown.src = url;
  return shown;
}

function noPhoto() {
  return element("div", { className: "no-photo" }, icon(FILM), "The picture could not be loaded");
}

function file({ url, name, size }) {
  return element(
    "a",
    { className: "document", href: url, download: name },
    element("span", { className: "sheet" }, icon(SHEET)),
    element("span", {}, element("b", {}, name), element("small", {}, formatSize(size))),
  );
}

function voice(seconds) {
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return element(
    "span",
    { className: "document" },
    element("span", { className: "sheet" }, icon(VOICE)),
    element("span", {}, element("b", {}, "Voice message"), element("small", {}, length)),
  );
}

function formatSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

const hasReactions = ({ mine, theirs }) => mine.length + theirs.length > 0;

function reactions(message, act) {
  const all = [...new Set([...message.mine, ...message.theirs])];
  const chips = all.map((emoji) =>
    element(
      "button",
      {
        className: "reaction",
        type: "button",
        "aria-pressed": message.mine.includes(emoji),
        "aria-label": `Reaction ${emoji}`,
        onclick: () => act.react(message, emoji),
      },
      colourful(emoji),
    ),
  );
  return element("div", { className: "reactions" }, ...chips, time(message));
}

/** Telegram's heart lacks the variation selector for colour. */
export const colourful = (emoji) => (emoji === "❤" ? "❤\uFE0F" : emoji);

function keyboard(message, act) {
  const rows = message.keyboard.map((row) =>
    element("div", { className: "keys-row" }, ...row.map((button) => key(message, button, act))),
  );
  return element("div", { className: "keys", role: "group", "aria-label": "Buttons" }, ...rows);
}

function key(message, { text, data, url, copy, style }, act) {
  if (url) return link(url, [text, icon(ARROW)], "key");
  const made = element("button", { className: style ? `key ${style}` : "key", type: "button" }, text);
  made.addEventListener("click", async () => {
    if (copy !== null) act.copy(copy);
    if (data === null || made.ariaBusy === "true") return;
    made.ariaBusy = "true";
    await act.press(message, data);
    made.ariaBusy = "false";
  });
  return made;
}

function moreButton(message, act) {
  const made = element(
    "button",
    { className: "more", type: "button", "aria-label": "React or reply", "aria-haspopup": "menu", "aria-expanded": "false" },
    icon(DOTS),
  );
  made.addEventListener("click", () => act.menu(message, made));
  return made;
}
