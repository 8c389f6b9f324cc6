"""上下游 and 互联企业: an app shared with other corps, whose members it may then write to."""

import re

from tests.emulators.wecom import agents, contents, limits, tokens
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.request import Args
from tests.emulators.wecom.sending import deliver
from tests.emulators.wecom.state import App, Member, Message, World

LINKED, CHAIN = 0, 1  # business_type


def shared(world: World, upstream: App, business_type: int) -> list[App]:
    """The app as each confirmed corp of that kind has it, in the order of sharing."""
    apps = [app for corp in world.corps.values() for app in corp.apps.values()]
    own = [app for app in apps if app.upstream is upstream and app.confirmed]
    return [app for app in own if app.business_type == business_type]


def list_app_share_info(args: Args) -> Json:
    agents.check(args, args.body.get("agentid"))
    limit = args.number("limit", limits.SHARES_PAGE)
    if not 1 <= limit <= limits.SHARES_PAGE:
        raise ApiError(40058, "limit is 1 to 100")
    found = shared(args.world, args.app, _business_type(args))
    wanted = args.text("corpid")
    found = [app for app in found if wanted in ("", app.corp.corpid)]
    start = _start(args)
    end = start + limit
    listed = [_told(app) for app in found[start:end]]
    ending = int(end >= len(found))
    return OK | {
        "ending": ending,
        "corp_list": listed,
        "next_cursor": "" if ending else f"s-{end}",
    }


def _business_type(args: Args) -> int:
    business_type = args.number("business_type")
    if business_type not in (LINKED, CHAIN):
        raise ApiError(40058, "invalid business_type")
    return business_type


def _start(args: Args) -> int:
    cursor = args.text("cursor")
    match = re.fullmatch(r"s-(\d+)", cursor)
    if cursor and not match:
        raise ApiError(40058, "invalid cursor")
    return int(match[1]) if match else 0


def _told(app: App) -> Json:
    return {"corpid": app.corp.corpid, "corp_name": app.corp.name, "agentid": app.agentid}


def gettoken(args: Args) -> Json:
    """Of the app as a downstream corp has it. Raises 670004 for a strange corp, else 670001."""
    corpid, business_type = args.required("corpid"), _business_type(args)
    corp = args.world.corps.get(corpid)
    if corp is None or not any(app.upstream is args.app for app in corp.apps.values()):
        raise ApiError(670004, "the corp is not in the chain")
    for app in shared(args.world, args.app, business_type):
        if app.corp is corp and app.agentid == args.number("agentid"):
            return tokens.issue(args.world, app)
    raise ApiError(670001, "the app is not shared with the corp")


def linked_send(args: Args) -> Json:
    """linkedcorp/message/send: lists instead of |, no cards, members of linked corps as corp/id."""
    agents.check(args, args.body.get("agentid"))
    if args.body.get("msgtype") == "template_card":
        raise ApiError(40008, "no template_card to linked corps")
    kind = contents.kind(args)
    content = contents.checked(args, kind)
    users, parties, tags = _named(args)
    members = {name: _member(args, name) for name in users}
    everybody = args.app.members if args.number("toall") == 1 else []
    found = everybody + [member for member in members.values() if member]
    if not found:
        raise ApiError(81013, "user & party & tag all invalid")
    message = Message(args.world.next("MSG"), args.app, args.world.now(), args.body)
    args.world.messages[message.msgid] = message
    for member in found:
        deliver(args.world, member, message, kind, content)
    unknown = {"invaliduser": [name for name in users if not members[name]]}
    return OK | unknown | {"invalidparty": parties, "invalidtag": tags}


def _named(args: Args) -> tuple[list[str], list[str], list[str]]:
    users = args.texts("touser", limits.USERS, 40032)
    parties = args.texts("toparty", limits.PARTIES, 82002)
    tags = [str(tag) for tag in args.entries("totag", limits.TAGS, 82003)]
    if not (users or parties or tags or args.number("toall")):
        raise ApiError(82001, "nobody is named")
    return users, parties, tags


def _member(args: Args, name: str) -> Member | None:
    corpid, _, userid = name.rpartition("/")
    apps = [args.app, *shared(args.world, args.app, LINKED)]
    for app in apps:
        if app.corp.corpid == (corpid or args.app.corp.corpid):
            return next((m for m in app.members if m.key == userid.lower()), None)
    return None
