"""The same verbs and knobs over HTTP, for an emulator that runs in a process of its own.

POST /control/user/{verb}   {"user": name, ...the verb's arguments; bytes in base64}
POST /control/knob/{knob}   {...the knob's arguments}
GET  /control/messages?user=name, /control/accepted?since=n, /control/refused
A verb that is impossible (no such button) answers 409 with {"error": words}.
"""

import base64
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.emulators.telegram.errors import Json
from tests.emulators.telegram.state import Message, World
from tests.emulators.telegram.user import User

VERBS = {"starts", "says", "replies_to", "edits", "taps", "forges", "blocks", "unblocks"} | {
    "sends_photo", "sends_document", "sends_sticker", "shares_contact", "deletes_account"
}  # fmt: skip


def routes(
    world: World, user: Callable[[str], User], knobs: dict[str, Callable[..., None]]
) -> list[Route]:
    async def act(request: Request) -> JSONResponse:
        body = await request.json()
        return await _done(user(body.pop("user")), request.path_params["verb"], body)

    async def turn(request: Request) -> JSONResponse:
        knobs[request.path_params["knob"]](**await request.json())
        return JSONResponse({})

    async def messages(request: Request) -> JSONResponse:
        seen = user(request.query_params["user"]).messages
        return JSONResponse([_as_seen(message) for message in seen])

    async def accepted(request: Request) -> JSONResponse:
        since = int(request.query_params.get("since", "0"))
        return JSONResponse([asdict(call) for call in world.accepted[since:]])

    async def refused(request: Request) -> JSONResponse:
        return JSONResponse([asdict(call) for call in world.refused])

    return [
        Route("/control/user/{verb}", act, methods=["POST"]),
        Route("/control/knob/{knob}", turn, methods=["POST"]),
        *(Route(f"/control/{view.__name__}", view) for view in (messages, accepted, refused)),
    ]


async def _done(user: User, verb: str, arguments: Json) -> JSONResponse:
    if verb not in VERBS:
        return JSONResponse({"error": f"no verb {verb}"}, 404)
    if "data" in arguments and verb.startswith("sends"):
        arguments["data"] = base64.b64decode(arguments["data"])
    try:
        result: Any = await getattr(user, verb)(**arguments)
    except AssertionError as error:
        return JSONResponse({"error": str(error)}, 409)
    return JSONResponse(_as_seen(result) if isinstance(result, Message) else {"id": result})


def _as_seen(message: Message) -> Json:
    size = len(message.file.data) if message.file else 0
    return {
        "id": message.id,
        "chat_id": message.chat["id"],
        "kind": message.kind,
        "text": message.text,
        "html": message.html,
        "buttons": message.buttons,
        "file_name": message.file_name,
        "file_size": size,
        "edited": message.edited,
    }
