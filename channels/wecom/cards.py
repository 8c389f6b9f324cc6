"""Choices as WeCom's cards, where a card can show them all; elsewhere they are numbered text.

A button's data is its key, so that what comes back is a press like any other. A question of several
choices is one card of ticks, which come back together under the key of the way that ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels import numbered
from channels.wecom import limits
from channels.wecom.text import LINK, lines, without_links
from pipeline import words
from pipeline.words import Row

WORDS = "wecom/words"
QUESTION = "q"  # the only question of a card
CHOOSE = "choose"  # the key that submits a card of which one choice is picked

Button = dict[str, str]
Card = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """A message in WeCom's terms: a text, a card, or a text and then a card. `plain` says the
    same in text alone."""

    plain: str
    text: str | None = None
    card: Card | None = None


def shape(text: str, rows: list[Row], *, cards: bool) -> Shape:
    plain = numbered.shown(text, rows)
    card = _card(text, rows) if cards else None
    if card is None:
        return Shape(plain, text=plain)
    title, body = _title_and_body(text)
    if _fits(card, title, body, rows):
        return Shape(plain, card=_with_body(card, body))
    return Shape(plain, text=_with_further_ways(text, rows), card=card)


def _card(text: str, rows: list[Row]) -> Card | None:
    """None where no card could show these choices in full."""
    choices = words.numbered(rows)
    end = words.ending(rows)
    keys = [button.get("callback_data", button.get("url", "")) for row in rows for button in row]
    if not choices or len(set(keys)) != len(keys):
        return None
    if end is not None:
        own = _votes(choices, end["text"], end["callback_data"], several=True)
    elif len(choices) <= limits.BUTTONS and _short(choices, limits.BUTTON_LABEL):
        own = _buttons(choices)
    elif _same_question(choices):
        own = _votes(choices, words.word(WORDS, "submit"), CHOOSE, several=False)
    else:
        return None
    return own and {**own, "main_title": {"title": _title(text)}, **_menu(_ways(rows, end))}


def _buttons(choices: list[Button]) -> Card:
    return {
        "card_type": "button_interaction",
        "button_list": [
            {"text": button["text"], "style": 1 if place == 0 else 2, **_target(button)}
            for place, button in enumerate(choices)
        ],
    }


def _target(button: Button) -> dict[str, Any]:
    if "url" in button:
        return {"type": 1, "url": button["url"]}
    return {"type": 0, "key": button["callback_data"]}


def _votes(choices: list[Button], submit: str, key: str, *, several: bool) -> Card | None:
    if len(choices) > limits.OPTIONS or not _short(choices, limits.OPTION_LABEL):
        return None
    if any(len(b.get("callback_data", "").encode()) > limits.OPTION_ID_BYTES for b in choices):
        return None
    options = [
        {
            "id": button["callback_data"],
            "text": button["text"].removeprefix(words.TICK),
            "is_checked": button["text"].startswith(words.TICK),
        }
        for button in choices
    ]
    return {
        "card_type": "vote_interaction",
        "checkbox": {"question_key": QUESTION, "mode": int(several), "option_list": options},
        "submit_button": {"text": submit, "key": key},
    }


def _same_question(choices: list[Button]) -> bool:
    """Whether all are answers to one question: one of them can be picked from a list."""
    acts = {button.get("callback_data", "").rpartition(":")[0] for button in choices}
    return len(acts) == 1 and "" not in acts


def _short(buttons: list[Button], most: int) -> bool:
    return all(len(button["text"].removeprefix(words.TICK)) <= most for button in buttons)


def _ways(rows: list[Row], end: Button | None) -> list[Button]:
    return [b for row in rows for b in row if words.is_way(b) and b is not end]


def _menu(ways: list[Button]) -> Card:
    if not ways:
        return {}
    entries = [{"text": way["text"], "key": way["callback_data"]} for way in ways[: limits.WAYS]]
    return {"action_menu": {"desc": words.word(WORDS, "more"), "action_list": entries}}


def _title(text: str) -> str:
    title = without_links(next(lines(text), ""))
    return title if len(title) <= limits.TITLE else title[: limits.TITLE - 1] + "…"


def _title_and_body(text: str) -> tuple[str, str]:
    title, _, body = text.strip().partition("\n")
    return title.strip(), body.strip()


def _fits(card: Card, title: str, body: str, rows: list[Row]) -> bool:
    """Whether the card can hold the whole text, and its menu all the ways."""
    most = limits.BODY if card["card_type"] == "button_interaction" else limits.DESCRIPTION
    short = len(title) <= limits.TITLE and len(body) <= most
    whole = len(_ways(rows, words.ending(rows))) <= limits.WAYS
    return short and whole and not LINK.search(title + body)


def _with_body(card: Card, body: str) -> Card:
    if not body:
        return card
    if card["card_type"] == "button_interaction":
        return {**card, "sub_title_text": body}
    return {**card, "main_title": {**card["main_title"], "desc": " ".join(lines(body))}}


def _with_further_ways(text: str, rows: list[Row]) -> str:
    """The text that goes before a card; it names the ways that the card's menu has no room for."""
    further = _ways(rows, words.ending(rows))[limits.WAYS :]
    return numbered.shown(text, [further]) if further else text


def pressed(key: str, picked: list[str]) -> str | None:
    """The data of the press that a submitted card stands for: its only choice, or the way that
    ends the question with the choices' last words behind it. None: nothing was picked."""
    if not words.is_ending(key):
        return picked[0] if picked else None
    return ":".join([key, *(one.rpartition(":")[2] for one in picked)])
