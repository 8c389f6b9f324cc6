"""message/update_template_card: a code, once, for 72 hours."""

from tests.emulators.wecom import agents, cards, limits
from tests.emulators.wecom.cardview import INTERACTIVE
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.fields import words
from tests.emulators.wecom.recipients import of_names
from tests.emulators.wecom.request import Args, as_object
from tests.emulators.wecom.shown import Shown
from tests.emulators.wecom.state import Code, Member, World


def update(args: Args) -> Json:
    agents.check(args, args.body.get("agentid"))
    code = _code(args)
    change = _change(args, code)
    members, unknown = _members(args, code)
    copies = [(member, _copy(member, code)) for member in members]
    code.used = True
    for member, shown in copies:
        if shown is None:
            unknown.append(member.userid)
        else:
            apply(args.world, shown, change)
    return OK | {"invaliduser": unknown}


def _code(args: Args) -> Code:
    code = args.world.codes.get(args.required("response_code", 60140))
    if code is None or code.app is not args.app or code.used:
        raise ApiError(60140, "invalid response_code")
    if code.expires <= args.world.now():
        raise ApiError(60140, "response_code expired")
    return code


def _members(args: Args, code: Code) -> tuple[list[Member], list[str]]:
    if args.number("atall") == 1:
        return [member for member in args.app.members if _copy(member, code)], []
    users = args.texts("userids", limits.USERS, 40032)
    parties, tags = (
        [str(n) for n in args.entries(part, limits.PARTIES)] for part in ("partyids", "tagids")
    )
    if not (users or parties or tags):
        raise ApiError(82001, "userids, partyids and tagids all empty")
    found = of_names(args.app, users, parties, tags)
    return found.members, found.users


def _copy(member: Member, code: Code) -> Shown | None:
    found = [shown for shown in member.history if shown.msgid == code.msgid and not shown.dropped]
    return found[0] if found else None


def _change(args: Args, code: Code) -> Json:
    """Either button.replace_name, or a whole new card."""
    if "template_card" in args.body:
        card = as_object(args.body["template_card"], "template_card")
        check_new_card(card, code)
        return card
    button = as_object(args.body.get("button"), "button")
    replaced = words(button, "replace_name", 1024, 40058)
    kind = args.world.messages[code.msgid].body["template_card"]["card_type"]
    if kind not in INTERACTIVE:
        raise ApiError(40058, f"a card of type {kind} has no button to replace")
    return {"replace_name": replaced}


def check_new_card(card: Json, code: Code) -> None:
    """The new card may keep its own task_id."""
    cards.check(card, code.app.task_ids - {code.task_id}, updating=True)


def apply(world: World, shown: Shown, change: Json) -> None:
    if "replace_name" in change:
        shown.replaced = change["replace_name"]
    else:
        shown.content, shown.replaced = change, change.get("replace_text", "")
    world.touch(shown)
