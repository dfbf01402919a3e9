// The way to the server: one stream of news, and what this person does.

const LONGEST_PAUSE_MS = 4000;
const PATIENCE_MS = 600;
const POST_TIMEOUT_MS = 30000;

export class Connection {
  /**
   * @param person the key of the person of this tab
   * @param onNews called with what is new; the first time after every loss, with everything
   * @param onState called with true when the stream is open, and with false when it was lost for a moment
   */
  constructor(person, onNews, onState) {
    this.path = `people/${encodeURIComponent(person)}`;
    this.onNews = onNews;
    this.onState = onState;
    this.pauseMs = 250;
    // A browser gives one address six connections in all. A tab that nobody sees gives its own back.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", () => this.open());
  }

  open() {
    if (this.source || document.hidden) return;
    clearTimeout(this.retry);
    this.doubt();
    this.source = new EventSource(`${this.path}/events`);
    this.source.onmessage = (event) => {
      this.trust();
      this.onNews(JSON.parse(event.data));
    };
    this.source.onerror = () => {
      this.close();
      this.doubt();
      this.retry = setTimeout(() => this.open(), this.pauseMs);
      this.pauseMs = Math.min(2 * this.pauseMs, LONGEST_PAUSE_MS);
    };
  }

  close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  trust() {
    clearTimeout(this.doubting);
    this.doubting = null;
    this.pauseMs = 250;
    this.onState(true);
  }

  doubt() {
    this.doubting ??= setTimeout(() => this.onState(false), PATIENCE_MS);
  }

  send(text, replyTo) {
    return post(`${this.path}/messages`, { text, reply_to: replyTo });
  }

  press(messageId, data) {
    return post(`${this.path}/presses`, { message_id: messageId, data });
  }

  react(messageId, emoji) {
    return post(`${this.path}/reactions`, { message_id: messageId, emoji });
  }
}

/** Somebody new: the key. */
export async function newPerson() {
  return (await post("people", {})).key;
}

/** What the server answers; an Error says in words why it did not. */
async function post(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
  } catch {
    throw new Error("No connection. Is the demo still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The demo answered ${response.status}.`);
  return answer;
}
