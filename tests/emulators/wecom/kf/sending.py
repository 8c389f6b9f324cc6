"""kf/send_msg and kf/send_msg_on_event: 48 hours, five messages, codes for one."""

import copy

from tests.emulators.wecom import limits
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.kf import contents, sync
from tests.emulators.wecom.kf.common import account, customer, is_name
from tests.emulators.wecom.kf.state import BOT, UNTREATED, Account, EventCode, Session
from tests.emulators.wecom.request import Args
from tests.emulators.wecom.shown import Shown
from tests.emulators.wecom.state import World

ON_EVENT = {"welcome": {"text", "msgmenu"}, "ended": {"text", "msgmenu"}, "queue": {"text"}}


def send_msg(args: Args) -> Json:
    """The same msgid again is answered as before and sent no second time."""
    found, who = account(args), customer(args, "touser")
    msgid = _msgid(args)
    kind, content = contents.checked(args)
    before = args.world.kf.sent.get((found.open_kfid, msgid))
    if before:
        return before
    session = found.session(who)
    _check_window(args.world, session)
    session.sent_since += 1
    _deliver(args.world, found, who, msgid, kind, content)
    return args.world.kf.sent.setdefault((found.open_kfid, msgid), OK | {"msgid": msgid})


def _msgid(args: Args) -> str:
    msgid = args.text("msgid")
    if not is_name(msgid, limits.KF_MSGID_BYTES):
        raise ApiError(40058, "invalid msgid")
    return msgid or args.world.next("OUT")


def _check_window(world: World, session: Session) -> None:
    if session.state not in (UNTREATED, BOT):
        raise ApiError(95018, "send msg session status invalid")
    last = session.last_customer
    if last is None or world.now() - last > limits.KF_WINDOW:
        raise ApiError(95002, "send msg time limit")
    if session.sent_since >= limits.KF_MESSAGES:
        raise ApiError(95001, "send msg count limit")


def _deliver(world: World, found: Account, who: str, msgid: str, kind: str, content: Json) -> None:
    shown = Shown(msgid, kind, copy.deepcopy(content), found.app.agentid, world.now())
    if "media_id" in content:
        medium = world.media[content["media_id"]]
        shown.file = medium.data
        shown.content["name"] = medium.name
    found.session(who).history.append(shown)
    if world.kf.failures:
        shown.dropped = True
        fail = {"fail_msgid": msgid, "fail_type": world.kf.failures.pop(0)}
        sync.note_event(world, found, "msg_send_fail", who, **fail)
        world.signal_kf(found)
    world.touch(shown)


def send_msg_on_event(args: Args) -> Json:
    """One message for a code; no touser."""
    code = _code(args)
    msgid = _msgid(args)
    kind, content = contents.checked(args, ON_EVENT[code.kind])
    code.used = True
    if code.kind == "welcome":
        code.account.session(code.external_userid).welcomed = args.world.now()
    _deliver(args.world, code.account, code.external_userid, msgid, kind, content)
    return OK | {"msgid": msgid}


def _code(args: Args) -> EventCode:
    code = args.world.kf.codes.get(args.required("code"))
    if code is None or code.account.app is not args.app:
        raise ApiError(40058, "invalid code")
    if code.used or code.expires <= args.world.now():
        raise ApiError(95013, "the code is used or expired")
    return code
