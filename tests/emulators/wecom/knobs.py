"""The knobs: how a test makes WeCom misbehave. Each can be turned over HTTP, too."""

from tests.emulators.wecom.api import Api
from tests.emulators.wecom.callbacks import Callbacks
from tests.emulators.wecom.faults import Fault
from tests.emulators.wecom.state import World


class Knobs:
    """`path` names one endpoint; without it all are meant but gettoken."""

    def __init__(self, world: World, api: Api, callbacks: Callbacks) -> None:
        self.world = world
        self.api = api
        self.callbacks = callbacks

    # The API

    def next_errors(self, codes: list[int], path: str | None = None) -> None:
        """The next calls do nothing and answer these errcodes, in this order."""
        for code in codes:
            self.api.faults.add(Fault("error", code, path=path))

    def delay(self, seconds: float, times: int = 1, path: str | None = None) -> None:
        self.api.faults.add(Fault("delay", seconds, times, path))

    def lose_answers(self, times: int = 1, path: str | None = None) -> None:
        """Does what is asked, then hangs up without an answer."""
        self.api.faults.add(Fault("lose", times=times, path=path))

    def drop(self, times: int = 1) -> None:
        """The next messages are answered with ok and reach nobody."""
        self.world.drops_to_come += times

    def kill_token(self) -> None:
        """Tokens die before their time: 40014 for whoever brings one."""
        self.world.tokens.clear()

    def expire_in(self, seconds: float) -> None:
        """What is issued now lives that long: then 42001."""
        for token in self.world.tokens.values():
            token.expires = self.world.now() + seconds

    def trust_ip(self, trusted: bool = True) -> None:
        """Without trust every call gets 60020."""
        self.api.faults.ip_refused = not trusted

    def refuse_escapes(self, refuses: bool = True) -> None:
        r"""Whether \uXXXX in a body gets 40033; it does from the start."""
        self.api.refuses_escapes = refuses

    def forget_media(self) -> None:
        """Every media_id gets 40007, as after three days."""
        self.world.media.clear()

    def pace(self, per_minute: int, per_hour: int) -> None:
        """How much one member may get before the rest is dropped; 30 and 1000 from the start."""
        self.world.per_minute, self.world.per_hour = per_minute, per_hour

    # Callbacks

    def answer_within(self, seconds: float, pause: float = 0) -> None:
        """How long WeCom waits for the bot (5 s from the start), and then until it sends again."""
        self.callbacks.timeout, self.callbacks.pause = seconds, pause

    def retry_non_200(self, retries: bool = True) -> None:
        self.callbacks.mischief.retries_non_200 = retries

    def duplicate(self, times: int = 1) -> None:
        """The next callbacks come twice at the same time."""
        self.callbacks.mischief.duplicates += times

    def reorder(self, count: int = 2) -> None:
        """The next `count` callbacks wait for each other, and the last comes first."""
        self.callbacks.mischief.reordered = count

    def events_same_second(self, count: int = 2) -> None:
        """The next callbacks have one CreateTime."""
        self.callbacks.mischief.same_second = count

    def bad_signature(self, times: int = 1) -> None:
        self.callbacks.mischief.bad_signatures += times

    def wrong_receiveid(self, times: int = 1) -> None:
        """Signed well, and meant for another corp."""
        self.callbacks.mischief.wrong_receiveids += times

    def option_tag(self, tag: str = "OptionIds") -> None:
        """OpitonIds, as one of WeCom's own examples spells it."""
        self.callbacks.mischief.option_tag = tag

    def strip_agentid(self, strips: bool = True) -> None:
        self.callbacks.mischief.strip_agentid = strips

    def upstream_receiveid(self, upstream: bool = True) -> None:
        """Callbacks of downstream members are meant for the upstream corp, not for theirs."""
        self.callbacks.mischief.upstream_receiveid = upstream

    # Customer service

    def kf_page(self, size: int) -> None:
        """How many entries sync_msg gives at once."""
        self.world.kf.page = size

    def kf_empty_pages(self, times: int = 1) -> None:
        """The next pages have nothing on them, and has_more all the same."""
        self.world.kf.empty_pages += times

    def kf_fail_sends(self, fail_type: int, times: int = 1) -> None:
        """The next messages are answered with ok, and then an event says that they failed."""
        self.world.kf.failures += [fail_type] * times

    def kf_human_first(self, human: bool = True) -> None:
        """A session goes to a servicer who receives, if there is one."""
        self.world.kf.human_first = human

    def kf_servicer(self, userid: str, receiving: bool = True, open_kfid: str = "") -> None:
        """Makes a member a servicer of one account, or of all."""
        for account in self.world.kf.accounts.values():
            if open_kfid in ("", account.open_kfid):
                account.servicers[userid] = receiving

    # Time

    def later(self, seconds: float) -> None:
        """Moves the emulator's clock."""
        self.world.skew += seconds
