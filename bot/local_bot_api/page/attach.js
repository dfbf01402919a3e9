// The attach menu of the composer: a photo or a file of the person, a sample sticker, a sample voice message.

import { byId } from "./dom.js";
import { item, moveFocus, place } from "./menu.js";

export class AttachMenu {
  /** @param act {upload(kind, file), sample(kind)} */
  constructor(act) {
    this.act = act;
    this.opener = byId("attach");
    this.box = byId("attach-menu");
    for (const [id, kind] of [["photo-file", "photo"], ["any-file", "file"]]) {
      byId(id).addEventListener("change", (event) => this.upload(kind, event.target));
    }
    const choices = [
      ["Photo", () => byId("photo-file").click()],
      ["File", () => byId("any-file").click()],
      ["Sticker", () => this.act.sample("sticker")],
      ["Voice message", () => this.act.sample("voice")],
    ];
    this.box.replaceChildren(...choices.map(([label, choose]) => item(label, () => this.choose(choose), { className: "menu-item" })));
    this.box.addEventListener("keydown", (event) => moveFocus(this.box, event));
    this.box.addEventListener("toggle", (event) => this.opener.setAttribute("aria-expanded", String(event.newState === "open")));
    this.opener.addEventListener("click", () => this.open());
  }

  open() {
    this.box.showPopover();
    const { right, top } = this.opener.getBoundingClientRect();
    const { width, height } = this.box.getBoundingClientRect();
    place(this.box, { left: right - width, top: top - height - 8 });
    this.box.querySelector("button").focus();
  }

  choose(act) {
    this.box.hidePopover();
    act();
  }

  /** Send the chosen file. The field is emptied, so that the same file can be chosen again. */
  async upload(kind, field) {
    const [file] = field.files;
    if (file) await this.act.upload(kind, file);
    field.value = "";
  }
}
