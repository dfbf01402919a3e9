// The message list, in order, with a stable scroll position.

import { byId, element } from "./dom.js";
import { drawMessage } from "./message.js";

const NEAR_PX = 90;
const day = new Intl.DateTimeFormat(undefined, { month: "long", day: "numeric" });

export class MessageLog {
  /** @param act the actions of `drawMessage`, except for `find`, which the log adds */
  constructor(act) {
    this.act = { ...act, find: (id) => this.find(id) };
    this.names = { bot: "", me: "" };
    this.shown = new Map();
    this.unread = 0;
    this.isAtEnd = true;
    this.scroll = byId("scroll");
    this.list = byId("log");
    this.down = byId("down");
    this.scroll.addEventListener("scroll", () => this.updatePosition(), { passive: true });
    this.down.addEventListener("click", () => this.toEnd("smooth"));
    // Keep the end in view if the content grows (pictures, edits) or the window shrinks (an on-screen keyboard).
    const observer = new ResizeObserver(() => this.isAtEnd && this.toEnd());
    observer.observe(this.list);
    observer.observe(this.scroll);
  }

  get isEmpty() {
    return this.shown.size === 0;
  }

  /** Apply an event: show new and changed messages, and remove deleted messages. */
  apply({ all, messages = [], gone = [] }) {
    const isFirst = this.list.ariaBusy === "true";
    const current = new Set(messages.map((message) => message.id));
    const removed = all ? [...this.shown.keys()].filter((id) => !current.has(id)) : gone;
    for (const id of removed) this.remove(id);
    for (const message of messages) this.put(message, isFirst);
    if (removed.length || messages.length) this.group();
    this.list.ariaBusy = "false";
    if (isFirst || this.isAtEnd) this.toEnd();
    else this.updatePosition();
  }

  message(id) {
    return this.shown.get(id)?.message;
  }

  /** Scroll to the end. */
  toEnd(behavior = "instant") {
    this.isAtEnd = true;
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior });
    this.updatePosition();
  }

  find(id) {
    const drawn = this.shown.get(id)?.drawn;
    if (!drawn) return;
    drawn.scrollIntoView({ block: "center" });
    drawn.classList.remove("found");
    requestAnimationFrame(() => drawn.classList.add("found"));
  }

  put(message, isFirst) {
    const before = this.shown.get(message.id);
    if (before && JSON.stringify(before.message) === JSON.stringify(message)) return;
    const focused = before && focusIn(before.drawn);
    const drawn = drawMessage(message, this.names, this.act, before?.drawn);
    this.shown.set(message.id, { message, drawn });
    if (before) {
      before.drawn.replaceWith(drawn);
      focused?.(drawn);
      return;
    }
    if (!isFirst) drawn.classList.add("new");
    this.list.append(drawn);
    if (message.from_bot && !this.isAtEnd) this.unread += 1;
  }

  remove(id) {
    this.shown.get(id)?.drawn.remove();
    this.shown.delete(id);
  }

  /** Put a date above the first message of a day, and mark the first and last message of each run by one sender. */
  group() {
    for (const heading of this.list.querySelectorAll(".day")) heading.remove();
    const entries = [...this.shown.values()];
    entries.forEach(({ message, drawn }, place) => {
      const before = entries[place - 1]?.message;
      const after = entries[place + 1]?.message;
      const date = dayOf(message);
      const beginsDay = !before || dayOf(before) !== date;
      if (beginsDay) drawn.before(element("div", { className: "day" }, date));
      drawn.classList.toggle("first", beginsDay || before.from_bot !== message.from_bot);
      drawn.classList.toggle("last", !after || after.from_bot !== message.from_bot || dayOf(after) !== date);
    });
  }

  updatePosition() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.isAtEnd) this.unread = 0;
    this.down.hidden = this.isAtEnd;
    const badge = byId("unread");
    badge.hidden = this.unread === 0;
    badge.textContent = this.unread;
  }
}

function dayOf(message) {
  const date = day.format(1000 * message.date);
  return date === day.format(Date.now()) ? "Today" : date;
}

/**
 * Return a function that moves the focus to the same button of a redrawn message; null if no button has the focus.
 * If the message has other buttons now, such as the answers to the next question, the message gets the focus: nobody
 * shall choose one of them by accident.
 */
function focusIn(drawn) {
  const buttons = (within) => [...within.querySelectorAll("button, a")];
  const place = buttons(drawn).indexOf(document.activeElement);
  if (place < 0) return null;
  const label = labelOf(document.activeElement);
  return (next) => {
    const candidates = buttons(next);
    const same = [candidates[place], ...candidates].find((button) => button && isSame(labelOf(button), label));
    if (!same) next.tabIndex = -1;
    (same ?? next).focus({ preventScroll: true });
  };
}

const labelOf = (button) => button.getAttribute("aria-label") ?? button.textContent;

/** Whether two labels are of the same button. A switch may put a sign such as 👍 in front of its label. */
function isSame(one, other) {
  const words = (label) => label.replace(/^[^\p{L}\p{N}]+/u, "");
  return one === other || (words(one) !== "" && words(one) === words(other));
}
