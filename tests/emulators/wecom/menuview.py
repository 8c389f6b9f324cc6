"""A menu of customer service as WeChat shows it."""

from tests.emulators.wecom.errors import Json


def text(menu: Json) -> str:
    words = [e["text"]["content"] for e in menu.get("list", []) if e["type"] == "text"]
    parts = [menu.get("head_content"), *words, menu.get("tail_content")]
    return "\n".join(part for part in parts if part)


def labels(menu: Json) -> list[str]:
    """Of what can be pressed."""
    entries = [entry for entry in menu.get("list", []) if entry["type"] != "text"]
    return [entry[entry["type"]]["content"] for entry in entries]


def clicks(menu: Json) -> dict[str, str]:
    entries = [entry["click"] for entry in menu.get("list", []) if entry["type"] == "click"]
    return {entry["id"]: entry["content"] for entry in entries}
