// The tab bar of a narrow screen, where one phone is shown at a time.

import { fill, words } from "./words.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };
const wide = window.matchMedia("(min-width: 1000px)");

export class Tabs {
  #active = 0;

  /** One tab for each phone, in the order of the page. */
  constructor(list, phones) {
    this.phones = phones;
    this.tabs = [...list.querySelectorAll("[role=tab]")];
    this.tabs.forEach((tab, place) => tab.addEventListener("click", () => this.#choose(place)));
    list.addEventListener("keydown", (event) => this.#key(event));
    wide.addEventListener("change", () => this.#choose(this.#active));
    this.#choose(0);
  }

  /** Shows at each tab how many messages wait behind it. */
  showUnread() {
    this.tabs.forEach((tab, place) => {
      const { unread } = this.phones[place];
      tab.querySelector(".news").textContent = unread ? fill(words.unread, { n: unread }) : "";
    });
  }

  #choose(place) {
    this.#active = place;
    this.tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === place));
      tab.tabIndex = other === place ? 0 : -1;
    });
    this.phones.forEach((phone, other) => {
      phone.section.classList.toggle("active", other === place);
      phone.shown = wide.matches || other === place;
    });
  }

  #key(event) {
    const last = this.tabs.length - 1;
    const step = this.#active + (STEPS[event.key] ?? NaN);
    const place = { Home: 0, End: last }[event.key] ?? (step + last + 1) % (last + 1);
    if (Number.isNaN(place)) return;
    event.preventDefault();
    this.#choose(place);
    this.tabs[place].focus();
  }
}
