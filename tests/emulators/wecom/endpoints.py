"""Which function does which path."""

from tests.emulators.wecom import chains, contacts, media, menus, sending, tokens, updating
from tests.emulators.wecom.kf import accounts, sessions, sync
from tests.emulators.wecom.kf import sending as kf_sending
from tests.emulators.wecom.request import Handler

GET: dict[str, Handler] = {
    "gettoken": tokens.gettoken,
    "getcallbackip": contacts.callback_ip,
    "user/get": contacts.user_get,
    "media/get": media.get,
    "menu/get": menus.get,
    "menu/delete": menus.delete,
    "kf/servicer/list": accounts.servicer_list,
}
POST: dict[str, Handler] = {
    "message/send": sending.send,
    "linkedcorp/message/send": chains.linked_send,
    "corpgroup/corp/list_app_share_info": chains.list_app_share_info,
    "corpgroup/corp/gettoken": chains.gettoken,
    "message/recall": sending.recall,
    "message/update_template_card": updating.update,
    "media/upload": media.upload,
    "menu/create": menus.create,
    "kf/account/list": accounts.account_list,
    "kf/add_contact_way": accounts.add_contact_way,
    "kf/customer/batchget": accounts.customer_batchget,
    "kf/sync_msg": sync.sync_msg,
    "kf/send_msg": kf_sending.send_msg,
    "kf/send_msg_on_event": kf_sending.send_msg_on_event,
    "kf/service_state/get": sessions.state_get,
    "kf/service_state/trans": sessions.state_trans,
}
