"""The API over HTTP: tokens, faults, the table of endpoints, the log."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tests.emulators.wecom import limits, tokens
from tests.emulators.wecom.endpoints import GET, POST
from tests.emulators.wecom.errors import CALLER, ApiError, Json
from tests.emulators.wecom.faults import Faults
from tests.emulators.wecom.request import Args, Handler, read_args
from tests.emulators.wecom.state import Call, Medium, World


class Api:
    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.refuses_escapes = True
        self.hang_up: Callable[[tuple[str, int]], None] = lambda client: None

    def app(self, *more: BaseRoute) -> Starlette:
        route = Route("/cgi-bin/{path:path}", self.call, methods=["GET", "POST"])
        return Starlette(routes=[route, *more])

    async def call(self, request: Request) -> Response:
        path = request.path_params["path"]
        args = Args(self.world, path, dict(request.query_params))
        self.world.rates[path].append(self.world.now())
        await self._linger(path)
        try:
            args = await read_args(request, self.world, self.refuses_escapes)
            answer = self._run(args, request.method)
        except ApiError as error:
            answer = error.as_json(self.world.now())
        except ClientDisconnect:  # it died in the middle of its words, and asked for nothing
            return Response(status_code=400)
        self._log(args, answer)
        done = not isinstance(answer, dict) or not answer.get("errcode")
        if done and self.faults.spend("lose", path):
            await self._lose(request)
        return _response(answer)

    async def _linger(self, path: str) -> None:
        if slow := self.faults.spend("delay", path):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.world.closing.wait(), slow.value)

    def _run(self, args: Args, method: str) -> Any:
        if self.faults.ip_refused:
            raise ApiError(60020, f"not allow to access from your ip: {CALLER}")
        if fault := self.faults.spend("error", args.path):
            raise ApiError(int(fault.value), "as the test wished")
        handler = _handler(args.path, method)
        if args.path != "gettoken":
            args.caller = tokens.caller(args)
        if args.path != "message/send" and self._too_often(args.path):
            raise ApiError(45009, "api freq out of limit")
        return handler(args)

    def _too_often(self, path: str) -> bool:
        return self.world.recent(path, 60) > limits.CALLS_PER_MINUTE

    def _log(self, args: Args, answer: Any) -> None:
        secret = ("access_token", "corpsecret")
        query = {name: value for name, value in args.query.items() if name not in secret}
        body: Json = answer if isinstance(answer, dict) else {}
        self.world.calls.append(Call(self.world.now(), args.path, query, args.body, body))
        self.world.signal.fire()

    async def _lose(self, request: Request) -> None:
        self.hang_up(request.scope["client"])
        while (await request.receive())["type"] != "http.disconnect":
            pass


def _handler(path: str, method: str) -> Handler:
    right, wrong = (GET, POST) if method == "GET" else (POST, GET)
    if path in wrong:
        code = 43001 if path in GET else 43002
        raise ApiError(code, f"{path} requires {'GET' if path in GET else 'POST'}")
    if path not in right:
        raise ApiError(40080, f"no such interface: {path}")
    return right[path]


def _response(answer: Any) -> Response:
    if isinstance(answer, Medium):
        return _download(answer)
    return Response(json.dumps(answer, ensure_ascii=False), media_type="application/json")


def _download(medium: Medium) -> Response:
    name = medium.name.encode("ascii", "replace").decode().replace('"', "")
    headers = {"Content-disposition": f'attachment; filename="{name}"'}
    return Response(medium.data, media_type=medium.mime, headers=headers)
