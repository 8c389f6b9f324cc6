"""A long list worked through by two processes, each a half of it.

Only for a process that has one thread and may be copied: the reader of services/apart.py.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
MANY = 5000  # from here on a copy of the process is worth it

Made = list[dict[str, Any]]
"""Plain values only: texts, numbers, lists."""


def made(make: Callable[[Sequence[T]], Made], items: Sequence[T]) -> Made:
    """What `make` makes of all items, in their order. What cannot be made in the copy raises
    MemoryError here: its limits are the same."""
    if len(items) < MANY or os.cpu_count() == 1:
        return make(items)
    half = len(items) // 2
    reading, writing = os.pipe()
    copy = os.fork()
    if not copy:
        _as_copy(writing, make, items[half:])
    os.close(writing)
    first = make(items[:half])
    with os.fdopen(reading, "rb") as told:
        told_by_copy = told.read()
    if os.waitpid(copy, 0)[1]:
        raise MemoryError
    second: Made = marshal.loads(told_by_copy)
    return first + second


def _as_copy(writing: int, make: Callable[[Sequence[T]], Made], items: Sequence[T]) -> None:
    """Whatever happens, the copy ends here and nothing else of the process runs twice."""
    status = 1
    try:
        with os.fdopen(writing, "wb") as told:
            told.write(marshal.dumps(make(items)))
        status = 0
    finally:
        os._exit(status)
