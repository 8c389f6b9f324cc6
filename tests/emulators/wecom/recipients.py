"""Who gets it: touser, toparty and totag, and who of them cannot."""

from dataclasses import dataclass, field

from tests.emulators.wecom import limits
from tests.emulators.wecom.errors import ApiError, Json
from tests.emulators.wecom.request import Args
from tests.emulators.wecom.state import App, Member


@dataclass
class Audience:
    """Found members, each once, and what stood for nobody."""

    members: list[Member] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    parties: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    unlicensed: list[str] = field(default_factory=list)

    def add(self, found: list[Member], name: str, unknown: list[str]) -> None:
        self.members += [member for member in found if member not in self.members]
        if not found:
            unknown.append(name)

    def as_json(self) -> Json:
        """The names of unknown members come back in small letters."""
        users = "|".join(name.lower() for name in self.users)
        parties, tags = "|".join(self.parties), "|".join(self.tags)
        unknown = {"invaliduser": users, "invalidparty": parties, "invalidtag": tags}
        return unknown | {"unlicenseduser": "|".join(name.lower() for name in self.unlicensed)}


def audience(args: Args) -> Audience:
    """Raises 82001 where nobody is named, 81013 where nobody named is there."""
    users, parties, tags = (args.text(name, 40031) for name in ("touser", "toparty", "totag"))
    if not (users or parties or tags):
        raise ApiError(82001, "all touser & toparty & totag empty")
    if users == "@all":
        return Audience(args.app.members)
    found = of_names(args.app, *(_split(names) for names in (users, parties, tags)))
    if not found.members:
        raise ApiError(81013, "user & party & tag all invalid")
    return found


def _split(names: str) -> list[str]:
    return [name for name in names.split("|") if name]


def of_names(app: App, users: list[str], parties: list[str], tags: list[str]) -> Audience:
    if len(users) > limits.USERS:
        raise ApiError(40032, "invalid userid list size")
    if len(parties) > limits.PARTIES:
        raise ApiError(82002, "invalid PartyID list size")
    if len(tags) > limits.TAGS:
        raise ApiError(82003, "invalid TagID list size")
    found, members = Audience(), {member.key: member for member in app.members}
    for name in users:
        here = members.get(name.lower())
        if name.lower() in app.unlicensed:
            found.unlicensed.append(name)
        else:
            found.add([here] if here else [], name, found.users)
    for name in parties:
        inside = [m for m in app.members if name in map(str, m.departments)]
        found.add(inside, name, found.parties)
    for name in tags:
        found.add([m for m in app.members if name in map(str, m.tags)], name, found.tags)
    return found
