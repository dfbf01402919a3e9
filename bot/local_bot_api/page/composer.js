// The composer: the text field, the quoted message of a reply, and the command list.

import { byId, element } from "./dom.js";
import { quote } from "./message.js";

export class Composer {
  /** @param send called with (text, id of the message to reply to, or null); resolves to whether it was sent */
  constructor(send) {
    this.sendText = send;
    this.commands = [];
    this.replyTo = null;
    this.text = byId("text");
    this.list = byId("commands");
    this.menu = byId("menu");
    this.chosen = -1;
    byId("composer").addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.text.addEventListener("input", () => this.onInput());
    this.text.addEventListener("keydown", (event) => this.onKey(event));
    this.menu.addEventListener("click", () => (this.list.hidden ? this.offer("") : this.withdraw()));
    this.menu.addEventListener("keydown", (event) => this.onKey(event));
    byId("reply-cancel").addEventListener("click", () => this.reply(null));
    document.addEventListener("pointerdown", (event) => {
      if (!this.list.contains(event.target) && !this.menu.contains(event.target)) this.withdraw();
    });
  }

  focus() {
    this.text.focus({ preventScroll: true });
  }

  /** Fill in a text that the person may change before sending. */
  fill(text) {
    this.text.value = text;
    this.onInput();
    this.withdraw();
    this.focus();
  }

  /** Reply to a message; null cancels the reply. */
  reply(message, names) {
    this.replyTo = message?.id ?? null;
    byId("replying").hidden = !message;
    if (message) byId("replying-quote").replaceWith(Object.assign(quote(message, names), { id: "replying-quote" }));
    this.focus();
  }

  async submit() {
    const text = this.text.value.trim();
    if (!text) return;
    const { replyTo } = this;
    this.text.value = "";
    this.reply(null);
    this.onInput();
    if (!(await this.sendText(text, replyTo)) && !this.text.value) this.fill(text);
  }

  onInput() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    const typed = /^\/(\w*)$/.exec(this.text.value);
    if (typed) this.offer(typed[1].toLowerCase());
    else this.withdraw();
  }

  onKey(event) {
    if (event.isComposing) return;
    const isOpen = !this.list.hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (isOpen && step) this.choose(this.chosen + step);
    else if (isOpen && event.key === "Escape") this.withdraw();
    else if (isOpen && event.key === "Tab" && this.chosen >= 0) this.fill(`${this.list.children[this.chosen].dataset.command} `);
    else if (isOpen && event.key === "Enter" && this.chosen >= 0) this.send(this.list.children[this.chosen].dataset.command);
    else if (event.target === this.text && event.key === "Enter" && !event.shiftKey) this.submit();
    else if (event.target === this.text && event.key === "Escape" && this.replyTo !== null) this.reply(null);
    else return;
    event.preventDefault();
  }

  send(command) {
    this.withdraw();
    this.text.value = "";
    this.onInput();
    this.focus();
    this.sendText(command, null);
  }

  /** List the commands that begin with a prefix. */
  offer(prefix) {
    const matches = this.commands.filter(({ command }) => command.startsWith(prefix));
    const options = matches.map(({ command, description }, place) => {
      const option = element(
        "li",
        { className: "command", id: `command-${place}`, role: "option", "aria-selected": "false" },
        element("b", {}, `/${command}`),
        element("span", {}, description),
      );
      option.dataset.command = `/${command}`;
      option.addEventListener("click", () => this.send(`/${command}`));
      return option;
    });
    this.list.replaceChildren(...options);
    this.list.hidden = options.length === 0;
    this.menu.ariaExpanded = String(!this.list.hidden);
    this.choose(prefix ? 0 : -1);
  }

  withdraw() {
    this.list.hidden = true;
    this.menu.ariaExpanded = "false";
    this.choose(-1);
  }

  choose(place) {
    const options = [...this.list.children];
    this.chosen = this.list.hidden || place < 0 ? (place < -1 ? options.length - 1 : -1) : place % options.length;
    options.forEach((option, at) => (option.ariaSelected = String(at === this.chosen)));
    options[this.chosen]?.scrollIntoView({ block: "nearest" });
    for (const field of [this.text, this.menu]) {
      if (this.chosen >= 0) field.setAttribute("aria-activedescendant", options[this.chosen].id);
      else field.removeAttribute("aria-activedescendant");
    }
  }
}
