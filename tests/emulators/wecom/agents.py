"""The agentid of a call: an integer, and the app whose token is used."""

from typing import Any

from tests.emulators.wecom.errors import ApiError
from tests.emulators.wecom.request import Args


def check(args: Args, agentid: Any) -> None:
    """Raises 41011 without one, 40056 for no app at all, 301002 for another app's."""
    if agentid is None:
        raise ApiError(41011, "missing agentid")
    if not isinstance(agentid, int) or isinstance(agentid, bool):
        raise ApiError(40056, "invalid agentid: not an integer")
    if agentid != args.app.agentid:
        known = any(agentid in corp.apps for corp in args.world.corps.values())
        code = 301002 if known else 40056
        raise ApiError(code, "not allow operate another agent with this accesstoken")


def check_query(args: Args) -> None:
    text = args.query.get("agentid")
    check(args, int(text) if text and text.isdigit() else text)
