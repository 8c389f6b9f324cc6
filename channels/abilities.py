"""What a network lets us do, as docs/channels.md lists it; tests/test_contract.py tries each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Abilities:
    """`network` is how people have it; `choices` how they are shown, and by number they can be said
    on all.

    taps        a choice can be tapped, too
    changes     a message with choices changes where it stands; else it comes anew
    takes_back  a message can be withdrawn, at least for a day
    files       files go out as files
    unasked     whoever was silent for days can be written to
    groups      works in groups, too
    text        what a message holds: a longer one is split, or was never written
    """

    network: str
    choices: str
    taps: bool
    changes: bool
    takes_back: bool
    files: bool
    unasked: bool
    groups: bool
    text: str
