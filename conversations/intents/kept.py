"""What takes long to work out of the lexicon, kept from one start to the next.

As Python keeps its bytecode: in the same folder, where that may be written, and no longer than
all that it was worked out from stays the same.
"""

import contextlib
import hashlib
import marshal
import os
import sys
from collections.abc import Callable
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pinyin

from .lexicon import LEXICON

SOURCES = (
    LEXICON,
    *sorted(Path(__file__).parent.glob("*.py")),
    *pinyin.SOURCES,
)


def kept(name: str, work: Callable[[], Any]) -> Any:
    """What `work` gives, or gave when the sources were the same: numbers, texts, lists, dicts."""
    place = Path(cache_from_source(__file__)).with_name(f"{name}.kept")
    digest = _digest()
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        worked_out_from, found = marshal.loads(place.read_bytes())
        if worked_out_from == digest:
            return found
    found = work()
    if not sys.dont_write_bytecode:
        with contextlib.suppress(OSError):
            _write(place, marshal.dumps((digest, found)))
    return found


def _digest() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for source in SOURCES:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _write(place: Path, content: bytes) -> None:
    """At once or not at all: other processes may be starting."""
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_suffix(f".{os.getpid()}")
    new.write_bytes(content)
    new.replace(place)
