// The chat page of one person.

import { AttachMenu } from "./attach.js";
import { Composer } from "./composer.js";
import { Connection, newPerson } from "./connection.js";
import { byId, element } from "./dom.js";
import { MessageLog } from "./log.js";
import { MessageMenu } from "./menu.js";

const TOAST_MS = 3500;
const ACTION_MS = 5000;
const ACTIONS = { typing: "typing…", upload_document: "sending a file…", upload_photo: "sending a photo…" };

const names = { bot: "Reelmate", me: "You" };
let state = null;
let isConnected = true;
let action = "";
let actionTimer;
let toastTimer;

const act = {
  copy: (text) => navigator.clipboard.writeText(text).then(copied),
  command: (text) => send(text, null),
  react: (message, emoji) => attempt(() => connection.react(message.id, message.mine.includes(emoji) ? [] : [emoji])),
  menu: (message, opener, pointer) => menu.open(message, opener, pointer),
  press: (message, data) =>
    attempt(async () => {
      const answer = await connection.press(message.id, data);
      if (answer.show_alert) alertWith(answer.text);
      else toast(answer.text);
    }),
};

const log = new MessageLog(act);
const menu = new MessageMenu({
  react: act.react,
  reply: (message) => composer.reply(message, names),
  copied,
});
const composer = new Composer(send);
new AttachMenu({
  upload: (kind, file) => attempt(() => (log.toEnd(), connection.upload(kind, file))),
  sample: (kind) => attempt(() => (log.toEnd(), connection.sample(kind))),
});
const person = await currentPerson();
const connection = new Connection(person, onEvent, onConnection);
/** An idea that waits until the person has started the chat. */
let waitingIdea = "";

byId("start").addEventListener("click", start);
byId("back").addEventListener("click", () => showSide(true));
byId("close").addEventListener("click", () => showSide(false));
byId("side").addEventListener("keydown", (event) => event.key === "Escape" && showSide(false));
connection.open();

/** The key of this tab's person: from the address, else from the session, else the first person. */
async function currentPerson() {
  const parameters = new URLSearchParams(location.search);
  let key = parameters.get("as") ?? parameters.get("person") ?? sessionStorage.getItem("person") ?? "1";
  if (key === "new") {
    key = await newPerson().catch((error) => (toast(error.message), "1"));
    history.replaceState(null, "", address(key));
  }
  sessionStorage.setItem("person", key);
  return key;
}

function address(key) {
  return key === "admin" ? "?as=admin" : `?person=${encodeURIComponent(key)}`;
}

function onEvent(event) {
  if (event.state) showState(event.state);
  if (event.messages?.some((message) => message.from_bot)) showAction("");
  if (event.action) showAction(ACTIONS[event.action] ?? "busy…");
  log.apply(event);
  showFoot();
}

function onConnection(connected) {
  isConnected = connected;
  showStatus();
}

function showState(newState) {
  const isFirst = state === null;
  state = newState;
  names.bot = newState.bot.name;
  names.me = newState.me.name;
  log.names = names;
  composer.commands = newState.commands;
  byId("bot-name").textContent = newState.bot.name;
  byId("empty-name").textContent = newState.bot.name;
  byId("description").textContent = newState.bot.description || "Press Start, and it begins.";
  byId("me").textContent = `You are ${newState.me.name}`;
  byId("people").replaceChildren(...newState.people.map(personRow));
  byId("notice").textContent = newState.notice;
  byId("notice").hidden = !newState.notice;
  byId("ideas").hidden = !newState.suggestions.length;
  byId("suggestions").replaceChildren(...newState.suggestions.map(idea));
  document.title = `${newState.me.name} · ${newState.bot.name}`;
  if (isFirst) byId("people").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

function personRow({ key, name }) {
  const isAdmin = key === "admin";
  return element(
    "li",
    {},
    element(
      "a",
      { className: "row", href: address(key), "aria-current": key === person ? "page" : null },
      element("span", { className: `avatar face ${isAdmin ? "admin" : `hue-${key % 6}`}`, "aria-hidden": "true" }, name[0]),
      element("span", { className: "row-text" }, element("strong", {}, name), element("small", {}, isAdmin ? "runs the bot" : `person ${key}`)),
    ),
  );
}

function idea(text) {
  const use = () => {
    showSide(false);
    if (state.started) composer.fill(text);
    else {
      waitingIdea = text;
      start();
    }
  };
  return element("button", { className: "idea", type: "button", onclick: use }, text);
}

/** Start the chat, as the person's first message does. */
async function start() {
  await send("/start", null);
  composer.focus();
}

/** On narrow screens the side panel covers the chat. */
function showSide(isShown) {
  const wasShown = byId("chat").inert;
  byId("side").classList.toggle("shown", isShown);
  byId("chat").inert = isShown;
  if (isShown) byId("close").focus();
  else if (wasShown) byId("back").focus();
}

/** Show the start button until the person has started the chat, and the composer afterwards. */
function showFoot() {
  const hasBegun = state.started;
  byId("start").hidden = hasBegun;
  byId("composer").hidden = !hasBegun;
  byId("empty").hidden = !log.isEmpty;
  // A hidden field has no height, so a text is filled in when it can be seen.
  if (hasBegun && waitingIdea) {
    composer.fill(waitingIdea);
    waitingIdea = "";
  }
}

function showAction(text) {
  action = text;
  clearTimeout(actionTimer);
  if (text) actionTimer = setTimeout(() => showAction(""), ACTION_MS);
  showStatus();
}

function showStatus() {
  const status = byId("status");
  status.textContent = isConnected ? action || "bot" : "connecting…";
  status.classList.toggle("active", isConnected && action !== "");
}

/** Send a text; resolves to whether that succeeded. */
async function send(text, replyTo) {
  log.toEnd();
  return attempt(() => connection.send(text, replyTo));
}

/** Run an action and show its error; resolves to whether it succeeded. */
async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

function copied() {
  toast("Copied.");
}

function toast(text) {
  if (!text) return;
  const shown = byId("toast");
  shown.textContent = text;
  shown.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => shown.classList.remove("shown"), TOAST_MS);
}

function alertWith(text) {
  byId("alert-text").textContent = text;
  byId("alert").showModal();
}
