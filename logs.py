"""Logging that tells what happened, and nobody's number.

The HTTP client logs every URL, and Telegram's carry the token; so it is told to be quiet, and
whatever else slips through is masked on its way out.
"""

from __future__ import annotations

import logging
import re

SECRETS = re.compile(
    r"\d{6,12}:[\w-]{20,}"  # a bot token
    r"|(?:access_token|corpsecret)=[^&\s\"']+"  # WeCom's, in addresses
    r"|(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)"  # a mobile number
    r"|(?<![0-9A-Z])[0-9A-HJ-NP-RTUW-Y]{2}\d{6}[0-9A-HJ-NP-RTUW-Y]{10}(?![0-9A-Z])"  # a credit code
)
MASK = "***"


def redact(text: str) -> str:
    return SECRETS.sub(MASK, text)


class Redacting(logging.Formatter):
    """Masks the finished line, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "apscheduler", "telegram", "alembic", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
