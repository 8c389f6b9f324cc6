"""Lists of customer service: accounts, servicers, customers, and the links people enter by."""

from tests.emulators.wecom import limits
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.kf.common import account, is_name
from tests.emulators.wecom.request import Args


def account_list(args: Args) -> Json:
    offset, limit = args.number("offset"), args.number("limit", 100)
    if offset < 0 or not 1 <= limit <= 100:
        raise ApiError(40058, "invalid offset or limit")
    own = [found for found in args.world.kf.accounts.values() if found.app is args.app]
    named = [{"open_kfid": found.open_kfid, "name": found.name} for found in own]
    rest = {"avatar": "https://wework.qpic.invalid/kf", "manage_privilege": True}
    return OK | {"account_list": [one | rest for one in named[offset : offset + limit]]}


def add_contact_way(args: Args) -> Json:
    """A page to which &scene_param= may be added."""
    found, scene = account(args), args.text("scene")
    if not is_name(scene, limits.KF_SCENE_BYTES):
        raise ApiError(40058, "invalid scene")
    return OK | {"url": f"https://work.weixin.invalid/kf/{found.open_kfid}?enc_scene=ENC{scene}"}


def servicer_list(args: Args) -> Json:
    found = account(args, args.query.get("open_kfid", ""))
    listed = found.servicers.items()
    return OK | {"servicer_list": [{"userid": u, "status": int(not on)} for u, on in listed]}


def customer_batchget(args: Args) -> Json:
    wanted = args.texts("external_userid_list", limits.KF_CUSTOMERS)
    if not wanted:
        raise ApiError(40058, "missing external_userid_list")
    known = args.world.kf.customers
    rest = {"avatar": "https://wework.qpic.invalid/face", "gender": 0}
    told = [{"external_userid": w, "nickname": known[w]} | rest for w in wanted if w in known]
    return OK | {"customer_list": told, "invalid_external_userid": [
        who for who in wanted if who not in known
    ]}  # fmt: skip
