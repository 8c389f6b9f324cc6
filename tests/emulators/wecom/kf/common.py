"""The account and the customer that a call names."""

import re

from tests.emulators.wecom.errors import ApiError
from tests.emulators.wecom.kf.state import Account, EventCode
from tests.emulators.wecom.request import Args
from tests.emulators.wecom.state import World


def account(args: Args, open_kfid: str | None = None) -> Account:
    """Raises 95000 for no account at all, 48007 for one that is not the app's."""
    name = args.required("open_kfid", 95000) if open_kfid is None else open_kfid
    found = args.world.kf.accounts.get(name)
    if found is None:
        raise ApiError(95000, "invalid open_kfid")
    if found.app is not args.app:
        raise ApiError(48007, "the app has no authority over this account")
    return found


def customer(args: Args, name: str) -> str:
    external_userid = args.required(name, 40096)
    if external_userid not in args.world.kf.customers:
        raise ApiError(40096, "invalid external userid")
    return external_userid


def is_name(text: str, most: int) -> bool:
    """The letters that msgid and scene may have; empty is none."""
    return len(text) <= most and re.fullmatch(r"[0-9a-zA-Z_-]*", text) is not None


def event_code(world: World, kind: str, account: Account, who: str, seconds: float) -> str:
    name = world.next({"welcome": "WC"}.get(kind, "MC"))
    world.kf.codes[name] = EventCode(kind, account, who, world.now() + seconds)
    return name
