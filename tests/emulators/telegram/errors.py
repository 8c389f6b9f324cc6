"""The one error of the Bot API: a status, a description, sometimes parameters."""

from typing import Any

Json = dict[str, Any]

PREFIXES = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}


class ApiError(Exception):
    """A refused call, in Telegram's own words."""

    def __init__(self, code: int, words: str, parameters: Json | None = None) -> None:
        self.code = code
        self.description = PREFIXES.get(code, "") + words
        self.parameters = parameters
        super().__init__(self.description)

    def as_json(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(words: str) -> ApiError:
    return ApiError(400, words)
