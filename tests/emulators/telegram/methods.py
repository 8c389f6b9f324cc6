"""The Bot API's methods: check like Telegram, change the world, answer Telegram's JSON."""

from collections.abc import Callable
from typing import Any

from tests.emulators.telegram import keyboards, strict
from tests.emulators.telegram.args import Args
from tests.emulators.telegram.errors import Json, bad_request
from tests.emulators.telegram.markup import utf16_length
from tests.emulators.telegram.state import File, Message, Popup, World

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def get_me(world: World, args: Args) -> Json:
    return world.bot


def set_my_commands(world: World, args: Args) -> bool:
    world.commands[_audience(args)] = strict.commands(args)
    return True


def get_my_commands(world: World, args: Args) -> list[Json]:
    return world.commands.get(_audience(args), [])


def delete_my_commands(world: World, args: Args) -> bool:
    world.commands.pop(_audience(args), None)
    return True


def _audience(args: Args) -> str:
    scope = args.json("scope", "BotCommandScope") or {"type": "default"}
    return ":".join([scope["type"], str(scope.get("chat_id", "")), args.text("language_code")])


def send_message(world: World, args: Args) -> Json:
    content = strict.message_text(args, "message is too long")
    return _send(world, args, "text", content, None)


def send_photo(world: World, args: Args) -> Json:
    return _send(world, args, "photo", strict.caption(args), _file(world, args, "photo"))


def send_document(world: World, args: Args) -> Json:
    return _send(world, args, "document", strict.caption(args), _file(world, args, "document"))


def _send(
    world: World, args: Args, kind: str, content: strict.Formatted, file: File | None
) -> Json:
    markup = keyboards.reply_markup(args)
    person = strict.recipient(world, args)
    message = world.new_message(person, by_bot=True)
    message.reply_to = strict.reply_target(world, person, args)
    message.kind, message.file, message.keyboard = kind, file, markup.inline
    message.text, message.entities, message.html = content.text, content.entities, content.html
    if markup.reply is not None:
        person.reply_keyboard = markup.reply
    return world.post(person, message).as_json()


def _file(world: World, args: Args, kind: str) -> File:
    sent = strict.upload(args, kind)
    if sent:
        return world.add_file(sent.data, sent.name, sent.mime)
    if args.text(kind) not in world.files:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return world.files[args.text(kind)]


def edit_message_text(world: World, args: Args) -> Json:
    content = strict.message_text(args, "MESSAGE_TOO_LONG")
    keyboard = keyboards.inline_markup(args)
    message = strict.message_to_edit(world, args)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    now = (message.text, message.entities, message.keyboard)
    if now == (content.text, content.entities, keyboard):
        raise bad_request(NOT_MODIFIED)
    message.text, message.entities, message.html = content.text, content.entities, content.html
    return _edited(world, message, keyboard)


def edit_message_reply_markup(world: World, args: Args) -> Json:
    keyboard = keyboards.inline_markup(args)
    message = strict.message_to_edit(world, args)
    if message.keyboard == keyboard:
        raise bad_request(NOT_MODIFIED)
    return _edited(world, message, keyboard)


def _edited(world: World, message: Message, keyboard: list[list[Json]]) -> Json:
    """An edit that brings no keyboard takes the old one away."""
    message.keyboard = keyboard
    message.edited = int(world.now())
    world.show(message)
    return message.as_json()


def delete_message(world: World, args: Args) -> bool:
    strict.message_to_delete(world, args).deleted = True
    world.signal.fire()
    return True


def send_chat_action(world: World, args: Args) -> bool:
    person = strict.recipient(world, args)
    if args.text("action") not in strict.ACTIONS:
        raise bad_request("wrong parameter action in request")
    person.actions.append(args.text("action"))
    return True


def answer_callback_query(world: World, args: Args) -> bool:
    """Once for each press, and soon: a second or a late answer finds no query any more."""
    query = world.queries.get(args.text("callback_query_id"))
    if query is None or world.now() - query.date > strict.QUERY_SECONDS:
        raise bad_request(TOO_OLD)
    if utf16_length(args.text("text")) > strict.POPUP_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    del world.queries[args.text("callback_query_id")]
    query.person.popups.append(Popup(args.text("text"), args.flag("show_alert")))
    world.signal.fire()
    return True


def get_file(world: World, args: Args) -> Json:
    file = world.files.get(args.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.data) > strict.DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return file.as_json() | {"file_path": file.path}


METHODS: dict[str, Callable[[World, Args], Any]] = {
    function.__name__.replace("_", ""): function
    for function in (
        *(get_me, set_my_commands, get_my_commands, delete_my_commands, get_file),
        *(send_message, send_photo, send_document, send_chat_action),
        *(edit_message_text, edit_message_reply_markup, delete_message, answer_callback_query),
    )
}
