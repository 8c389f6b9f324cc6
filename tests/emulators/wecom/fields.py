"""Single fields: required or not, lengths in bytes of UTF-8."""

from typing import Any

from tests.emulators.wecom import limits
from tests.emulators.wecom.errors import ApiError, Json


def size(text: str) -> int:
    return len(text.encode())


def cut(text: str) -> str:
    """What WeCom leaves of a text: whole characters of the first 2048 bytes."""
    return text.encode()[: limits.TEXT_BYTES].decode(errors="ignore")


def words(content: Json, name: str, most: int, missing: int = 0, too_long: int = 40058) -> str:
    """One field; `missing` is the error where it is required, 0 where it is not."""
    value = content.get(name, "")
    if not isinstance(value, str):
        raise ApiError(40058, f"{name} must be a string")
    if missing and not value:
        raise ApiError(missing, f"missing {name}")
    if size(value) > most:
        raise ApiError(too_long, f"{name} is longer than {most} bytes")
    return value


def web_address(content: Json, name: str, required: bool, most: int = limits.URL_BYTES) -> None:
    """With its scheme, else 45034."""
    value = words(content, name, most, 45034 if required else 0, 45034)
    if value and not value.startswith(("http://", "https://")):
        raise ApiError(45034, f"{name} has no scheme")


def choice(content: Json, name: str, allowed: tuple[int, ...]) -> int:
    """A number from a list; absent counts as the first."""
    value = content.get(name, allowed[0])
    if isinstance(value, bool) or value not in allowed:
        raise ApiError(40058, f"{name} must be one of {allowed}")
    return int(value)


def objects(content: Json, name: str, least: int, most: int) -> list[Json]:
    """A list of objects of a permitted length; absent counts as empty."""
    found: Any = content.get(name, [])
    if not isinstance(found, list) or not least <= len(found) <= most:
        raise ApiError(40058, f"{name} must have {least} to {most} entries")
    if not all(isinstance(entry, dict) for entry in found):
        raise ApiError(40058, f"{name} must be a list of objects")
    return found


def unique(keys: list[str], name: str) -> None:
    if len(keys) != len(set(keys)):
        raise ApiError(40058, f"{name} is not unique")
