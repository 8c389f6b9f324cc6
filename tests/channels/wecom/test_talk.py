"""What members say and see on WeCom."""

from __future__ import annotations

from tests.chat import Chat
from tests.emulators.wecom import WeComEmulator

Talk = tuple[WeComEmulator, Chat]


async def test_a_member_who_opens_the_app_is_greeted(talk: Talk) -> None:
    """Once a day, however often they open it."""
    wecom, _ = talk
    liu = wecom.user("LiuYang")
    await liu.opens_app()
    print((await liu.waits_for("您好")).text)
    print([(m.kind, m.text, m.buttons, m.menu, m.options) for m in liu.messages])
    await liu.says("注册")
    import asyncio

    await asyncio.sleep(0.5)
    print([(m.kind, m.text, m.buttons, m.menu, m.options) for m in liu.messages])
    print(wecom.refused)
    assert 0
