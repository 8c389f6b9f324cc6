// The list of messages of one phone: order, days, and following the newest one.

import { edit, messageNode } from "./message.js";
import { clone, dayOf } from "./words.js";

const NEAR = 40; // pixels from the end that still count as "at the end"
const TOGETHER = 3 * 60_000; // messages of one author this close in time form a group

export class Log {
  #nodes = new Map(); // id -> node of a settled message
  #waiting = new Map(); // key -> node of an own message that is not yet on /live
  #before = null; // {who, at, day} of the last settled message
  #follows = true;
  #last = { top: 0, height: 0, room: 0 }; // how the list lay when it was last looked at

  /** `moved()` is called when the reader's place or the end of the list has changed. */
  constructor(section, moved) {
    this.element = section.querySelector("[role=log]");
    this.settled = section.querySelector(".settled");
    this.pending = section.querySelector(".pending");
    this.moved = moved;
    this.element.addEventListener("scroll", () => this.#scrolled());
    const sizes = new ResizeObserver(() => this.#resized());
    for (const box of [this.element, this.settled, this.pending]) sizes.observe(box);
  }

  get atEnd() {
    return this.#follows;
  }

  /** Adds a message of /live behind the settled ones; an own one takes its pending twin's place. */
  add(message) {
    this.drop(message.key);
    this.#separate(message);
    const node = messageNode(message);
    node.classList.toggle("joined", this.#joins(message));
    this.#nodes.set(message.id, node);
    if (message.rows.length) this.#quieten(node);
    this.settled.append(node);
    this.#before = { who: message.who, at: new Date(message.at) };
  }

  edit(message) {
    const node = this.#nodes.get(message.edits);
    if (node) edit(node, message);
  }

  remove(id) {
    this.#nodes.get(id)?.remove();
    this.#nodes.delete(id);
    for (const day of this.settled.querySelectorAll(".day + .day")) {
      day.previousElementSibling.remove();
    }
  }

  /** Shows an own message before the server knows it. */
  expect(key, message) {
    const node = messageNode(message);
    this.#waiting.set(key, node);
    this.pending.append(node);
    this.toEnd();
    return node;
  }

  /** Takes away the pending message of `key`, if there is one. */
  drop(key) {
    const node = this.#waiting.get(key);
    if (!node) return;
    for (const { src, href } of node.querySelectorAll("[src^=blob], [href^=blob]")) {
      URL.revokeObjectURL(src ?? href);
    }
    node.remove();
    this.#waiting.delete(key);
  }

  focus() {
    this.element.focus({ preventScroll: true });
  }

  toEnd() {
    this.#follows = true;
    this.element.scrollTop = this.element.scrollHeight;
    this.moved();
  }

  #resized() {
    if (this.#follows) this.toEnd();
    this.#last = this.#now();
  }

  // A list that grows under its reader also looks "not at the end", and one that gets more room
  // also moves upwards: only a move upwards in a list of unchanged size was made by the reader.
  #scrolled() {
    const [last, now] = [this.#last, this.#now()];
    const sameSize = now.height === last.height && now.room === last.room;
    if (now.height - now.top - now.room <= NEAR) this.#follows = true;
    else if (sameSize && now.top < last.top) this.#follows = false;
    this.#last = now;
    this.moved();
  }

  #now() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    return { top: scrollTop, height: scrollHeight, room: clientHeight };
  }

  #separate({ at }) {
    const day = dayOf(new Date(at));
    if (this.#before && dayOf(this.#before.at) === day) return;
    const line = clone("day");
    line.textContent = day;
    this.settled.append(line);
    this.#before = null;
  }

  #joins({ who, at }) {
    return this.#before?.who === who && new Date(at) - this.#before.at < TOGETHER;
  }

  #quieten(latest) {
    this.settled.querySelector(".latest")?.classList.remove("latest");
    latest.classList.add("latest");
  }
}
