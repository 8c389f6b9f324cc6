"""WeCom's errors: HTTP says 200, the body says errcode."""

from typing import Any

Json = dict[str, Any]

CALLER = "203.0.113.7"  # the address that the emulator pretends to be called from
MORE = "more info at https://open.work.weixin.qq.com/devtool/query?e="
OK: Json = {"errcode": 0, "errmsg": "ok"}


class ApiError(Exception):
    """A refused call. `words` are for people: nothing may depend on them."""

    def __init__(self, code: int, words: str) -> None:
        self.code = code
        self.words = words
        super().__init__(f"{code} {words}")

    def as_json(self, date: float) -> Json:
        hint = f"hint: [{int(date)}000001], from ip: {CALLER}, {MORE}{self.code}"
        return {"errcode": self.code, "errmsg": f"{self.words}, {hint}"}
