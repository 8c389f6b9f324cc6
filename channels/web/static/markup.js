// Telegram's HTML subset, copied node by node into fresh nodes: nothing of the parsed document
// itself, and no attribute but a checked link, ever reaches the page.

const TAGS = new Set(
  "B STRONG I EM U INS S STRIKE DEL CODE PRE BLOCKQUOTE TG-SPOILER A".split(" "),
);
const BLOCKS = new Set(["PRE", "BLOCKQUOTE"]);
const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);

/** The nodes for `html`; a tag outside the subset leaves only its text. */
export function nodesOf(html) {
  const parsed = new DOMParser().parseFromString(`<body>${html.trim()}`, "text/html");
  const nodes = new DocumentFragment();
  copyChildren(parsed.body, nodes);
  return nodes;
}

function copyChildren(from, to) {
  for (const child of from.childNodes) copy(child, to);
}

function copy(node, to) {
  if (node.nodeType === Node.TEXT_NODE) to.append(textOf(node));
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const kept = fresh(node);
  if (kept) to.append(kept);
  copyChildren(node, kept ?? to);
}

// A block ends its own line; the line break written after it would show as an empty line.
function textOf({ data, previousSibling }) {
  return BLOCKS.has(previousSibling?.nodeName) ? data.replace(/^\n/, "") : data;
}

function fresh(node) {
  if (!TAGS.has(node.tagName)) return null;
  if (node.tagName === "A") return link(node.getAttribute("href"));
  if (node.tagName === "TG-SPOILER") return spoiler();
  return document.createElement(node.tagName);
}

function link(href) {
  const anchor = document.createElement("a");
  Object.assign(anchor, { href: href ?? "", rel: "noopener", target: "_blank" });
  const isAbsolute = /^[a-z]+:/i.test(href ?? "");
  return isAbsolute && SCHEMES.has(anchor.protocol) ? anchor : null;
}

// Focusable, so that a tap or the Tab key uncovers it without a script.
function spoiler() {
  const span = document.createElement("span");
  return Object.assign(span, { className: "spoiler", tabIndex: 0 });
}
