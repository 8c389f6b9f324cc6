"""A template card as the client shows it: words, buttons, questions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.emulators.wecom.errors import Json

INTERACTIVE = {"button_interaction", "vote_interaction", "multiple_interaction"}


@dataclass(frozen=True)
class Question:
    key: str
    title: str
    options: list[Json]
    many: bool = False
    chosen: tuple[str, ...] = ()
    disabled: bool = False

    @property
    def ids(self) -> list[str]:
        return [option["id"] for option in self.options if not option.get("disable")]


def text(card: Json) -> str:
    return "\n".join(str(part) for part in _parts(card) if part)


def _parts(card: Json) -> Iterator[Any]:
    yield card.get("source", {}).get("desc")
    for name in ("main_title", "emphasis_content", "image_text_area"):
        yield from (card.get(name, {}).get(part) for part in ("title", "desc"))
    yield from (card.get("quote_area", {}).get(part) for part in ("title", "quote_text"))
    yield card.get("sub_title_text")
    for row in card.get("vertical_content_list", []):
        yield from (row.get("title"), row.get("desc"))
    for row in card.get("horizontal_content_list", []):
        yield f"{row['keyname']}：{row.get('value', '')}"
    yield from (question.title for question in questions(card))
    yield from (jump["title"] for jump in card.get("jump_list", []))


def labels(card: Json) -> list[str]:
    found = [button["text"] for button in card.get("button_list", [])]
    submit = card.get("submit_button")
    return [*found, submit["text"]] if submit else found


def callbacks(card: Json) -> dict[str, str]:
    buttons = card.get("button_list", [])
    return {b["key"]: b["text"] for b in buttons if b.get("type", 0) == 0}


def menu(card: Json) -> dict[str, str]:
    actions = card.get("action_menu", {}).get("action_list", [])
    return {action["key"]: action["text"] for action in actions}


def questions(card: Json) -> list[Question]:
    found = [_select(select) for select in card.get("select_list", [])]
    if box := card.get("checkbox"):
        ticked = tuple(o["id"] for o in box["option_list"] if o.get("is_checked"))
        state = (bool(box.get("mode")), ticked, bool(box.get("disable")))
        found.append(Question(box["question_key"], "", box["option_list"], *state))
    if select := card.get("button_selection"):
        found.append(_select(select))
    return found


def _select(select: Json) -> Question:
    """A wrong selected_id, or none, chooses the first."""
    options = select["option_list"]
    ids = [option["id"] for option in options]
    chosen = select["selected_id"] if select.get("selected_id") in ids else ids[0]
    off = bool(select.get("disable"))
    title = select.get("title", "")
    return Question(select["question_key"], title, options, False, (chosen,), off)
