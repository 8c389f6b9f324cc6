// The one WebSocket of the page: it always comes back, and asks only for what it has not seen.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
const PATIENCE = 8_000; // a handshake that takes longer is given up
const STEADY = 5_000; // a connection that held this long starts the pauses anew
const ZOMBIE = 30_000; // a page hidden this long cannot trust its socket: phones cut it silently

export class Live {
  #cursor = "";
  #socket = null;
  #pause = FIRST_PAUSE;
  #timer = 0;
  #hiddenAt = 0;

  /** `heard(message)` for each message in order; `changed(state)`: connecting, open or lost. */
  constructor(path, heard, changed) {
    this.path = path;
    this.heard = heard;
    this.changed = changed;
    window.addEventListener("online", () => this.connect());
    window.addEventListener("offline", () => this.#lose(this.#socket, false));
    document.addEventListener("visibilitychange", () => this.#visibility());
  }

  /** Connects now, whatever pause or half-dead connection stands in the way. */
  connect() {
    this.#drop();
    this.changed("connecting");
    const url = new URL(this.path, location.href.replace(/^http/, "ws"));
    url.searchParams.set("after", this.#cursor);
    this.#listen(new WebSocket(url));
  }

  #drop() {
    clearTimeout(this.#timer);
    const old = this.#socket;
    this.#socket = null;
    old?.close();
  }

  #listen(socket) {
    this.#socket = socket;
    let openedAt = Infinity;
    this.#timer = setTimeout(() => this.#lose(socket, false), PATIENCE);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      openedAt = Date.now();
      this.changed("open");
    };
    socket.onmessage = (event) => socket === this.#socket && this.#hear(JSON.parse(event.data));
    socket.onclose = () => this.#lose(socket, Date.now() - openedAt > STEADY);
  }

  #hear(message) {
    this.heard(message);
    this.#cursor = message.cursor;
  }

  #lose(socket, wasSteady) {
    if (socket !== this.#socket) return;
    this.#drop();
    if (wasSteady) this.#pause = FIRST_PAUSE;
    this.changed("lost");
    const spread = 0.8 + Math.random() * 0.4; // so that a restarted server is not stormed
    this.#timer = setTimeout(() => this.connect(), this.#pause * spread);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #visibility() {
    if (document.hidden) this.#hiddenAt = Date.now();
    else if (!this.#isOpen() || Date.now() - this.#hiddenAt > ZOMBIE) this.connect();
  }

  #isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }
}
