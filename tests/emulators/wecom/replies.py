"""Passive replies: the encrypted XML in the answer to a callback, checked and shown."""

from xml.etree.ElementTree import Element

from tests.emulators.wecom import cardxml, updating, xml
from tests.emulators.wecom.callbacks import Delivery
from tests.emulators.wecom.crypto import CryptoError
from tests.emulators.wecom.errors import ApiError, Json
from tests.emulators.wecom.fields import cut
from tests.emulators.wecom.shown import Shown
from tests.emulators.wecom.state import Member, World

ANSWERED = {"subscribe", "enter_agent", "LOCATION", "click", "view", "view_miniprogram"} | {
    "scancode_waitmsg", "template_card_menu_event"
}  # fmt: skip
EMPTY = {"", "success"}


class BadReply(Exception):
    """WeCom ignores it without a word; the delivery keeps why."""


def apply(world: World, delivery: Delivery, body: str, receiveid: str) -> None:
    if body in EMPTY:
        return
    try:
        text = _opened(delivery, body, receiveid)
        delivery.replies.append(text)
        _show(world, delivery, xml.read(text))
    except (BadReply, CryptoError, ValueError) as error:
        delivery.problem = str(error)


def _opened(delivery: Delivery, body: str, receiveid: str) -> str:
    keys = delivery.app.keys
    root = xml.read(body)
    names = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
    encrypted, signature, timestamp, nonce = (xml.child(root, name) for name in names)
    if signature != keys.sign(timestamp, nonce, encrypted):
        raise BadReply("MsgSignature is wrong")
    return keys.decrypt(encrypted, receiveid)


def _show(world: World, delivery: Delivery, root: Element) -> None:
    member = delivery.member
    if member is None:
        raise BadReply("nobody to reply to")
    parties = xml.child(root, "ToUserName"), xml.child(root, "FromUserName")
    if parties != (member.userid, delivery.app.corp.corpid):
        raise BadReply(f"ToUserName and FromUserName are {parties}")
    kind = xml.child(root, "MsgType")
    if kind == "update_button":
        return _replace(world, delivery, xml.child(root, "Button/ReplaceName"))
    if kind == "update_template_card":
        return _new_card(world, delivery, root)
    event = delivery.fields.get("Event")
    if event and event not in ANSWERED:
        raise BadReply(f"{event} takes no reply of {kind}")
    return _message(world, delivery, member, kind, root)


def _message(world: World, delivery: Delivery, member: Member, kind: str, root: Element) -> None:
    content, file = _content(kind, root), None
    if "media_id" in content:
        medium = world.media.get(content["media_id"])
        if medium is None or medium.kind != kind:
            raise BadReply("the MediaId is unknown")
        content["name"], file = medium.name, medium.data
    number, agentid = world.next("REPLY"), delivery.app.agentid
    shown = Shown(number, kind, content, agentid, world.now(), member.plugin, file=file)
    if kind == "text":
        content["content"] = cut(xml.child(root, "Content"))
        shown.truncated = content["content"] != xml.child(root, "Content")
    world.show(member, shown)


def _content(kind: str, root: Element) -> Json:
    if kind == "text":
        return {}
    if kind in ("image", "voice", "video"):
        return {"media_id": xml.child(root, f"{kind.title()}/MediaId")}
    if kind == "news":
        names = ("Title", "Description", "PicUrl", "Url")
        items = root.findall("Articles/item")
        return {"articles": [{n.lower(): xml.child(item, n) for n in names} for item in items]}
    raise BadReply(f"no reply of type {kind!r}")


def _card(delivery: Delivery) -> Shown:
    if delivery.fields.get("Event") != "template_card_event" or delivery.member is None:
        raise BadReply("only a click on a card updates it")
    task_id = delivery.fields["TaskId"]
    for shown in reversed(delivery.member.history):
        if shown.is_card and shown.content.get("task_id") == task_id:
            return shown
    raise BadReply(f"no card of the task {task_id}")


def _replace(world: World, delivery: Delivery, word: str) -> None:
    if not word:
        raise BadReply("ReplaceName is empty")
    shown = _card(delivery)
    shown.replaced = word
    world.touch(shown)


def _new_card(world: World, delivery: Delivery, root: Element) -> None:
    shown, found = _card(delivery), root.find("TemplateCard")
    if found is None:
        raise BadReply("TemplateCard is missing")
    card = cardxml.as_json(found)
    card.setdefault("task_id", delivery.fields["TaskId"])
    try:
        updating.check_new_card(card, world.codes[delivery.fields["ResponseCode"]])
    except ApiError as error:
        raise BadReply(str(error)) from None
    updating.apply(world, shown, card)
