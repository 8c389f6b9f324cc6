"""kf/sync_msg: a log with a cursor, page by page."""

import re

from tests.emulators.wecom import limits
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.fields import size
from tests.emulators.wecom.kf.common import account
from tests.emulators.wecom.kf.state import Account
from tests.emulators.wecom.request import Args
from tests.emulators.wecom.state import World

WITHOUT_TOKEN = 20  # a minute; the page says only that the limit is strict


def sync_msg(args: Args) -> Json:
    """What came after the cursor; without one the last three days."""
    found = account(args)
    _check_token(args, found)
    if args.number("voice_format") not in (0, 1):
        raise ApiError(40058, "invalid voice_format")
    limit = args.number("limit", limits.KF_PAGE)
    if not 0 <= limit <= limits.KF_PAGE:
        raise ApiError(40058, "limit is at most 1000")
    start = _start(args, found)
    if args.world.kf.empty_pages > 0:
        args.world.kf.empty_pages -= 1
        return _page(found, start, start, True)
    return _page(found, start, start + min(limit or limits.KF_PAGE, args.world.kf.page))


def _page(found: Account, start: int, end: int, more: bool = False) -> Json:
    listed = [entry for _, entry in found.log[start:end]]
    end = min(end, len(found.log))
    told = {"next_cursor": f"c-{end}", "has_more": int(more or end < len(found.log))}
    return OK | told | {"msg_list": listed}


def _check_token(args: Args, found: Account) -> None:
    token, now = args.text("token"), args.world.now()
    if not token:
        key = ("sync without token", found.open_kfid)
        args.world.rates[key].append(now)
        if args.world.recent(key, 60) > WITHOUT_TOKEN:
            raise ApiError(45009, "api freq out of limit: no token")
        return
    open_kfid, expires = args.world.kf.tokens.get(token, ("", 0))
    if open_kfid != found.open_kfid or expires <= now:
        raise ApiError(95007, "invalid msg token")


def _start(args: Args, found: Account) -> int:
    cursor = args.text("cursor")
    if not cursor:
        since = args.world.now() - limits.KF_HISTORY_SECONDS
        return sum(1 for date, _ in found.log if date < since)
    match = re.fullmatch(r"c-(\d+)", cursor)
    if size(cursor) > limits.KF_CURSOR_BYTES or not match or int(match[1]) > len(found.log):
        raise ApiError(40058, "invalid cursor")
    return int(match[1])


def note(world: World, found: Account, origin: int, msgtype: str, **own: object) -> str:
    """Adds to the log; an event carries its account inside only. Returns the msgid."""
    msgid = world.next("K")
    entry: Json = {"msgid": msgid, "send_time": int(world.now()), "origin": origin}
    if msgtype != "event":
        entry["open_kfid"] = found.open_kfid
    found.log.append((world.now(), entry | {"msgtype": msgtype} | own))
    return msgid


def note_event(world: World, found: Account, event_type: str, who: str, **own: object) -> str:
    event = {"event_type": event_type, "open_kfid": found.open_kfid, "external_userid": who}
    return note(world, found, 4, "event", event=event | own)


def signal(world: World, found: Account, date: int) -> Json:
    """The callback that says "come and fetch": no FromUserName, no AgentID, a token."""
    token = world.next("ENC")
    world.kf.tokens[token] = (found.open_kfid, world.now() + limits.KF_TOKEN_SECONDS)
    fields: Json = {"ToUserName": found.app.corp.corpid, "CreateTime": date, "MsgType": "event"}
    return fields | {"Event": "kf_msg_or_event", "Token": token, "OpenKfId": found.open_kfid}
