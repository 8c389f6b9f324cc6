"""An emulator of WeCom (企业微信) that speaks HTTP and is as strict as WeCom."""

from tests.emulators.wecom.callbacks import Attempt, Delivery
from tests.emulators.wecom.crypto import Keys
from tests.emulators.wecom.emulator import WeComEmulator
from tests.emulators.wecom.kf.customer import Customer
from tests.emulators.wecom.process import WeComProcess
from tests.emulators.wecom.shown import UNREADABLE, Shown
from tests.emulators.wecom.state import Call
from tests.emulators.wecom.user import User

__all__ = ["UNREADABLE", "Attempt", "Call", "Customer", "Delivery", "Keys", "Shown", "User"]
__all__ += ["WeComEmulator", "WeComProcess"]
