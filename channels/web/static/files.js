// Pictures inline, other files as a card that downloads, and the large view of a picture.

import { clone, fill, sizeOf, words } from "./words.js";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** The node of {url, name, mime, size}; only addresses of this very server become links. */
export function fileNode(file) {
  return PICTURES.has(file.mime) && own(file.url) ? pictureNode(file) : cardNode(file);
}

/** A file of this device in the shape that fileNode takes. */
export function described(file) {
  const { name, type, size } = file;
  return { url: URL.createObjectURL(file), name, mime: type, size };
}

function own(url) {
  return new URL(url, location.href).origin === location.origin;
}

function cardNode({ url, name, size }) {
  const card = clone("file");
  const kind = card.querySelector(".kind");
  kind.textContent = extension(name) ?? kind.textContent;
  card.querySelector(".name").textContent = name;
  card.querySelector(".size").textContent = sizeOf(size);
  if (own(url)) Object.assign(card, { href: url, download: name });
  return card;
}

function extension(name) {
  return /\.([a-z0-9]{1,4})$/i.exec(name)?.[1].toUpperCase();
}

function pictureNode(file) {
  const button = clone("picture");
  button.setAttribute("aria-label", fill(words.picture, file));
  const picture = button.querySelector("img");
  picture.addEventListener("error", () => button.replaceWith(cardNode(file)));
  Object.assign(picture, { src: file.url, alt: file.name });
  button.addEventListener("click", () => view(file));
  return button;
}

function view({ url, name }) {
  const viewer = document.getElementById("viewer");
  Object.assign(viewer.querySelector("img"), { src: url, alt: name });
  Object.assign(viewer.querySelector("a"), { href: url, download: name });
  viewer.showModal();
}
