// The menu of a message: react, reply, copy.

import { byId, element } from "./dom.js";
import { colourful } from "./message.js";

const EMOJI = ["👍", "👎", "❤", "🔥", "🤣", "😢"];
const MARGIN_PX = 8;

export class MessageMenu {
  /** @param act {react(message, emoji), reply(message), copied()} */
  constructor(act) {
    this.act = act;
    this.box = byId("message-menu");
    this.box.addEventListener("keydown", (event) => moveFocus(this.box, event));
    this.box.addEventListener("toggle", (event) => {
      this.opener?.setAttribute("aria-expanded", String(event.newState === "open"));
    });
  }

  /** Open the menu at the pointer, or else at the button that opened it. */
  open(message, opener, pointer) {
    this.opener = opener;
    const reactions = EMOJI.map((emoji) =>
      item(colourful(emoji), () => this.act.react(message, emoji), {
        role: "menuitemcheckbox",
        "aria-checked": message.mine.includes(emoji),
        "aria-label": `React with ${emoji}`,
      }),
    );
    const copy = () => navigator.clipboard.writeText(message.text).then(this.act.copied);
    this.box.replaceChildren(
      element("div", { className: "menu-reactions", role: "group", "aria-label": "Reactions" }, ...reactions),
      item("Reply", () => this.act.reply(message), { className: "menu-item" }),
      ...(message.text ? [item("Copy text", copy, { className: "menu-item" })] : []),
    );
    for (const button of this.box.querySelectorAll("button")) button.addEventListener("click", () => this.box.hidePopover());
    this.box.showPopover();
    place(this.box, pointer ? { left: pointer.clientX, top: pointer.clientY } : opener.getBoundingClientRect());
    this.box.querySelector("button").focus();
  }
}

/** Put a menu at a point, or as near to it as the window allows. */
export function place(box, { left, top }) {
  const { width, height } = box.getBoundingClientRect();
  const inside = (value, size, space) => Math.max(MARGIN_PX, Math.min(value, space - size - MARGIN_PX));
  box.style.left = `${inside(left, width, innerWidth)}px`;
  box.style.top = `${inside(top, height, innerHeight)}px`;
}

/** Move the focus to another item of a menu if an arrow key is pressed. */
export function moveFocus(box, event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...box.querySelectorAll("button")];
  buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
}

export function item(text, onTap, properties) {
  return element("button", { type: "button", role: "menuitem", onclick: onTap, ...properties }, text);
}
