"""The knobs that make the API misbehave: each fault spends itself after some calls."""

from dataclasses import dataclass, field


@dataclass
class Fault:
    kind: str  # error, delay, lose
    value: float = 0
    times: int = 1
    path: str | None = None

    def meets(self, path: str) -> bool:
        # Only a fault meant for gettoken meets it, or a refresh would use up the sends' faults.
        return path == self.path if self.path else path != "gettoken"


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)
    ip_refused: bool = False

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def spend(self, kind: str, path: str) -> Fault | None:
        """The next fault of this kind that meets the call, one time less of it."""
        found = [f for f in self.waiting if f.kind == kind and f.meets(path)]
        if not found:
            return None
        found[0].times -= 1
        self.waiting = [fault for fault in self.waiting if fault.times > 0]
        return found[0]
