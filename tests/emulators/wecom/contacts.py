"""user/get, and the addresses that callbacks come from."""

from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.request import Args


def user_get(args: Args) -> Json:
    userid = args.query.get("userid", "")
    if not userid:
        raise ApiError(41009, "missing userid")
    member = args.app.corp.members.get(userid.lower())
    if member is None:
        raise ApiError(60111, "userid not found")
    if member.key in args.app.outside:
        raise ApiError(60011, "no privilege to access the member")
    named = {"userid": member.userid, "name": member.name, "status": 1}
    return OK | named | {"department": sorted(member.departments)}


def callback_ip(args: Args) -> Json:
    return OK | {"ip_list": ["127.0.0.1"]}
