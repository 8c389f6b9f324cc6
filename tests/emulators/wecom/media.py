"""media/upload and media/get: kinds and sizes, three days."""

from tests.emulators.wecom import limits
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.request import Args, Upload
from tests.emulators.wecom.state import App, Medium, World

MAGIC: dict[str, tuple[bytes, ...]] = {
    "image": (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"),
    "voice": (b"#!AMR",),
    "video": (b"ftyp",),
    "file": (b"",),
}
TOO_BIG = {"image": 40009, "voice": 40006, "video": 40011, "file": 45001}


def upload(args: Args) -> Json:
    kind = args.query.get("type", "")
    if kind not in MAGIC:
        raise ApiError(40004, f"invalid media type {kind!r}")
    sent = args.upload
    if sent is None:
        raise ApiError(41005, "missing the part called media")
    _check(kind, sent)
    medium = keep(args.world, args.app, kind, sent)
    # created_at is a text, as in the real answer
    created = {"created_at": str(int(args.world.now()))}
    return OK | {"errmsg": "", "type": kind, "media_id": medium.id} | created


def _check(kind: str, sent: Upload) -> None:
    if not sent.name:
        raise ApiError(40058, "the part has no filename")
    if not sent.data:
        raise ApiError(44001, "empty media data")
    if len(sent.data) <= limits.MEDIA_LEAST:
        raise ApiError(40006, "invalid media size")
    if len(sent.data) > limits.MEDIA_BYTES[kind]:
        raise ApiError(TOO_BIG[kind], "media size out of limit")
    start = sent.data[4:8] if kind == "video" else sent.data
    if not start.startswith(MAGIC[kind]):
        raise ApiError(40005, f"this is no {kind}")


def keep(world: World, app: App, kind: str, sent: Upload) -> Medium:
    expires = world.now() + limits.MEDIA_SECONDS
    name = world.next("M")
    medium = Medium(name, app, kind, sent.name, sent.mime, sent.data, expires)
    return world.media.setdefault(name, medium)


def get(args: Args) -> Medium:
    """Shared by the apps of a corp."""
    medium = args.world.media.get(args.query.get("media_id", ""))
    if medium is None or medium.app.corp is not args.app.corp:
        raise ApiError(40007, "invalid media_id")
    if medium.expires <= args.world.now():
        raise ApiError(40007, "media_id expired")
    return medium
