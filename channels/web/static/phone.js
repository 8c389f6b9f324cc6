// One phone: its messages, its composer, and what its person does.

import { Composer } from "./composer.js";
import { described } from "./files.js";
import { Log } from "./log.js";
import { clearTrouble, setTrouble, showPress, showState } from "./message.js";
import { fill, words } from "./words.js";

const DOUBLE_CLICK = 400; // milliseconds

export class Phone {
  #shown = true;
  #unread = 0;
  #press = { at: -Infinity, what: "" };

  /** `noticed()` is called when the count of unread messages has changed. */
  constructor(section, acts, noticed) {
    this.section = section;
    this.seat = section.dataset.seat;
    this.acts = acts;
    this.noticed = noticed;
    this.log = new Log(section, () => this.read());
    this.composer = new Composer(section, (written) => this.#send(written));
    this.badge = section.querySelector(".unread");
    this.newest = section.querySelector(".newest");
    this.#listen();
  }

  get unread() {
    return this.#unread;
  }

  /** Whether the phone is on the screen at all: on a narrow one, only one of them is. */
  set shown(shown) {
    this.#shown = shown;
    this.read();
  }

  /** Takes one message of /live; what belongs to the past is not counted as unread. */
  receive(message, isPast) {
    if (message.key) this.acts.arrived(message.key);
    if (message.edits) this.log.edit(message);
    else if (message.deletes) this.log.remove(message.deletes);
    else this.#add(message, isPast);
  }

  /** While the past comes in, a screen reader is not told of each message. */
  set loading(loading) {
    this.log.element.setAttribute("aria-busy", String(loading));
  }

  /** Counts everything as read, if the newest message is really before the person's eyes. */
  read() {
    this.newest.hidden = this.log.atEnd;
    if (this.#looks()) this.#count(0);
  }

  say(body, key) {
    const message = { who: "me", text: body.text, files: [], rows: [], at: new Date() };
    this.#act("/say", body, message, key);
  }

  #add(message, isPast) {
    this.log.add(message);
    if (message.who === "bot" && !isPast && !this.#looks()) this.#count(this.#unread + 1);
  }

  #listen() {
    this.newest.addEventListener("click", () => {
      this.log.toEnd();
      this.log.focus();
    });
    this.log.element.addEventListener("click", (event) => {
      const button = event.target.closest(".choice");
      if (button && !this.#isAgain(button, event)) this.#choose(button);
    });
    this.section.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.composer.focus();
    });
  }

  #looks() {
    return this.#shown && this.log.atEnd && !document.hidden;
  }

  #count(unread) {
    if (unread === this.#unread) return;
    this.#unread = unread;
    this.badge.hidden = unread === 0;
    this.badge.textContent = fill(words.unread, { n: unread });
    this.newest.classList.toggle("news", unread > 0);
    this.noticed();
  }

  #send({ text, files }) {
    if (text) this.say({ text });
    for (const file of files) {
      const message = { who: "me", text: "", files: [described(file)], rows: [], at: new Date() };
      this.#act("/send", { file }, message);
    }
  }

  #act(path, body, message, key) {
    let node = null;
    const discard = (act) => {
      this.log.drop(act.key);
      this.composer.giveBack(body.text ?? "");
    };
    const show = (act) => {
      node ??= this.log.expect(act.key, message);
      showState(node, act);
      this.#tell(node, act, discard);
    };
    this.acts.start(this.seat, path, body, show, key);
  }

  #tell(node, act, discard) {
    if (!act.error) return clearTrouble(node);
    const again = () => {
      this.log.focus(); // the pressed button goes away, the keyboard's place must not
      this.acts.again(act);
    };
    const giveUp = () => {
      this.log.focus();
      this.acts.giveUp(act);
      discard(act);
    };
    return setTrouble(node, act.error, again, giveUp);
  }

  // The second half of a double click is no second wish, even where an answer that came at once
  // has put another button under the finger.
  #isAgain(button, { detail, timeStamp }) {
    const what = whatOf(button);
    const soon = timeStamp - this.#press.at < DOUBLE_CLICK;
    const isAgain = soon && (detail > 1 || what === this.#press.what);
    if (isAgain || button.hasAttribute("aria-busy")) return true;
    this.#press = { at: timeStamp, what };
    return false;
  }

  #choose(button) {
    const node = button.closest(".message");
    const { data } = button.dataset;
    const body = { message: node.dataset.id, data, label: button.textContent };
    this.acts.start(this.seat, "/press", body, (act) => {
      showPress(button, act);
      this.#tell(node, act, () => clearTrouble(node));
    });
  }
}

function whatOf(button) {
  return `${button.closest(".message").dataset.id} ${button.dataset.data}`;
}
