"""An emulator of the Telegram Bot API that speaks HTTP and is as strict as Telegram."""

from tests.emulators.telegram.emulator import TelegramEmulator
from tests.emulators.telegram.process import TelegramProcess
from tests.emulators.telegram.state import Call, Group, Message, Popup
from tests.emulators.telegram.user import User

__all__ = ["Call", "Group", "Message", "Popup", "TelegramEmulator", "TelegramProcess", "User"]
