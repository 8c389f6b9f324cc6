"""message/send and message/recall."""

import copy
import hashlib
import json

from tests.emulators.wecom import agents, cards, contents, limits
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.fields import cut
from tests.emulators.wecom.recipients import audience
from tests.emulators.wecom.request import Args
from tests.emulators.wecom.shown import Shown
from tests.emulators.wecom.state import App, Code, Member, Message, World


def send(args: Args) -> Json:
    """Checks everything, then shows it to everybody who is found and not written to too often.

    What is a repetition was checked the first time: its card's task_id is taken by itself.
    """
    agents.check(args, args.body.get("agentid"))
    if repeated := _repeated(args):
        return repeated
    if args.body.get("safe", 0) not in (0, 1):
        raise ApiError(40058, "invalid safe")
    kind = contents.kind(args)
    content = contents.checked(args, kind)
    found = audience(args)
    message = Message(args.world.next("MSG"), args.app, args.world.now(), args.body)
    args.world.messages[message.msgid] = message
    for member in found.members:
        deliver(args.world, member, message, kind, content)
    answer = OK | found.as_json() | {"msgid": message.msgid}
    if kind == "template_card":
        args.app.task_ids.add(content.get("task_id", ""))
        if cards.calls_back(content):
            answer["response_code"] = code(args.world, message, content["task_id"])
    _remember(args, answer)
    return answer


def deliver(world: World, member: Member, message: Message, kind: str, content: Json) -> Shown:
    own = copy.deepcopy(content)
    shown = Shown(message.msgid, kind, own, message.app.agentid, message.date, member.plugin)
    if kind in ("text", "markdown"):
        own["content"] = cut(content["content"])
        shown.truncated = own["content"] != content["content"]
    if "media_id" in own:
        medium = world.media[own["media_id"]]
        shown.file = medium.data
        own.setdefault("name", medium.name)
    shown.dropped = _is_dropped(world, message.app, member)
    return world.show(member, shown)


def _is_dropped(world: World, app: App, member: Member) -> bool:
    """Silently, as WeCom does: the answer says ok."""
    key = (app.agentid, member.corp.corpid, member.key)
    too_many = world.recent(key, 60) >= (world.per_minute or limits.MEMBER_PER_MINUTE)
    too_many = too_many or world.recent(key, 3600) >= (world.per_hour or limits.MEMBER_PER_HOUR)
    wished = world.drops_to_come > 0
    if too_many or wished:
        world.drops_to_come -= wished
        world.dropped += 1
        return True
    world.rates[key].append(world.now())
    return False


def code(world: World, message: Message, task_id: str) -> str:
    """A new response_code for the message's card."""
    name = world.next("RC")
    expires = world.now() + limits.CODE_SECONDS
    world.codes[name] = Code(message.msgid, message.app, task_id, expires)
    return name


def _fingerprint(args: Args) -> str:
    same = json.dumps([args.app.corp.corpid, args.body], sort_keys=True)
    return hashlib.sha256(same.encode()).hexdigest()


def _repeated(args: Args) -> Json | None:
    """The first answer again, if the same was asked inside the interval."""
    interval = args.number("duplicate_check_interval", limits.DUPLICATE_SECONDS)
    if not 0 < interval <= limits.DUPLICATE_LONGEST:
        raise ApiError(40058, "invalid duplicate_check_interval")
    if args.body.get("enable_duplicate_check", 0) != 1:
        return None
    until, answer = args.world.duplicates.get(_fingerprint(args), (0, {}))
    return answer if until > args.world.now() else None


def _remember(args: Args, answer: Json) -> None:
    if args.body.get("enable_duplicate_check", 0) == 1:
        interval = args.number("duplicate_check_interval", limits.DUPLICATE_SECONDS)
        args.world.duplicates[_fingerprint(args)] = (args.world.now() + interval, answer)


def recall(args: Args) -> Json:
    """Within 24 hours; a copy in the WeChat plugin stays."""
    message = args.world.messages.get(args.required("msgid"))
    if message is None or message.app is not args.app or message.recalled:
        raise ApiError(40058, "invalid msgid")
    if args.world.now() - message.date > limits.RECALL_SECONDS:
        raise ApiError(40058, "msgid is older than 24 hours")
    message.recalled = True
    for member in args.app.corp.members.values():
        for shown in member.history:
            shown.recalled = shown.recalled or (shown.msgid == message.msgid and not member.plugin)
    args.world.signal.fire()
    return OK
