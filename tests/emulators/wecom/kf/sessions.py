"""kf/service_state: who talks with the customer, the bot, nobody or a human."""

from tests.emulators.wecom import limits
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.kf.common import account, customer, event_code
from tests.emulators.wecom.kf.state import BOT, ENDED, HUMAN, POOL, UNTREATED, Account, Session
from tests.emulators.wecom.request import Args

ALLOWED = {
    UNTREATED: {BOT, POOL, HUMAN},
    BOT: {POOL, HUMAN},
    POOL: {HUMAN},
    HUMAN: {HUMAN, ENDED},
    ENDED: set[int](),
}


def state_get(args: Args) -> Json:
    session = account(args).session(customer(args, "external_userid"))
    return OK | {"service_state": session.state, "servicer_userid": session.servicer}


def state_trans(args: Args) -> Json:
    """Raises 95016 for a change that is not allowed; answers a code for one last message."""
    found, who = account(args), customer(args, "external_userid")
    session, wanted = found.session(who), args.number("service_state", -1)
    if wanted not in ALLOWED[session.state]:
        raise ApiError(95016, f"not allowed from {session.state} to {wanted}")
    session.servicer = _servicer(args, found, session) if wanted == HUMAN else ""
    session.state = wanted
    code = ""
    if wanted == POOL:
        code = event_code(args.world, "queue", found, who, limits.KF_WINDOW)
    elif wanted == ENDED:
        code = event_code(args.world, "ended", found, who, limits.KF_CODE_SECONDS)
    return OK | {"msg_code": code}


def _servicer(args: Args, found: Account, session: Session) -> str:
    userid = args.text("servicer_userid")
    if userid not in found.servicers:
        raise ApiError(95014, "the member is no servicer")
    if not found.servicers[userid]:
        raise ApiError(95019, "the servicer does not receive at present")
    if session.state == HUMAN and session.servicer == userid:
        raise ApiError(95016, "this servicer has the session already")
    return userid
