"""The command line: what each command does. `python bot.py --help` explains them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from application import Contents, Programme, assembled
from channels.terminal.console import Console
from commands.lists import exports, imports
from commands.shared import Json, run, say, screen, settings_of, show, with_session
from conversations.intents import read_intent
from errors import Refused, ZhiqiaoError
from pipeline import words
from pipeline.clock import Clock
from preparing import fresh_index, prepare, warm
from search.patents import PatentIndex
from services import (
    demo,
    invitations,
    matching,
    policy,
    push_rounds,
    universities,
)
from serving import serve
from settings import Settings

ZONE = ZoneInfo("Asia/Shanghai")
cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help="知桥 Zhiqiao")
cli.add_typer(imports, name="import")
cli.add_typer(exports, name="export")

Now = Annotated[str | None, typer.Option("--now", help="set the clock, e.g. 2026-12-10T08:00")]
Text = Annotated[str | None, typer.Argument(help="the sentence; or use --file")]
File = Annotated[Path | None, typer.Option("--file", help="JSON lines, each with q")]


def main(contents: Contents) -> None:
    """Read the command line and do what it says; what goes wrong is said in one sentence."""
    try:
        cli(obj=contents)
    except ZhiqiaoError as error:
        screen.print(_sentence(error), style="red", markup=False)
        sys.exit(2)


@cli.callback(invoke_without_command=True)
def start(context: typer.Context, now: Now = None) -> None:
    """Run the programme: the web page, and every network that a setting names."""
    if context.invoked_subcommand is None:
        settings = settings_of()
        run(_serve(context.obj, settings, _clock(now)))


@cli.command()
def chat(
    context: typer.Context,
    name: Annotated[str, typer.Option("--as", help="企业, 组织者, 工作人员 or any name")] = "企业",
    script: Annotated[
        Path | None, typer.Option(help="read the lines from this file", exists=True)
    ] = None,
    now: Now = None,
) -> None:
    """Chat in the terminal: shows what arrived since the last visit, then reads lines."""
    settings = settings_of(quiet=True)
    said = script.read_text(encoding="utf-8").splitlines() if script else None
    run(_chat(context.obj, settings, _clock(now), name, said))


@cli.command()
def ask(text: Text = None, file: File = None, as_json: Json = False) -> None:
    """What the bot answers to a policy question."""

    async def one(session: AsyncSession, row: dict[str, Any], now: datetime) -> dict[str, Any]:
        answer = await policy.ask(session, row["q"], now)
        answer = await policy.with_related(session, answer, now)
        return policy.answer_row(answer, _policy_text(answer))

    run(_each(text, file, as_json, one, shown=lambda row: str(row["answer"])))


@cli.command()
def understand(
    text: Text = None,
    file: File = None,
    role: Annotated[str, typer.Option(help="ent, org or staff")] = "ent",
    as_json: Json = False,
) -> None:
    """The intent that the bot reads in a message."""
    for row in _rows(text, file):
        read = read_intent(row["q"], row.get("role", role), row.get("ctx"))
        show(
            {
                "q": row["q"],
                "intent": read.intent,
                "score": round(read.score, 3),
                "decision": read.decision,
                "slots": read.slots,
            },
            as_json,
        )


@cli.command()
def match(
    text: Text = None,
    file: File = None,
    top: Annotated[int, typer.Option(help="how many patents")] = 5,
    as_json: Json = False,
) -> None:
    """Patents for a need in words."""
    settings = settings_of(quiet=True)
    index = PatentIndex(settings.data_dir / "index")

    async def one(session: AsyncSession, row: dict[str, Any], now: datetime) -> dict[str, Any]:
        return matching.as_row(
            row["q"], await matching.match_text(index, session, row["q"], top, now)
        )

    run(_each(text, file, as_json, one, index=index))


@cli.command()
def push() -> None:
    """Let the weekly push go out now instead of at its hour; the running programme sends it."""
    settings = settings_of(quiet=True)
    at = run(with_session(settings, lambda s: push_rounds.hasten(s, Clock().now())))
    say("pushes/hastened", at=at)


@cli.command("demo")
def demo_data(
    remove: Annotated[bool, typer.Option("--remove", help="take the fictional data out")] = False,
) -> None:
    """Load the fictional data, or remove every row of it."""

    async def work(session: AsyncSession) -> object:
        return await (demo.remove(session) if remove else demo.load(session, Clock().now()))

    screen.print(run(with_session(settings_of(quiet=True), work)))


@cli.command()
def invite(
    role: Annotated[str, typer.Argument(help="ent, org, staff or uni")],
    university: Annotated[str, typer.Option(help="for uni: the owner of patents")] = "",
    address: Annotated[str, typer.Option(help="where the web page is reached")] = "",
) -> None:
    """A one-time code that binds whoever brings it to a role: for ten minutes, uni for a week."""
    if role not in invitations.ROLES:
        raise typer.BadParameter("ent, org, staff or uni")
    settings = settings_of(quiet=True)
    if role == universities.ROLE:
        run(with_session(settings, lambda s: _invite_university(s, university)))
        return
    code = run(with_session(settings, lambda s: invitations.invite(s, role, Clock().now())))
    page = address or f"http://{settings.web_host}:{settings.web_port}"
    screen.print(f"/start {code}\n{page}/in/{code}", markup=False, soft_wrap=True)


async def _invite_university(session: AsyncSession, said: str) -> None:
    """Only by /start: the code names the university as well as the role."""
    found = await universities.candidates(session, said) if said else []
    if len(found) != 1:
        say("universities/which", owners=found, name=said)
        return
    code = await universities.invite(session, found[0].name, None, Clock().now())
    screen.print(f"/start {code}", markup=False, soft_wrap=True)


async def _serve(contents: Contents, settings: Settings, clock: Clock) -> None:
    async with _prepared(contents, settings, clock) as programme:
        await serve(programme, announce=lambda address: screen.print(f"知桥 · {address}"))


async def _chat(
    contents: Contents, settings: Settings, clock: Clock, name: str, script: list[str] | None
) -> None:
    roles = {seat: role for seat, role, _ in words.word("web/labels", "seats")}
    async with _prepared(contents, settings, clock) as programme:
        console = Console(
            programme.database,
            clock,
            programme.chats,
            programme.inbox,
            programme.settle,
            lambda text: screen.print(text, markup=False, highlight=False, soft_wrap=True),
        )
        await console.chat(name, roles.get(name, "ent"), _lines(script))


async def _lines(script: list[str] | None) -> AsyncIterator[str]:
    """The lines of a script (shown as they are said), or of the keyboard."""
    prompt = words.word("terminal/words", "prompt")
    if script is not None:
        for line in script:
            if line.strip() and not line.startswith("#"):
                screen.print(f"{prompt}{line}", markup=False, style="bold")
                yield line
        return
    screen.print(words.word("terminal/words", "hello"), style="dim")
    while True:
        try:
            yield await asyncio.to_thread(input, prompt)
        except EOFError:
            return


@asynccontextmanager
async def _prepared(
    contents: Contents, settings: Settings, clock: Clock
) -> AsyncIterator[Programme]:
    async with assembled(settings, clock, contents) as programme:
        await prepare(programme.database, programme.patents, settings, clock.now())
        await warm(programme.database)
        yield programme


One = Callable[[AsyncSession, dict[str, Any], datetime], Awaitable[dict[str, Any]]]


async def _each(
    text: str | None,
    file: Path | None,
    as_json: bool,
    one: One,
    *,
    shown: Callable[[dict[str, Any]], str] | None = None,
    index: PatentIndex | None = None,
) -> None:
    """Answer every row in one session, and show each as it comes."""
    settings, now = settings_of(quiet=True), Clock().now()

    async def work(session: AsyncSession) -> None:
        if index is not None:
            await fresh_index(session, index)
        for row in _rows(text, file):
            answered = await one(session, row, now)
            if shown is not None and not as_json:
                screen.print(shown(answered), markup=False, highlight=False)
            else:
                show(answered, as_json)

    await with_session(settings, work)


def _rows(text: str | None, file: Path | None) -> Iterator[dict[str, Any]]:
    if file is not None:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                yield _row(line, number)
    elif text:
        yield {"q": text}
    else:
        raise typer.BadParameter("give a sentence or --file")


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise typer.BadParameter(f"line {number} is not JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("q"), str):
        raise typer.BadParameter(f"line {number} has no q")
    return row


def _policy_text(answer: policy.Answer) -> str:
    return words.plain(words.render(policy.template(answer), answer=answer).text)


def _sentence(error: ZhiqiaoError) -> str:
    """A refusal in its template's words, the others in their own."""
    if not isinstance(error, Refused):
        return str(error)
    for topic in ("policy", "patents", "events", "people", "imports"):
        if words.exists(f"{topic}/refused/{error.code}"):
            message = words.render(f"{topic}/refused/{error.code}", **error.facts)
            return words.plain(message.text)
    return f"{error.code} {error.facts}"


def _clock(now: str | None) -> Clock:
    if now is None:
        return Clock()
    try:
        start = datetime.fromisoformat(now)
    except ValueError:
        raise typer.BadParameter(f"{now} is no time; write 2026-12-10T08:00") from None
    return Clock(start if start.tzinfo else start.replace(tzinfo=ZONE))
