"""The fields of messages and events that WeCom sends to the bot."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.wecom.callbacks import Callbacks, Delivery
from tests.emulators.wecom.errors import Json
from tests.emulators.wecom.state import App, Member

_FIRST_ID = 7_301_992_245_016_638_122  # larger than a double holds exactly


def _ids() -> Iterator[int]:
    """Each member counts for themselves: real ids have collided between members, too."""
    return itertools.count(_FIRST_ID)


@dataclass
class Sender:
    """Writes what one member does in one app."""

    callbacks: Callbacks
    app: App
    member: Member
    ids: Iterator[int] = field(default_factory=_ids)

    async def message(self, kind: str, **own: Any) -> Delivery:
        last = {"MsgId": next(self.ids), "AgentID": self.app.agentid}
        return await self._send(self._common(kind) | own | last)

    async def event(self, name: str, last: Json | None = None, **own: Any) -> Delivery:
        fields = self._common("event") | {"Event": name} | own
        return await self._send(fields | {"AgentID": self.app.agentid} | (last or {}))

    def _common(self, kind: str) -> Json:
        names = {"ToUserName": self.app.corp.corpid, "FromUserName": self.member.userid}
        return names | {"CreateTime": self.callbacks.date(), "MsgType": kind}

    async def _send(self, fields: Json) -> Delivery:
        return await self.callbacks.deliver(self.app, self.member, fields)
