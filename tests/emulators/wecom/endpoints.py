"""Which function does which path."""

from tests.emulators.wecom import contacts, media, menus, sending, tokens, updating
from tests.emulators.wecom.request import Handler

GET: dict[str, Handler] = {
    "gettoken": tokens.gettoken,
    "getcallbackip": contacts.callback_ip,
    "user/get": contacts.user_get,
    "media/get": media.get,
    "menu/get": menus.get,
    "menu/delete": menus.delete,
}
POST: dict[str, Handler] = {
    "message/send": sending.send,
    "message/recall": sending.recall,
    "message/update_template_card": updating.update,
    "media/upload": media.upload,
    "menu/create": menus.create,
}
