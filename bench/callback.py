"""How long WeCom waits for our answer while handlers are slow: `python -m bench.callback`.

WeCom gives up after five seconds. Callbacks come at an even rate over HTTP, each checked, opened
and stored before it is answered, while every handler takes its time. The peer is a bare Starlette
endpoint that only opens the envelope and keeps nothing. Both are asked in turn, in one process
and one run, so that the machine's moods hit both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import MessageHandler, filters

from application import Contents, Handler, assembled, at_work
from bench.turns import postgres
from channels.wecom import xml
from channels.wecom.crypto import Envelope
from pipeline.clock import Clock
from pipeline.turn import Turn, in_turn
from serving import _webhooks
from settings import Settings
from tests.emulators.serving import HOST, Server

CORP, AGENT = "wwbench", 1_000_001
TOKEN, KEY = "BenchToken", "pTMleYHCHZHWMEhuMHC5gJjsbgtHQcekGR3plcEXQYD"
MEMBERS, RATE, SLOW = 40, 50, 0.5  # callbacks a second to each endpoint; seconds of a handler
AIM = 0.050  # seconds, p99


@dataclass(frozen=True)
class Times:
    """Seconds, of so many answers."""

    answers: int
    p50: float
    p99: float


@dataclass(frozen=True)
class Result:
    database: str
    ours: Times
    bare: Times

    @property
    def ratio(self) -> tuple[float, float]:
        return self.ours.p50 / self.bare.p50, self.ours.p99 / self.bare.p99


async def slow(update: Update, turn: Turn) -> None:
    await asyncio.sleep(SLOW)
    turn.reply("unfit/too_short", least=1)


class Bare:
    """Opens what comes, and that is all."""

    def __init__(self) -> None:
        self._envelope = Envelope(TOKEN, KEY, CORP)

    async def receive(self, request: Request) -> Response:
        query = request.query_params
        encrypted = xml.field(xml.read(await request.body()), "Encrypt")
        signed = (query["msg_signature"], query["timestamp"], query["nonce"])
        xml.read(self._envelope.open(*signed, encrypted))
        return Response(status_code=200)


async def wecom(request: Request) -> Response:
    """The far end, which takes everything."""
    return JSONResponse({"errcode": 0, "access_token": "t", "expires_in": 7200, "msgid": "m"})


@asynccontextmanager
async def served(*routes: Route) -> AsyncIterator[str]:
    server = Server(Starlette(routes=routes), 0)
    await server.start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        await server.stop()


@asynccontextmanager
async def programme(url: str) -> AsyncIterator[str]:
    """At work behind its callback; every handler is slow."""
    handlers: list[Handler] = [MessageHandler(filters.ALL, in_turn(slow))]
    contents = Contents(lambda: handlers, None, {})
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR", ".")) as folder:
        async with served(Route("/{path:path}", wecom, methods=["GET", "POST"])) as far:
            settings = Settings(
                data_dir=Path(folder), database_url=url, demo=False, wecom_corp_id=CORP,
                wecom_agent_id=AGENT, wecom_secret=SecretStr("s"), wecom_token=SecretStr(TOKEN),
                wecom_aes_key=SecretStr(KEY), wecom_base_url=far, wecom_per_second=100,
            )  # fmt: skip
            async with (
                assembled(settings, Clock(), contents) as running,
                at_work(running),
                served(*_webhooks(running)) as home,
            ):
                yield f"{home}/wecom/callback"


def posts(count: int) -> Iterator[tuple[str, bytes]]:
    """Query and body of messages as WeCom seals them, of many members in turn."""
    envelope, now = Envelope(TOKEN, KEY, CORP), str(int(time.time()))
    for number in range(count):
        message = (
            f"<xml><FromUserName>Member{number % MEMBERS}</FromUserName><CreateTime>{now}"
            f"</CreateTime><MsgType>text</MsgType><Content>{number}</Content><MsgId>{number}"
            f"</MsgId><AgentID>{AGENT}</AgentID></xml>"
        )
        sealed = envelope.encrypt(message.encode())
        signature = envelope.sign(now, str(number), sealed)
        query = {"msg_signature": signature, "timestamp": now, "nonce": str(number)}
        yield urlencode(query), f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode()


async def ask(client: httpx.AsyncClient, url: str, post: tuple[str, bytes]) -> float:
    query, body = post
    begun = time.perf_counter()
    answer = await client.post(f"{url}?{query}", content=body)
    assert answer.status_code == 200
    return time.perf_counter() - begun


async def ask_in_turn(addresses: list[str], count: int) -> list[list[float]]:
    asked: list[list[asyncio.Task[float]]] = [[] for _ in addresses]
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        for post in posts(count):
            for address, tasks in zip(addresses, asked, strict=True):
                tasks.append(asyncio.create_task(ask(client, address, post)))
                await asyncio.sleep(1 / RATE / len(addresses))
        return [await asyncio.gather(*tasks) for tasks in asked]


def asking(addresses: list[str], count: int) -> list[list[float]]:
    """In a process of its own, as WeCom is one."""
    return asyncio.run(ask_in_turn(addresses, count))


async def measure(database: str, url: str, count: int) -> Result:
    bare = Route("/bare", Bare().receive, methods=["POST"])
    here = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        async with programme(url) as ours, served(bare) as other:
            addresses = [ours, f"{other}/bare"]
            took = await here.run_in_executor(elsewhere, asking, addresses, count)
    return Result(database, *map(times, took))


def times(took: list[float]) -> Times:
    """Without the first tenth, in which connections are opened and caches filled."""
    counted = sorted(took[len(took) // 10 :])
    return Times(len(counted), *(counted[int(len(counted) * part)] for part in (0.5, 0.99)))


def show(results: list[Result]) -> None:
    table = Table("database", "", "p50", "p99 (aim < 50 ms)", "ratio p50", "ratio p99")
    for result in results:
        p50, p99 = result.ratio
        for name, took, ratio in (
            ("callback", result.ours, (f"{p50:.1f}", f"{p99:.1f}")),
            ("only opened", result.bare, ("1", "1")),
        ):
            figures = f"{took.p50 * 1000:.1f} ms", f"{took.p99 * 1000:.1f} ms"
            table.add_row(result.database, name, *figures, *ratio)
    Console().print(table, f"handlers take {SLOW * 1000:.0f} ms; {RATE} callbacks a second")


def as_json(result: Result) -> dict[str, Any]:
    return asdict(result) | {"ratio_p50": result.ratio[0], "ratio_p99": result.ratio[1],
                             "good": result.ours.p99 < AIM}  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--callbacks", type=int, default=1500)
    options.add_argument("--json", action="store_true", help="one object a line")
    asked = options.parse_args()
    server = postgres()
    results = [
        asyncio.run(measure(name, url, asked.callbacks))
        for name, url in (("sqlite", ""), ("postgresql", server.get_uri()))
    ]
    server.cleanup()
    if asked.json:
        for result in results:
            print(json.dumps(as_json(result)))
    else:
        show(results)


if __name__ == "__main__":
    main()
