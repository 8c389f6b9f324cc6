"""template_card: five types, each with its own parts. Lists, keys and required fields are hard."""

import re

from tests.emulators.wecom import limits
from tests.emulators.wecom.cardview import INTERACTIVE
from tests.emulators.wecom.errors import ApiError, Json
from tests.emulators.wecom.fields import choice, objects, unique, web_address, words
from tests.emulators.wecom.request import as_object

SHARED = {"card_type", "source", "action_menu", "task_id", "main_title", "quote_area"} | {
    "horizontal_content_list", "jump_list", "card_action"
}  # fmt: skip
OWN = {
    "text_notice": {"emphasis_content", "sub_title_text"},
    "news_notice": {"card_image", "image_text_area", "vertical_content_list"},
    "button_interaction": {"button_list", "button_selection", "sub_title_text"},
    "vote_interaction": {"checkbox", "submit_button"},
    "multiple_interaction": {"select_list", "submit_button"},
}


def calls_back(card: Json) -> bool:
    return is_interactive(card) or "action_menu" in card


def is_interactive(card: Json) -> bool:
    kind = card.get("card_type")
    return isinstance(kind, str) and kind in INTERACTIVE


def check(card: Json, task_ids: set[str], *, updating: bool = False) -> None:
    """Raises ApiError for a card that WeCom refuses; `task_ids` are those already used."""
    card = dict(card)
    if updating and is_interactive(card):
        words(card, "replace_text", 1024)
        card.pop("replace_text", None)
    kind = card.get("card_type")
    if not isinstance(kind, str) or kind not in OWN:
        raise ApiError(40058, f"invalid card_type {kind!r}")
    if strange := set(card) - SHARED - OWN[kind]:
        raise ApiError(40058, f"no such part in {kind}: {sorted(strange)}")
    _task_id(card, task_ids)
    _shared(card)
    _required(card, kind)
    _own(card)


def _task_id(card: Json, taken: set[str]) -> None:
    task_id = words(card, "task_id", limits.TASK_BYTES, 42016 if calls_back(card) else 0, 42016)
    if not re.fullmatch(r"[0-9A-Za-z_@-]*", task_id):
        raise ApiError(42016, "invalid task_id")
    if task_id and task_id in taken:
        raise ApiError(42014, "task_id is not unique")


def _shared(card: Json) -> None:
    _source(card)
    if "action_menu" in card:
        _action_menu(as_object(card["action_menu"], "action_menu"))
    _titled(card, "main_title")
    if "quote_area" in card:
        _link(as_object(card["quote_area"], "quote_area"), (0, 1, 2))
    for row in objects(card, "horizontal_content_list", 0, limits.ROWS):
        _row(row)
    for jump in objects(card, "jump_list", 0, limits.JUMPS):
        words(jump, "title", 1024, 40058)
        _link(jump, (0, 1, 2))
    if "card_action" in card:
        allowed = (0, 1, 2) if is_interactive(card) else (1, 2)
        _link(as_object(card["card_action"], "card_action"), allowed)
    words(card, "sub_title_text", 4096)


def _source(card: Json) -> None:
    source = as_object(card.get("source", {}), "source")
    web_address(source, "icon_url", required=False)
    words(source, "desc", 1024)
    choice(source, "desc_color", (0, 1, 2, 3))


def _titled(card: Json, name: str) -> Json:
    part = as_object(card.get(name, {}), name)
    words(part, "title", 4096)
    words(part, "desc", 4096)
    return part


def _action_menu(menu: Json) -> None:
    words(menu, "desc", 1024)
    actions = objects(menu, "action_list", 1, limits.MENU_ACTIONS)
    for action in actions:
        words(action, "text", 1024, 40058)
        words(action, "key", limits.KEY_BYTES, 40058)
    unique([action["key"] for action in actions], "key")


def _link(part: Json, allowed: tuple[int, ...]) -> None:
    kind = choice(part, "type", allowed) if "type" in part or 0 in allowed else 0
    if kind == 0 and 0 not in allowed:
        raise ApiError(40058, f"type must be one of {allowed}")
    if kind == 1:
        web_address(part, "url", required=True)
    if kind == 2:
        words(part, "appid", 64, 40058)


def _row(row: Json) -> None:
    words(row, "keyname", 1024, 40058)
    words(row, "value", 4096)
    kind = choice(row, "type", (0, 1, 2, 3))
    if kind == 1:
        web_address(row, "url", required=True)
    if kind == 2:
        words(row, "media_id", 512, 40058)
    if kind == 3:
        words(row, "userid", 64, 40058)


def _required(card: Json, kind: str) -> None:
    if kind in ("text_notice", "news_notice") and "card_action" not in card:
        raise ApiError(40058, "missing card_action")
    title = card.get("main_title", {}).get("title")
    if kind == "news_notice" and not title:
        raise ApiError(41016, "missing main_title.title")
    if kind == "news_notice" and not ("card_image" in card or "image_text_area" in card):
        raise ApiError(40058, "missing card_image or image_text_area")
    if kind == "text_notice" and not (title or card.get("sub_title_text")):
        raise ApiError(41016, "missing main_title.title or sub_title_text")
    parts = {"button_interaction": "button_list", "vote_interaction": "checkbox"}
    wanted = {kind: parts.get(kind, ""), "multiple_interaction": "select_list"}[kind]
    if wanted and wanted not in card:
        raise ApiError(40058, f"missing {wanted}")


def _own(card: Json) -> None:
    """Each part that is there; which may be there was checked before."""
    _titled(card, "emphasis_content")
    _pictures(card)
    if "button_list" in card:
        _buttons(objects(card, "button_list", 1, limits.CARD_BUTTONS))
    if "button_selection" in card:
        _select(card["button_selection"])
    if "checkbox" in card:
        box = as_object(card["checkbox"], "checkbox")
        choice(box, "mode", (0, 1))
        _question(box, limits.VOTE_OPTIONS)
    if "select_list" in card:
        for select in objects(card, "select_list", 1, limits.SELECTS):
            _select(select)
        unique([select["question_key"] for select in card["select_list"]], "question_key")
    if card["card_type"] in ("vote_interaction", "multiple_interaction"):
        submit = as_object(card.get("submit_button"), "submit_button")
        words(submit, "text", 1024, 40058)
        words(submit, "key", limits.KEY_BYTES, 40058)


def _pictures(card: Json) -> None:
    if "card_image" in card:
        image = as_object(card["card_image"], "card_image")
        web_address(image, "url", required=True)
        least, most = limits.ASPECT
        ratio = image.get("aspect_ratio", least)
        if not isinstance(ratio, int | float) or not least <= ratio <= most:
            raise ApiError(40058, "invalid aspect_ratio")
    if "image_text_area" in card:
        area = _titled(card, "image_text_area")
        _link(area, (0, 1, 2))
        web_address(area, "image_url", required=True)
    for row in objects(card, "vertical_content_list", 0, limits.VERTICALS):
        words(row, "title", 1024, 40058)
        words(row, "desc", 4096)


def _buttons(buttons: list[Json]) -> None:
    for button in buttons:
        words(button, "text", 1024, 40058)
        choice(button, "style", (1, 2, 3, 4))
        if choice(button, "type", (0, 1)) == 1:
            web_address(button, "url", required=True)
        else:
            words(button, "key", limits.KEY_BYTES, 40058)
    unique([button["key"] for button in buttons if button.get("type", 0) == 0], "key")


def _select(select: object) -> None:
    part = as_object(select, "select")
    words(part, "title", 1024)
    _question(part, limits.SELECTION_OPTIONS)


def _question(part: Json, most: int) -> None:
    words(part, "question_key", limits.KEY_BYTES, 40058)
    options = objects(part, "option_list", 1, most)
    for option in options:
        words(option, "id", limits.OPTION_BYTES, 40058)
        words(option, "text", 1024, 40058)
    unique([option["id"] for option in options], "option id")
