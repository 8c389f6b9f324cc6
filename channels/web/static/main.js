// The page: phones, tabs and the one connection that feeds them.

import { Acts } from "./acts.js";
import { Live } from "./live.js";
import { Phone } from "./phone.js";
import { Tabs } from "./tabs.js";
import { words } from "./words.js";

const LULL = 400; // milliseconds without a message that end the past and begin the present
const title = document.title;
const state = document.getElementById("state");
const acts = new Acts();
const sections = [...document.querySelectorAll(".phone")];
const phones = sections.map((section) => new Phone(section, acts, showUnread));
const seats = new Map(phones.map((phone) => [phone.seat, phone]));
const list = document.querySelector("[role=tablist]");
const tabs = list && new Tabs(list, phones);
const known = new Set();
const live = new Live("/live", hear, showState);
let isPast = true;
let lull = 0;

function hear(message) {
  const name = `${message.seat} ${message.id}`;
  if (isPast) waitForLull();
  if (known.has(name)) return;
  known.add(name);
  seats.get(message.seat)?.receive(message, isPast);
}

function waitForLull() {
  clearTimeout(lull);
  lull = setTimeout(() => setPast(false), LULL);
}

function setPast(past) {
  isPast = past;
  document.body.classList.toggle("past", past);
  for (const phone of phones) phone.loading = past;
}

function showState(name) {
  state.dataset.state = name;
  state.querySelector(".sentence").textContent = words[name];
  if (name !== "open") return;
  if (isPast) waitForLull();
  acts.reconnected();
}

function showUnread() {
  const unread = phones.reduce((sum, phone) => sum + phone.unread, 0);
  document.title = unread ? `(${unread}) ${title}` : title;
  tabs?.showUnread();
}

function resume() {
  for (const { seat, body, key } of acts.unfinished()) seats.get(seat)?.say(body, key);
}

document.addEventListener("visibilitychange", () => phones.forEach((phone) => phone.read()));
state.querySelector("button").addEventListener("click", () => live.connect());
setPast(true);
resume();
live.connect();
