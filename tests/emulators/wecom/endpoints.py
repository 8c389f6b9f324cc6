"""Which function does which path."""

from tests.emulators.wecom import sending, tokens
from tests.emulators.wecom.request import Handler

GET: dict[str, Handler] = {"gettoken": tokens.gettoken}
POST: dict[str, Handler] = {"message/send": sending.send}
