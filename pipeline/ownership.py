"""Who holds a lease: this process, and whether a process that held one is still alive."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta

LEASE = timedelta(seconds=60)
"""Longer than a turn or a send may take, both of which are cut off before."""


HOST = socket.gethostname()[-40:]  # PostgreSQL cuts the name of a client after 63 letters
_OURS = set[str]()


def new_owner() -> str:
    """A name for this process: host, pid and a word that no other start has."""
    name = f"{HOST}:{os.getpid()}:{secrets.token_hex(4)}"
    _OURS.add(name)
    return name


def is_dead(owner: str) -> bool:
    """True if the process surely ended: it ran on this host and its pid is gone, or is ours now
    (in a container every start has the same).

    So a restart after a crash need not wait for the leases to run out.
    """
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    if host != HOST or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return owner not in _OURS
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
