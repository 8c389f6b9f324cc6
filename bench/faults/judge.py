"""What the emulators accepted, held against what was said to the networks.

lost          an answer that was owed, a notice, a reminder, the news of a move or its calendar
              entry that its person never got
doubled       one that somebody got twice without a mark; on WeCom, twice at all
uncertain     one that was sent again, marked （重发）: Telegram cannot say whether it had it
repeated      those of them whose first copy had arrived
held          a notice that may have arrived and was not sent again; the organizer is told
order_errors  answers that came in another order than their questions
miscounted    answers whose count shows that a turn was done twice, or by halves
outdated      reminders of another time than the news of the move had said
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bench.faults.drive import Said
from bench.faults.scenario import Someone
from tests.emulators.telegram import TelegramProcess
from tests.emulators.wecom import WeComProcess

MARK = "（重发）"
THINGS = {
    "answer": re.compile(r"(?P<answer>m\d+-\d+)#(?P<count>\d+)"),
    "notice": re.compile(r"notice(?P<notice>\d+)x"),
    "entry": re.compile(r"event(?P<entry>\d+)x\.ics"),
    "reminder": re.compile(r"⏰.*event(?P<reminder>\d+)x\s+时间：(?P<time>.*)"),
    "move": re.compile(r"⚠️ 活动有变：event(?P<move>\d+)x\s+时间：.* → (?P<time>.*)"),
}


@dataclass(frozen=True)
class Heard:
    """`what` is m7-3, notice3, reminder4, move4 or entry4. An answer says how often its asker had
    written, a reminder or a move for when the event is."""

    what: str
    count: int
    time: str
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
    outdated: int = 0

    @property
    def good(self) -> bool:
        wrong = self.lost, self.doubled, self.order_errors, self.miscounted, self.outdated
        return not any(wrong)


Ears = dict[int, list[Heard]]
"""What people heard, by their ids, in its order."""


async def listen(people: list[Someone], telegram: TelegramProcess, wecom: WeComProcess) -> Ears:
    ears: Ears = {}
    for someone in people:
        if someone.network == "wecom":
            shown = [one for one in await wecom.messages(someone.name) if one["by_bot"]]
        else:
            shown = await telegram.messages(someone.name)
        ears[someone.id] = _things(one["text"] + (one.get("file_name") or "") for one in shown)
    return ears


def _things(texts: Iterable[str]) -> list[Heard]:
    return [
        Heard(_named(kind, found), int(found.groupdict().get("count", 0)),
              found.groupdict().get("time", ""), text.startswith(MARK))
        for text in texts
        for kind, thing in THINGS.items()
        if (found := thing.search(text))
    ]  # fmt: skip


def _named(kind: str, found: re.Match[str]) -> str:
    return found[kind] if kind == "answer" else f"{kind}{found[kind]}"


def judge(people: list[Someone], said: Said, ears: Ears, held: set[tuple[int, str]]) -> Verdict:
    verdict = Verdict()
    notices = {f"notice{number}" for number in range(1, said.notices + 1)}
    for someone in people:
        mine_of = {n for n, guests in said.guests.items() if someone.id in guests}
        invited = {f"reminder{n}" for n in mine_of}
        moved = {f"{told}{n}" for n in mine_of & said.moved for told in ("move", "entry")}
        owed = {*said.owed[someone.id], *notices, *invited, *moved}
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
        _judge_times(verdict, heard)
    return verdict


def _judge_answers(verdict: Verdict, heard: list[Heard]) -> None:
    first: dict[str, int] = {}
    for one in heard:
        if one.count:
            first.setdefault(one.what, one.count)
    numbers = [int(what.partition("-")[2]) for what in first]
    verdict.order_errors += sum(later < earlier for earlier, later in pairwise(numbers))
    verdict.miscounted += sorted(first.values()) != list(range(1, len(first) + 1))


def _judge_times(verdict: Verdict, heard: list[Heard]) -> None:
    news = {one.what.removeprefix("move"): one.time for one in heard if one.what[:4] == "move"}
    for one in heard:
        if (event := one.what.removeprefix("reminder")) in news:
            verdict.outdated += one.time != news[event]
