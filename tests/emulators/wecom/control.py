"""The same verbs and knobs over HTTP, for an emulator that runs in a process of its own.

POST /control/user/{verb}   {"user": userid, ...the verb's arguments; bytes in base64}
POST /control/customer/{verb}  {"customer": nickname, ...}
POST /control/knob/{knob}   {...the knob's arguments}
POST /control/connect       {"url": the bot's callback}
POST /control/downstream    {"corpid", "name", "agentid"}; then {"corp": corpid} beside a user
POST /control/member        {"user": userid, "plugin": false}
GET  /control/messages?user=userid, /control/users, /control/menu
GET  /control/customer_messages?customer=nickname
GET  /control/calls?since=n, /control/deliveries?since=n
A verb that is impossible (no such button) answers 409 with {"error": words}.
"""

import base64
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.emulators.wecom.callbacks import Delivery
from tests.emulators.wecom.errors import Json
from tests.emulators.wecom.user import User

if TYPE_CHECKING:
    from tests.emulators.wecom.emulator import WeComEmulator

VERBS = {"says", "sends_image", "sends_voice", "sends_video", "sends_file", "sends_link"} | {
    "sends_location", "reports_location", "opens_app", "joins", "leaves", "clicks_menu",
    "clicks_card", "submits_card", "clicks_card_menu", "scans",
}  # fmt: skip
CUSTOMER_VERBS = {"enters_kf", "writes_kf", "clicks_kf_menu", "sends_kf", "recalls_kf"} | {
    "sends_kf_location", "servicer_says", "servicer_takes", "servicer_ends",
}  # fmt: skip
PAGE = Path(__file__).with_name("page.html")


class Control:
    def __init__(self, emulator: "WeComEmulator") -> None:
        self.emulator = emulator

    async def act(self, request: Request) -> Response:
        body: Json = await request.json()
        user = self._user(body.pop("user"), body.pop("corp", None))
        return await done(user, request.path_params["verb"], VERBS, body)

    def _user(self, userid: str, corpid: str | None) -> User:
        if corpid is None:
            return self.emulator.user(userid)
        (app,) = self.emulator.world.corps[corpid].apps.values()
        return self.emulator.user(userid, app=app)

    async def downstream(self, request: Request) -> Response:
        app = self.emulator.downstream(**await request.json())
        return JSONResponse({"corpid": app.corp.corpid, "agentid": app.agentid})

    async def serve(self, request: Request) -> Response:
        body: Json = await request.json()
        customer = self.emulator.customer(body.pop("customer"))
        return await done(customer, request.path_params["verb"], CUSTOMER_VERBS, body)

    async def turn(self, request: Request) -> Response:
        self.emulator.knobs[request.path_params["knob"]](**await request.json())
        return JSONResponse({})

    async def connect(self, request: Request) -> Response:
        try:
            await self.emulator.connect((await request.json())["url"])
        except AssertionError as error:
            return JSONResponse({"error": str(error)}, 409)
        return JSONResponse({})

    async def member(self, request: Request) -> Response:
        body = await request.json()
        user = self.emulator.user(body["user"], plugin=bool(body.get("plugin")))
        return JSONResponse({"userid": user.userid, "plugin": user.member.plugin})

    async def users(self, request: Request) -> Response:
        users = self.emulator.users.values()
        return JSONResponse([{"userid": u.userid, "plugin": u.member.plugin} for u in users])

    async def menu(self, request: Request) -> Response:
        return JSONResponse(self.emulator.home.menu)

    async def messages(self, request: Request) -> Response:
        user = self._user(request.query_params["user"], request.query_params.get("corp"))
        return JSONResponse([shown.as_json() for shown in user.history])

    async def customer_messages(self, request: Request) -> Response:
        customer = self.emulator.customer(request.query_params["customer"])
        return JSONResponse([shown.as_json() for shown in customer.history])

    async def calls(self, request: Request) -> Response:
        return JSONResponse([asdict(call) for call in self.emulator.calls[_since(request) :]])

    async def deliveries(self, request: Request) -> Response:
        return JSONResponse([as_json(d) for d in self.emulator.deliveries[_since(request) :]])

    async def page(self, request: Request) -> Response:
        return HTMLResponse(PAGE.read_text(encoding="utf-8"))


def routes(emulator: "WeComEmulator") -> list[Route]:
    control = Control(emulator)
    views = (control.users, control.menu, control.messages, control.customer_messages)
    logs = (control.calls, control.deliveries)
    return [
        Route("/control/user/{verb}", control.act, methods=["POST"]),
        Route("/control/customer/{verb}", control.serve, methods=["POST"]),
        Route("/control/knob/{knob}", control.turn, methods=["POST"]),
        Route("/control/downstream", control.downstream, methods=["POST"]),
        Route("/control/connect", control.connect, methods=["POST"]),
        Route("/control/member", control.member, methods=["POST"]),
        *(Route(f"/control/{view.__name__}", view) for view in views + logs),
        Route("/", control.page),
    ]


def _since(request: Request) -> int:
    return int(request.query_params.get("since", "0"))


async def done(person: object, verb: str, verbs: set[str], arguments: Json) -> Response:
    if verb not in verbs:
        return JSONResponse({"error": f"no verb {verb}"}, 404)
    if "data" in arguments:
        arguments["data"] = base64.b64decode(arguments["data"], validate=True)
    try:
        result: Any = await getattr(person, verb)(**arguments)
    except AssertionError as error:
        return JSONResponse({"error": str(error)}, 409)
    return JSONResponse(as_json(result))


def as_json(delivery: Delivery) -> Json:
    attempts = [asdict(attempt) for attempt in delivery.attempts]
    told = {"fields": delivery.fields, "replies": delivery.replies, "problem": delivery.problem}
    return told | {"attempts": attempts}
