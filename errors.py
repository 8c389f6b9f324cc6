"""Our errors, one small tree.

Refused               what a person asked for cannot be done; a template of its name says why
WrongSetting          a setting has a value that cannot work; the start stops and names it
SetUpMissing          something the start needs is not there
"""

from __future__ import annotations

import re
from typing import Any


class ZhiqiaoError(Exception):
    """The root of what we raise ourselves."""


class Refused(ZhiqiaoError):
    """A rule of the programme says no. `code` names the template, `facts` are its variables."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    @property
    def code(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class WrongSetting(ZhiqiaoError):
    """Names the environment variable and what is wrong with its value."""


class SetUpMissing(ZhiqiaoError):
    """Names what is missing and how to get it."""
