"""menu/create, menu/get, menu/delete: three buttons with five below each."""

from collections.abc import Iterator

from tests.emulators.wecom import agents, limits
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.fields import size
from tests.emulators.wecom.request import Args, as_object

KEYED = {"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album"} | {
    "pic_weixin", "location_select"
}  # fmt: skip
TYPES = KEYED | {"view", "view_miniprogram"}

# Errors of a top button and of a sub button: type, name, key, url.
TOP = (40017, 40018, 40019, 40020, limits.MENU_NAME_BYTES)
SUB = (40024, 40025, 40026, 40027, limits.SUB_NAME_BYTES)


def create(args: Args) -> Json:
    agents.check_query(args)
    buttons = args.body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= limits.MENU_BUTTONS:
        raise ApiError(40016, "invalid button size")
    if not (args.app.upstream or args.app).callback_url:
        raise ApiError(43012, "require callback url")
    for button in buttons:
        _check_top(as_object(button, "button"))
    args.app.menu = buttons
    return OK


def get(args: Args) -> Json:
    agents.check_query(args)
    if not args.app.menu:
        raise ApiError(46003, "no menu")
    return OK | {"button": args.app.menu}


def delete(args: Args) -> Json:
    agents.check_query(args)
    if not args.app.menu:
        raise ApiError(46003, "no menu")
    args.app.menu = []
    return OK


def entries(menu: list[Json]) -> Iterator[Json]:
    """What can be pressed: a button with others below it cannot."""
    for button in menu:
        yield from button.get("sub_button") or [button]


def _check_top(button: Json) -> None:
    below = button.get("sub_button") or []
    if not below:
        return _check(button, TOP)
    if not isinstance(below, list) or len(below) > limits.SUB_BUTTONS:
        raise ApiError(40023, "invalid sub button size")
    _check_name(button, TOP)
    for sub in below:
        if "sub_button" in as_object(sub, "sub_button"):
            raise ApiError(40022, "invalid sub button level")
        _check(sub, SUB)
    return None


def _check_name(button: Json, codes: tuple[int, int, int, int, int]) -> None:
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= size(name) <= codes[4]:
        raise ApiError(codes[1], "invalid button name size")


def _check(button: Json, codes: tuple[int, int, int, int, int]) -> None:
    kind_code, _, key_code, url_code, _ = codes
    _check_name(button, codes)
    kind = str(button.get("type"))
    if kind not in TYPES:
        raise ApiError(kind_code, "invalid button type")
    if kind in KEYED and not 1 <= size(str(button.get("key", ""))) <= limits.MENU_KEY_BYTES:
        raise ApiError(key_code, "invalid button key size")
    url = str(button.get("url", ""))
    if kind == "view" and not 1 <= size(url) <= limits.MENU_URL_BYTES:
        raise ApiError(url_code, "invalid button url size")
