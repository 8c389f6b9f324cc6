"""The card of a passive update_template_card: CamelCase XML into the JSON of message/send."""

import re
from xml.etree.ElementTree import Element

from tests.emulators.wecom.errors import Json

LISTS = {"ActionList", "HorizontalContentList", "VerticalContentList", "JumpList"} | {
    "ButtonList", "SelectList", "OptionList"
}  # fmt: skip
NUMBERS = {"Type", "DescColor", "Style", "Mode"}
FLAGS = {"IsChecked", "Disable"}
JOINED = {"KeyName": "keyname", "CheckBox": "checkbox", "AppId": "appid", "PagePath": "pagepath"}
JOINED |= {"UserId": "userid"}


def as_json(root: Element) -> Json:
    found: Json = {}
    for child in root:
        name = JOINED.get(child.tag) or re.sub(r"(?<!^)([A-Z])", r"_\1", child.tag).lower()
        if child.tag in LISTS:
            found.setdefault(name, []).append(as_json(child))
        else:
            found[name] = _value(child)
    return found


def _value(element: Element) -> object:
    text = (element.text or "").strip()
    if len(element):
        return as_json(element)
    if element.tag in NUMBERS:
        return int(text)
    if element.tag in FLAGS:
        return text in ("1", "true")
    return float(text) if element.tag == "AspectRatio" else text
