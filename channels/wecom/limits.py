"""WeCom's limits in one place, each with the number of the page that states it.

(https://developer.work.weixin.qq.com/document/path/<number>; they change now and then.)
"""

from __future__ import annotations

from datetime import timedelta

# What a message may hold.
TEXT_BYTES = 2048  # 90236: more is cut without a word
OPTION_ID_BYTES = 128  # 90236
BUTTONS = 6  # 90236: of a button_interaction card
OPTIONS = 20  # 90236: of a vote_interaction card
WAYS = 3  # 90236: of an action_menu

USERS = 1000  # 90236: of one request

# What is cut on the screen ("advice"): beyond this a card would hide what it asks. 90236
TITLE = 36
DESCRIPTION = 44
BODY = 160
BUTTON_LABEL = 10
OPTION_LABEL = 17

# Files. 90253
LEAST_FILE = 6  # bytes
LARGEST_IMAGE = 2 * 1024 * 1024  # pages differ: 2, 5 and 10 MB
LARGEST_FILE = 20 * 1024 * 1024
MEDIA_LIFE = timedelta(days=2, hours=20)  # of 3 days

# How long things stay possible.
CARD_LIFE = timedelta(hours=72)  # 94888: a response_code, once
RECALL = timedelta(hours=24)  # 94867
KEPT = timedelta(days=4)  # longer than any of these: what is told again of a message is forgotten
CARD_KEPT = timedelta(days=180)  # a card may be clicked as long as it stands in the chat
DUPLICATE_WINDOW = timedelta(hours=4)  # 90236: the longest that repetitions are told apart
TOKEN_MARGIN = timedelta(minutes=5)  # 91039: a token may die early

# How fast. 90454, 90312: 30 a minute and 1,000 an hour to a member; the excess vanishes silently
PER_MEMBER = ((25, 60.0), (900, 3600.0))
GAP = 0.05  # seconds between two messages to one member, so that they keep their order
FEW = 100  # members that one request may name at any time
BUSY_MINUTES = frozenset({0, 30})  # 90236: of an hour, in which mass sends are better avoided
FREQUENCY_PAUSE = 60.0  # seconds after 45009: a block lasts as long as its window
CONCURRENT = 8  # calls at once; 45033 says that it is too many
STOPPED = 300.0  # seconds that a refusal which only people can mend is left alone
BUSY_TRIES = 3
BUSY_PAUSE = 0.3  # seconds, doubled each time

# The way in.
CALLBACK_BYTES = 1024 * 1024
CALLBACK_WINDOW = timedelta(minutes=10)

# Corps of a chain. 95324
SHARES_PAGE = 100
CHAIN_LOOK = 3600.0  # seconds between looks at who has the app, where nothing is heard
CHAIN_PAUSE = 1.0  # seconds after a look, so that many changes are one
CHAIN_REST = timedelta(minutes=1)  # between looks that strangers make us take
CHAIN_PATIENCE = 3.0  # seconds of the five that WeCom waits
