// What a person does (say, press, send): each act is posted under one key, in order for its seat,
// and posted again under the same key when the network failed, so that the server counts it once.

import { words } from "./words.js";

const PAUSES = [0, 500, 1500, 4000, 8000];
const PATIENCE = 20_000;
const PATIENCE_WITH_FILE = 300_000;
const STORE = "zhiqiao.acts";

/**
 * An act: {seat, path, body, key, state, error, show}.
 * `state` is waiting, stored (the server has it), failed (it refused) or unreached (no answer);
 * `show(act)` is called whenever the state changes.
 */
export class Acts {
  #queues = new Map(); // seat -> promise of its last act
  #open = new Map(); // key -> act whose fate is not final

  start(seat, path, body, show, key = newKey()) {
    const act = { seat, path, body, key, show, error: null };
    this.#open.set(key, act);
    this.again(act);
    return act;
  }

  /** Posts `act` once more, behind what its seat is still sending. */
  again(act) {
    this.#set(act, "waiting");
    const before = this.#queues.get(act.seat) ?? Promise.resolve();
    const deliver = () => this.#deliver(act);
    this.#queues.set(act.seat, before.then(deliver, deliver)); // one act's fault stops no other
  }

  /** The act of `key` came back over /live, perhaps before the answer to its post, or without. */
  arrived(key) {
    const act = this.#open.get(key);
    if (act) this.#set(act, "stored");
  }

  /** The person no longer wants the act: nothing is posted any more. */
  giveUp({ key }) {
    this.#open.delete(key);
    this.#save();
  }

  /** The network is back: what never reached the server goes out by itself. */
  reconnected() {
    for (const act of this.#open.values()) if (act.state === "unreached") this.again(act);
  }

  /** What was said but not stored before the page was reloaded: [{seat, body, key}]. */
  unfinished() {
    return JSON.parse(sessionStorage.getItem(STORE) ?? "[]");
  }

  async #deliver(act) {
    for (const pause of PAUSES) {
      await pauseOrNetwork(pause);
      if (!this.#open.has(act.key)) return;
      const answer = await post(act);
      if (answer) return this.#settle(act, answer);
    }
    this.#set(act, "unreached", words.unreached);
  }

  #settle(act, { ok, error }) {
    this.#set(act, ok ? "stored" : "failed", error);
  }

  #set(act, state, error = null) {
    Object.assign(act, { state, error });
    if (state === "stored") this.#open.delete(act.key);
    this.#save();
    act.show(act);
  }

  #save() {
    const said = [...this.#open.values()].filter((act) => act.path === "/say");
    const rows = said.map(({ seat, body, key }) => ({ seat, body, key }));
    sessionStorage.setItem(STORE, JSON.stringify(rows));
  }
}

/** {ok, error} of the server, or null if no answer came. */
async function post(act) {
  try {
    const answer = await fetch(act.path, request(act));
    if (answer.ok) return { ok: true, error: null };
    const { error } = await answer.json().catch(() => ({}));
    return { ok: false, error: error || words.refused };
  } catch {
    return null;
  }
}

function request({ seat, key, body }) {
  const common = { method: "POST", credentials: "same-origin" };
  if (!body.file) {
    const headers = { "Content-Type": "application/json" };
    const signal = AbortSignal.timeout(PATIENCE);
    return { ...common, headers, signal, body: JSON.stringify({ seat, key, ...body }) };
  }
  const form = new FormData();
  form.append("seat", seat);
  form.append("key", key);
  form.append("file", body.file, body.file.name);
  return { ...common, signal: AbortSignal.timeout(PATIENCE_WITH_FILE), body: form };
}

function pauseOrNetwork(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    window.addEventListener("online", done);
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    }
  });
}

// randomUUID exists only in secure contexts; a trial in a local network has plain http.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
