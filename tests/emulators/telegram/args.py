"""The parameters of one call, however they came: query, form, multipart or JSON."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from tests.emulators.telegram.errors import bad_request


@dataclass(frozen=True)
class Upload:
    name: str
    mime: str
    data: bytes


@dataclass
class Args:
    """A method's name and its values as text, as Telegram keeps them (structures as JSON)."""

    method: str
    values: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def between(self, name: str, default: int, low: int, high: int) -> int:
        return min(max(self.number(name, default), low), high)

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def json(self, name: str, what: str) -> Any:
        """The parsed value, None where absent. Raises ApiError 400 naming `what`."""
        if not self.text(name):
            return None
        try:
            return json.loads(self.text(name))
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None


async def read_args(request: Request) -> Args:
    args = Args(request.path_params["method"], dict(request.query_params))
    if request.method != "POST":
        return args
    if request.headers.get("content-type", "").startswith("application/json"):
        args.values |= _texts(await request.body())
    else:
        await _read_form(request, args)
    return args


def _texts(body: bytes) -> dict[str, str]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        raise bad_request("can't parse JSON request body") from None
    if not isinstance(parsed, dict):
        raise bad_request("can't parse JSON request body")
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in parsed.items()}


async def _read_form(request: Request, args: Args) -> None:
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                mime = value.content_type or "application/octet-stream"
                args.uploads[name] = Upload(value.filename or name, mime, await value.read())
            else:
                args.values[name] = value
