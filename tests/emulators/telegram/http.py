"""The Bot API over HTTP: tokens, parameters, answers, getUpdates and webhooks, file downloads."""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tests.emulators.telegram import strict
from tests.emulators.telegram.args import Args, read_args
from tests.emulators.telegram.errors import ApiError, Json
from tests.emulators.telegram.faults import Faults, Limits, cut_off, gateway_page, too_many_requests
from tests.emulators.telegram.methods import METHODS
from tests.emulators.telegram.state import Call, World
from tests.emulators.telegram.webhook import Webhook

WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
LONGEST_POLL = 50
SENDING = {"sendmessage", "sendphoto", "senddocument", "deletemessage"} | {
    "editmessagetext", "editmessagereplymarkup"
}  # fmt: skip


def answer(body: Json, status: int = 200) -> Response:
    """JSON in plain ASCII, as Telegram writes it."""
    return Response(json.dumps(body), status, media_type="application/json")


class BotApi:
    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.limits = Limits()
        self.webhook: Webhook | None = None
        self.delivery: asyncio.Task[None] | None = None
        self.hang_up: Callable[[tuple[str, int]], None] = lambda client: None

    def app(self, *more: BaseRoute) -> Starlette:
        both = ["GET", "POST"]
        call = Route("/bot{token}/{method}", self.call, methods=both)
        files = Route("/file/bot{token}/{path:path}", self.download)
        return Starlette(routes=[call, files, *more])

    async def call(self, request: Request) -> Response:
        try:
            self._check_token(request.path_params["token"])
            return await self._with_faults(request, await read_args(request))
        except ApiError as error:
            return answer(error.as_json(), error.code)
        except ClientDisconnect:  # it died in the middle of its words, and asked for nothing
            return Response(status_code=400)

    async def download(self, request: Request) -> Response:
        try:
            self._check_token(request.path_params["token"])
        except ApiError as error:
            return answer(error.as_json(), error.code)
        for file in self.world.files.values():
            if file.path == request.path_params["path"]:
                return Response(file.data, media_type=file.mime)
        return answer(ApiError(404, "Not Found").as_json(), 404)

    def _check_token(self, token: str) -> None:
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise ApiError(404, "Not Found")
        if token != self.world.token:
            raise ApiError(401, "Unauthorized")

    async def _with_faults(self, request: Request, args: Args) -> Response:
        if slow := self.faults.spend("slow", args):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.world.closing.wait(), slow.value)
        if fail := self.faults.spend("fail", args):
            return gateway_page(int(fail.value))
        if limit := self.faults.spend("limit", args):
            raise self._refused(args, too_many_requests(int(limit.value)))
        if args.method.lower() in SENDING and self.limits.over(
            args.number("chat_id"), self.world.now()
        ):
            raise self._refused(args, too_many_requests(1))
        response = answer({"ok": True, "result": await self._run(args)})
        if self.faults.spend("lose", args):
            await self._lose(request)
        return cut_off(response) if self.faults.spend("garbage", args) else response

    async def _lose(self, request: Request) -> None:
        self.hang_up(request.scope["client"])
        while (await request.receive())["type"] != "http.disconnect":
            pass

    async def _run(self, args: Args) -> Any:
        """Does the call and logs it. A refusal is logged too."""
        try:
            result = await self._dispatch(args)
        except ApiError as error:
            raise self._refused(args, error) from None
        if args.method.lower() in SENDING:
            self.world.accepted.append(self._logged(args, result))
        return result

    async def _dispatch(self, args: Args) -> Any:
        own = {
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
        }
        method = args.method.lower()
        if method in own:
            return await own[method](args)
        if method not in METHODS:
            raise ApiError(404, "Not Found")
        return METHODS[method](self.world, args)

    def _refused(self, args: Args, error: ApiError) -> ApiError:
        self.world.refused.append(self._logged(args, {}, error.description))
        return error

    def _logged(self, args: Args, result: Any, error: str = "") -> Call:
        sent: Json = result if isinstance(result, dict) else {}
        message_id = sent.get("message_id", args.number("message_id"))
        text: str = sent.get("text") or sent.get("caption", "")
        chat_id = args.number("chat_id")
        return Call(self.world.now(), args.method, chat_id, message_id, text, args.values, error)

    async def _get_updates(self, args: Args) -> list[Any]:
        if self.webhook:
            raise ApiError(409, WEBHOOK_ACTIVE)
        self._remember_allowed(args)
        limit = args.between("limit", 100, 1, 100)
        timeout = args.between("timeout", 0, 0, LONGEST_POLL)
        if self.world.closing.is_set():
            timeout = 0
        return await self.world.updates.poll(args.number("offset"), limit, timeout)

    def _remember_allowed(self, args: Args) -> None:
        allowed = args.json("allowed_updates", "allowed updates")
        if isinstance(allowed, list):
            self.world.updates.allowed = allowed

    async def _set_webhook(self, args: Args) -> bool:
        if not args.text("url"):
            return await self._delete_webhook(args)
        url, secret = strict.webhook_url(args), strict.secret_token(args)
        await self._delete_webhook(args)
        self._remember_allowed(args)
        self.world.updates.abort("terminated by setWebhook request")
        connections = args.between("max_connections", 40, 1, 100)
        self.webhook = Webhook(self.world, url, secret, connections)
        self.delivery = asyncio.create_task(self.webhook.run())
        return True

    async def _delete_webhook(self, args: Args) -> bool:
        await self.stop_webhook()
        if args.flag("drop_pending_updates"):
            self.world.updates.entries.clear()
        return True

    async def stop_webhook(self) -> None:
        if self.delivery:
            self.delivery.cancel()
            await asyncio.gather(self.delivery, return_exceptions=True)
        self.webhook = self.delivery = None

    async def _webhook_info(self, args: Args) -> Json:
        waiting = len(self.world.updates.entries)
        info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": waiting}
        if self.world.updates.allowed:
            info["allowed_updates"] = self.world.updates.allowed
        if self.webhook:
            info |= {"url": self.webhook.url, "max_connections": self.webhook.max_connections}
            info |= self.webhook.last_error
        return info
