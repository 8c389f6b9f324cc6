// Where a person writes: text that grows, files that wait beside it, Enter that sends.

import { clone, fill, sizeOf, words } from "./words.js";

const NEAR_LIMIT = 200; // characters left from which on the count is shown

export class Composer {
  #files = [];

  /** `send({text, files})` is called with what is written; text may be empty, files too. */
  constructor(section, send) {
    this.form = section.querySelector(".composer");
    this.box = this.form.querySelector("textarea");
    this.input = this.form.querySelector("[type=file]");
    this.count = this.form.querySelector(".count");
    this.staged = this.form.querySelector(".staged");
    this.limit = Number(this.box.dataset.limit);
    this.send = send;
    this.#listen();
    this.#acceptDrops(section);
    this.#grow();
  }

  focus() {
    this.box.focus();
  }

  /** Gives a text back to its writer, unless something else is being written. */
  giveBack(text) {
    if (!this.box.value) this.box.value = text;
    this.#grow();
    this.focus();
  }

  #listen() {
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.form.querySelector(".attach").addEventListener("click", () => this.input.click());
    this.input.addEventListener("change", () => this.#stage(this.input.files));
    this.box.addEventListener("input", () => this.#grow());
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("paste", (event) => this.#paste(event));
  }

  #acceptDrops(section) {
    section.addEventListener("dragover", (event) => event.preventDefault());
    section.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#stage(event.dataTransfer.files);
    });
  }

  // While an input method composes, Enter chooses a word; Safari tells it only by code 229.
  #key(event) {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !composing) this.#submit(event);
  }

  #paste(event) {
    const { files } = event.clipboardData;
    if (!files.length) return;
    event.preventDefault();
    this.#stage(files);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.box.value.trim();
    if (this.#left() < 0 || !(text || this.#files.length)) return this.focus();
    this.send({ text, files: this.#files });
    this.box.value = "";
    this.#files = [];
    this.#grow();
    this.#showStaged();
  }

  #stage(files) {
    this.#files.push(...files);
    this.input.value = ""; // so that the same file can be chosen again
    this.#showStaged();
    this.focus();
  }

  #unstage(file) {
    this.#files = this.#files.filter((other) => other !== file);
    this.#showStaged();
    this.focus();
  }

  #showStaged() {
    this.staged.replaceChildren(...this.#files.map((file) => this.#stagedNode(file)));
    this.form.classList.toggle("ready", this.#files.length > 0);
  }

  #stagedNode(file) {
    const node = clone("staged");
    node.querySelector(".name").textContent = file.name;
    node.querySelector(".size").textContent = sizeOf(file.size);
    const remove = node.querySelector("button");
    remove.setAttribute("aria-label", fill(words.remove, file));
    remove.addEventListener("click", () => this.#unstage(file));
    return node;
  }

  #grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
    const left = this.#left();
    this.count.hidden = left > NEAR_LIMIT;
    this.count.classList.toggle("over", left < 0);
    this.count.textContent = fill(left < 0 ? words.over : words.left, { n: Math.abs(left) });
  }

  #left() {
    return this.limit - this.box.value.length;
  }
}
