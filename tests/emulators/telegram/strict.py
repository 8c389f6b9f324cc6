"""What Telegram refuses, in Telegram's words. Every check raises ApiError or returns the value."""

import re
from dataclasses import dataclass
from html import escape

from tests.emulators.telegram.args import Args, Upload
from tests.emulators.telegram.errors import ApiError, Json, bad_request
from tests.emulators.telegram.markup import parse_html, utf16_length
from tests.emulators.telegram.state import Group, Message, Person, World

TEXT_LIMIT, CAPTION_LIMIT, POPUP_LIMIT = 4096, 1024, 200
COMMANDS, COMMAND_DESCRIPTION = 100, 256
UPLOAD_BYTES, PHOTO_BYTES, DOWNLOAD_BYTES = 50 << 20, 10 << 20, 20 << 20
DELETE_SECONDS = 48 * 3600
# Telegram does not say how long it waits for an answer; reports speak of 10 to 60 seconds.
QUERY_SECONDS = 60

IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM")
ACTIONS = {"typing", "upload_photo", "record_video", "upload_video", "record_voice"} | {
    "upload_voice", "upload_document", "choose_sticker", "find_location"
}  # fmt: skip


@dataclass(frozen=True)
class Formatted:
    """Visible text, its entities, and the HTML it came from."""

    text: str
    entities: list[Json]
    html: str


def formatted(args: Args, words: str, marks: str) -> Formatted:
    raw, mode = args.text(words), args.text("parse_mode").lower()
    if mode not in ("", "html"):
        raise bad_request("unsupported parse_mode")
    if mode == "html":
        text, entities = parse_html(raw)
    else:
        text, entities = raw, args.json(marks, "entities") or []
    return _trimmed(text, entities, raw if mode else escape(raw, quote=False))


def _trimmed(text: str, entities: list[Json], html: str) -> Formatted:
    """Telegram shows no white space around a message; offsets move with the text."""
    text = text.replace("\r", "")
    kept = text.strip()
    moved = utf16_length(text[: len(text) - len(text.lstrip())])
    end = utf16_length(kept)
    shifted = [_shifted(entity, moved, end) for entity in entities]
    return Formatted(kept, [entity for entity in shifted if entity["length"] > 0], html)


def _shifted(entity: Json, moved: int, end: int) -> Json:
    start = max(entity["offset"] - moved, 0)
    stop = min(entity["offset"] + entity["length"] - moved, end)
    return entity | {"offset": start, "length": stop - start}


def message_text(args: Args, too_long: str) -> Formatted:
    content = formatted(args, "text", "entities")
    if not content.text:
        raise bad_request("message text is empty")
    if utf16_length(content.text) > TEXT_LIMIT:
        raise bad_request(too_long)
    return content


def caption(args: Args) -> Formatted:
    content = formatted(args, "caption", "caption_entities")
    if utf16_length(content.text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return content


def recipient(world: World, args: Args) -> Person:
    """The person behind chat_id, if the bot may write to them."""
    if not args.text("chat_id"):
        raise bad_request("chat_id is empty")
    person = world.chats.get(args.number("chat_id"))
    if person is None:
        raise bad_request("chat not found")
    if isinstance(person, Group) and person.successor:
        moved = {"migrate_to_chat_id": person.successor}
        raise ApiError(400, "group chat was upgraded to a supergroup chat", moved)
    reasons = {
        "kicked": "bot was kicked from the group chat",
        "new": "bot can't initiate conversation with a user",
        "blocked": "bot was blocked by the user",
        "deactivated": "user is deactivated",
    }
    if person.state in reasons:
        raise ApiError(403, reasons[person.state])
    return person


def message_to(verb: str, world: World, args: Args) -> Message:
    person = recipient(world, args)
    if not args.number("message_id"):
        raise bad_request("message identifier is not specified")
    message = world.find(person, args.number("message_id"))
    if message is None:
        raise bad_request(f"message to {verb} not found")
    return message


def message_to_edit(world: World, args: Args) -> Message:
    message = message_to("edit", world, args)
    if not message.by_bot:
        raise bad_request("message can't be edited")
    return message


def message_to_delete(world: World, args: Args) -> Message:
    message = message_to("delete", world, args)
    if world.now() - message.date > DELETE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    return message


def reply_target(world: World, person: Person, args: Args) -> Message | None:
    wanted = args.json("reply_parameters", "reply parameters") or {}
    if not wanted:
        return None
    message = world.find(person, wanted.get("message_id", 0))
    if message is None and not wanted.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def upload(args: Args, kind: str) -> Upload | None:
    """The file sent along as `kind`, itself or by attach://name; None where it is only named."""
    name = args.text(kind)
    if not name and kind not in args.uploads:
        raise bad_request(f"there is no {kind} in the request")
    sent = args.uploads.get(name.removeprefix("attach://") or kind)
    if sent is None:
        return None
    if not sent.data:
        raise bad_request("file must be non-empty")
    if len(sent.data) > UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo":
        _check_photo(sent.data)
    return sent


def _check_photo(data: bytes) -> None:
    if len(data) > PHOTO_BYTES:
        raise bad_request(f"too big photo; the maximum size is {PHOTO_BYTES} bytes")
    if not data.startswith(IMAGES):
        raise bad_request("IMAGE_PROCESS_FAILED")


def commands(args: Args) -> list[Json]:
    listed = args.json("commands", "commands") or []
    if not isinstance(listed, list):
        raise bad_request("expected an Array of BotCommand")
    if len(listed) > COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in listed:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "").removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(command.get("description", "")) <= COMMAND_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return listed


def webhook_url(args: Args) -> str:
    """https on Telegram's four ports; plain http only to this very machine, for tests."""
    url = args.text("url")
    if re.match(r"http://(127\.0\.0\.1|localhost)[:/]", url):
        return url
    match = re.match(r"https://[^/:]+(?::(\d+))?(/|$)", url)
    if not match:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if match[1] not in (None, "80", "88", "443", "8443"):
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    return url


def secret_token(args: Args) -> str:
    secret = args.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    return secret
