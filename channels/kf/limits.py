"""The limits of customer service, each with the number of the page that states it.

(https://developer.work.weixin.qq.com/document/path/<number>; they change now and then.)
"""

from __future__ import annotations

from datetime import timedelta

# What may be sent. 94677
WINDOW = timedelta(hours=48)  # since the customer's last message
MESSAGES = 5  # to each message of theirs
RESERVE = 1  # of these for what a human answers
CODE_LIFE = timedelta(seconds=20)  # 95122: of a welcome, of a thanks at the end

# What a msgmenu may hold. 94677
MENU = 10
HEAD_BYTES = 1024
LABEL_BYTES = 128
ID_BYTES = 64  # some pages say 128
WORDS_BYTES = 256  # of an entry that is text

# Reading the log. 94670
PAGE = 1000
MOST_PAGES = 1000  # in one go; there may be empty ones between
TOKEN_LIFE = timedelta(minutes=9)  # of 10: with it the log may be read as often as need be
OPEN_KFID = 64
TOKEN = 512
PAYLOAD = 64  # as on Telegram, letters that need no escape

# Ours.
STALE = timedelta(minutes=10)  # what is older when the log is first read was answered by others
EVERY = timedelta(minutes=5)  # a signal may be lost; without its token reading is rationed
LOOK = 1.0  # seconds between looks for a signal that another process got
PAUSE = 5.0  # seconds before a log that could not be read is tried again
UNBOUND_PAUSE = 300.0  # seconds until a log is tried again that is not, or no more, our app's
RELIST = timedelta(hours=1)  # between looks at which accounts there are
SETTLING = 3.0  # seconds that a failure waits for its message to be written down as sent
