"""One call of the API: whose token, which query, what body."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from tests.emulators.wecom.errors import ApiError, Json
from tests.emulators.wecom.state import App, World

# Backslashes in pairs are text; what stands for a letter outside ASCII had to be the letter.
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[0-7])")


@dataclass(frozen=True)
class Upload:
    name: str
    mime: str
    data: bytes


@dataclass
class Args:
    world: World
    path: str
    query: dict[str, str]
    body: Json = field(default_factory=dict)
    upload: Upload | None = None
    caller: App | None = None

    @property
    def app(self) -> App:
        assert self.caller, f"{self.path} needs a token"
        return self.caller

    def text(self, name: str, code: int = 40058) -> str:
        """A text of the body, empty where absent."""
        value = self.body.get(name, "")
        if not isinstance(value, str):
            raise ApiError(code, f"invalid Request Parameter: {name}")
        return value

    def required(self, name: str, code: int = 40058) -> str:
        value = self.text(name, code)
        if not value:
            raise ApiError(code, f"missing {name}")
        return value

    def number(self, name: str, default: int = 0) -> int:
        value = self.body.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ApiError(40058, f"{name} must be a number")
        return value

    def part(self, name: str) -> Json:
        return as_object(self.body.get(name), name)

    def entries(self, name: str, most: int, code: int = 40058) -> list[Any]:
        value = self.body.get(name) or []
        if not isinstance(value, list) or len(value) > most:
            raise ApiError(code, f"{name} must be a list of at most {most}")
        return value

    def texts(self, name: str, most: int, code: int = 40058) -> list[str]:
        values = self.entries(name, most, code)
        if not all(isinstance(value, str) for value in values):
            raise ApiError(code, f"{name} must be a list of texts")
        return values


Handler = Callable[[Args], Any]


def as_object(value: Any, name: str) -> Json:
    if not isinstance(value, dict):
        raise ApiError(40058, f"missing or invalid {name}")
    return value


async def read_args(request: Request, world: World, refuses_escapes: bool) -> Args:
    args = Args(world, request.path_params["path"], dict(request.query_params))
    if request.method == "POST":
        if args.path == "media/upload":
            args.upload = await _upload(request)
        else:
            args.body = _parsed(await request.body(), refuses_escapes)
    return args


def _parsed(raw: bytes, refuses_escapes: bool) -> Json:
    if refuses_escapes and _ESCAPED.search(raw):
        raise ApiError(40033, "invalid charset: letters are written as \\uXXXX")
    try:
        parsed = json.loads(raw.decode())
    except UnicodeDecodeError:
        raise ApiError(40033, "invalid charset: not UTF-8") from None
    except ValueError:
        raise ApiError(40058, "the body is no JSON") from None
    return as_object(parsed, "body")


async def _upload(request: Request) -> Upload | None:
    """The one part that counts is called media."""
    async with request.form() as form:
        part = form.get("media")
        if not isinstance(part, UploadFile):
            return None
        return Upload(part.filename or "", part.content_type or "", await part.read())
