// One message as a node: bubble, files, choices, and what went wrong with it.

import { nodesOf } from "./markup.js";
import { fileNode } from "./files.js";
import { clone, timeOf, words } from "./words.js";

/** The node of a message as /live sends it, or of an own one that has `text` in place of html. */
export function messageNode(message) {
  const node = clone("message");
  node.classList.add(message.who);
  if (message.id) node.dataset.id = message.id;
  node.querySelector(".author").textContent = message.who === "me" ? words.me : words.bot;
  node.querySelector(".words").replaceChildren(message.text ?? nodesOf(message.html));
  node.querySelector(".files").append(...message.files.map(fileNode));
  setChoices(node, message.rows);
  setTime(node, new Date(message.at));
  return node;
}

/** Puts new words and choices in the place of the old ones; the focus stays where it was. */
export function edit(node, { html, rows }) {
  const focused = choicesOf(node).indexOf(document.activeElement);
  node.querySelector(".words").replaceChildren(nodesOf(html));
  setChoices(node, rows);
  clearTrouble(node);
  if (focused < 0) return;
  const choices = choicesOf(node);
  const next = choices[focused] ?? choices.at(-1) ?? node.closest("[role=log]");
  next.focus({ preventScroll: true });
}

/** Shows how far the act behind an own message has come. */
export function showState(node, { state }) {
  node.dataset.state = state;
  const sentence = { waiting: words.sending, stored: words.sent }[state];
  node.querySelector(".note").textContent = sentence ?? "";
}

/** Says under the message what went wrong; the person may try `again`, or `discard` the act. */
export function setTrouble(node, sentence, again, discard) {
  const trouble = clone("trouble");
  trouble.querySelector(".reason").textContent = sentence;
  trouble.querySelector(".again").addEventListener("click", again);
  trouble.querySelector(".discard").addEventListener("click", discard);
  clearTrouble(node);
  node.append(trouble);
}

export function clearTrouble(node) {
  node.querySelector(".trouble")?.remove();
}

/** Marks `button` as on its way, or as the choice that was taken, unless an edit removed it. */
export function showPress(button, { state }) {
  if (!button.isConnected) return;
  button.toggleAttribute("aria-busy", false);
  if (state === "waiting") button.setAttribute("aria-busy", "true");
  if (state !== "stored") return;
  for (const other of choicesOf(button.closest(".choices"))) other.removeAttribute("aria-pressed");
  button.setAttribute("aria-pressed", "true");
}

function choicesOf(node) {
  return [...node.querySelectorAll(".choice")];
}

function setChoices(node, rows) {
  node.querySelector(".choices").replaceChildren(...rows.map(rowNode));
  node.classList.toggle("asks", rows.length > 0);
}

function rowNode(row) {
  const node = document.createElement("div");
  node.className = "row";
  node.append(...row.map(choiceNode));
  return node;
}

function choiceNode({ label, data }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "choice", textContent: label });
  button.dataset.data = data;
  return button;
}

function setTime(node, at) {
  const time = node.querySelector("time");
  time.dateTime = at.toISOString();
  time.textContent = timeOf(at);
}
