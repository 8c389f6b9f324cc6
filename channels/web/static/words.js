// The page's words and ways of writing; the words themselves stand in page.html.

/** Sentences by name: `words.unread` is `data-unread` of the page's <template id="words">. */
export const words = document.getElementById("words").dataset;

/** `sentence` with its {names} replaced by `facts`. */
export function fill(sentence, facts) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}

/** The first element of the page's <template id=`name`>, as a new node. */
export function clone(name) {
  return document.getElementById(name).content.firstElementChild.cloneNode(true);
}

const { lang, dataset } = document.documentElement;
const clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = format({ month: "long", day: "numeric" });
const fullDate = format({ year: "numeric", month: "long", day: "numeric" });
const weekday = format({ weekday: "short" });
const year = format({ year: "numeric" });

function format(parts) {
  return new Intl.DateTimeFormat(lang, { timeZone: dataset.zone, ...parts });
}

/** 09:02 */
export function timeOf(at) {
  return clock.format(at);
}

/** The day and weekday of `at`; the year is written only where it is not this year. */
export function dayOf(at, now = new Date()) {
  const isThisYear = year.format(at) === year.format(now);
  return `${(isThisYear ? date : fullDate).format(at)} ${weekday.format(at)}`;
}

/** A size in bytes, as people read it: 812 B, 24.5 KB, 3.1 MB */
export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
