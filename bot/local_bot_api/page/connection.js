// The connection to the server: an event stream, and requests for the person's actions.

const LONGEST_PAUSE_MS = 4000;
const DISCONNECT_DELAY_MS = 600;
const POST_TIMEOUT_MS = 30000;

export class Connection {
  /**
   * @param person the key of the person of this tab
   * @param onEvent called with every event; the first event of a stream has the whole chat
   * @param onState called with true when the stream is open, and with false when it stays closed for a moment
   */
  constructor(person, onEvent, onState) {
    this.path = `people/${encodeURIComponent(person)}`;
    this.onEvent = onEvent;
    this.onState = onState;
    this.pauseMs = 250;
    // Browsers allow six connections per address, so a hidden tab closes its stream.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", () => this.open());
  }

  open() {
    if (this.source || document.hidden) return;
    clearTimeout(this.retry);
    this.markDisconnectedSoon();
    this.source = new EventSource(`${this.path}/events`);
    this.source.onmessage = (event) => {
      this.markConnected();
      this.onEvent(JSON.parse(event.data));
    };
    this.source.onerror = () => {
      this.close();
      this.markDisconnectedSoon();
      this.retry = setTimeout(() => this.open(), this.pauseMs);
      this.pauseMs = Math.min(2 * this.pauseMs, LONGEST_PAUSE_MS);
    };
  }

  close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  markConnected() {
    clearTimeout(this.disconnecting);
    this.disconnecting = null;
    this.pauseMs = 250;
    this.onState(true);
  }

  markDisconnectedSoon() {
    this.disconnecting ??= setTimeout(() => this.onState(false), DISCONNECT_DELAY_MS);
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

  /** Send a file of the person as a "photo" or a "file". */
  upload(kind, file) {
    const path = `${this.path}/uploads?${new URLSearchParams({ kind, name: file.name })}`;
    return request(path, file, file.type || "application/octet-stream");
  }

  /** Send a sample "sticker" or "voice" message. */
  sample(kind) {
    return post(`${this.path}/samples`, { kind });
  }
}

/** Add a person and return the key. */
export async function newPerson() {
  return (await post("people", {})).key;
}

/** Post a JSON body; see `request`. */
function post(path, body) {
  return request(path, JSON.stringify(body), "application/json");
}

/** Post a body and return the JSON of the response; throws an Error with a message for the person. */
async function request(path, body, type) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": type },
      body,
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
  } catch {
    throw new Error("No connection. Is the demo still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The demo answered ${response.status}.`);
  return answer;
}
