"""The main job from end to end, with the enterprise in WeChat and the others in WeCom."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tests import scenario
from tests.channels.kf.conftest import serving
from tests.channels.kf.phone import OnKf
from tests.channels.wecom.phone import OnWeCom
from tests.channels.wecom.test_journey import code
from tests.conftest import Engine


async def test_the_main_job_in_customer_service(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """Nothing is refused, and nobody gets more than WeCom allows. A reminder finds whoever wrote in
    the two days before."""
    async with serving(await engine.url(tmp_path), tmp_path, now) as (wecom, chat):
        enterprise = OnKf(wecom.customer("王工"))

        async def move_to(moment: datetime) -> None:
            chat.clock.move_to(moment - timedelta(hours=1))
            await enterprise.says("我的报名")
            await enterprise.sees("工程机械专场对接会")
            chat.clock.move_to(moment)

        office = [OnWeCom(wecom.user(name)) for name in ("zhaoqi", "ChenMin")]
        for person, role in zip(office, ("org", "staff"), strict=True):
            await person.says(f"/start {await code(chat, role)}")
            await person.sees("已为您开通")
        await scenario.play([enterprise, *office], move_to)
        shown = enterprise.customer.messages
        assert any(message.kind == "msgmenu" for message in shown)
        assert not any(message.truncated or message.dropped for message in shown)
        assert wecom.refused == []
