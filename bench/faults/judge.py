"""What the emulators accepted, held against what was said to the networks.

lost          an answer that was owed, a notice or a reminder that its person never got
doubled       one that somebody got twice without a mark; on WeCom, twice at all
uncertain     one that was sent again, marked （重发）: Telegram cannot say whether it had it
repeated      those of them whose first copy had arrived
held          a notice that may have arrived and was not sent again; the organizer is told
order_errors  answers that came in another order than their questions
miscounted    answers whose count shows that a turn was done twice, or by halves
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bench.faults.drive import Said
from bench.faults.scenario import Someone
from tests.emulators.telegram import TelegramProcess
from tests.emulators.wecom import WeComProcess

THING = re.compile(r"(m\d+-\d+)#(\d+)|((?:notice|event)\d+)x")
MARK = "（重发）"


@dataclass(frozen=True)
class Heard:
    """`what` is m7-3, notice3 or event4; an answer says how often its asker had written."""

    what: str
    count: int
    again: bool


@dataclass
class Verdict:
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    uncertain: int = 0
    repeated: int = 0
    held: int = 0
    order_errors: int = 0
    miscounted: int = 0

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.order_errors or self.miscounted)


Ears = dict[int, list[Heard]]
"""What people heard, by their ids, in its order."""


async def listen(
    people: list[Someone], telegram: TelegramProcess, wecom: WeComProcess, chats: dict[int, int]
) -> Ears:
    """`chats`: who is in which chat of Telegram."""
    ears: Ears = defaultdict(list)
    for call in await telegram.accepted():
        if call["method"] == "sendMessage" and call["chat_id"] in chats:
            ears[chats[call["chat_id"]]] += _things([call["text"]])
    for someone in people:
        if someone.network == "wecom":
            shown = await wecom.messages(someone.name)
            ears[someone.id] += _things(one["text"] for one in shown if one["by_bot"])
    return ears


def _things(texts: Iterable[str]) -> list[Heard]:
    return [
        Heard(found[1] or found[3], int(found[2] or 0), text.startswith(MARK))
        for text in texts
        if (found := THING.search(text))
    ]


def judge(people: list[Someone], said: Said, ears: Ears, held: set[tuple[int, str]]) -> Verdict:
    verdict = Verdict()
    notices = {f"notice{number}" for number in range(1, said.notices + 1)}
    for someone in people:
        invited = {f"event{n}" for n, guests in said.guests.items() if someone.id in guests}
        owed = {*said.owed[someone.id], *notices, *invited}
        heard = ears[someone.id]
        mine = {what for who, what in held if who == someone.id}
        got = Counter(one.what for one in heard)
        plain = Counter(one.what for one in heard if not one.again)
        missing = owed - got.keys()
        once = got if someone.network == "wecom" else plain
        verdict.messages += len(owed)
        verdict.held += len(mine)
        verdict.lost += len(missing - mine)
        verdict.doubled += sum(times - 1 for times in once.values() if times > 1)
        verdict.doubled += sum(got[what] - 1 for what in notices if got[what] > 1 >= once[what])
        again = Counter(one.what for one in heard if one.again)
        verdict.uncertain += again.total()
        verdict.repeated += sum(got[what] - 1 for what in again)
        _judge_answers(verdict, heard)
    return verdict


def _judge_answers(verdict: Verdict, heard: list[Heard]) -> None:
    first: dict[str, int] = {}
    for one in heard:
        if one.count:
            first.setdefault(one.what, one.count)
    numbers = [int(what.partition("-")[2]) for what in first]
    verdict.order_errors += sum(later < earlier for earlier, later in pairwise(numbers))
    verdict.miscounted += sorted(first.values()) != list(range(1, len(first) + 1))
