"""Times of day and stretches of time. Now is Monday, 23 November 2026, nine o'clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import Unfit, read_span, read_time
from services.working_time import ZONE
from tests.conftest import NOW

from .said import each


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@each(
    {
        at(12, 2, 14, 30): (
            "下周三下午两点半|下周三 14:30|下周三下午2:30|下周三下午2点30|下週三下午兩點半|"
            "下周三14点半|下周三2:30pm|下周三下午两点三十分|12月2日14时30分|12.2 14:30|"
            "2026-12-02 14:30:00|2026-12-02T14:30|下周三 PM 2:30"
        ),
        at(11, 25, 9): (
            "后天上午9点|后天9点|后天 9:00|后天早上九点|后天一早9点钟|后天 am 9:00|周三 09：00"
        ),
        at(11, 27, 14): "周五14:00|周五下午两点|周五2点|周五两点|这周五14点整",
        at(11, 24, 12): "明天中午12点|明天12点|明天中午十二点|明天12:00",
        at(11, 24, 13): "明天中午1点|明天一点",
        at(11, 24, 15, 15): "明儿下午3点一刻|明天3点1刻|明天15:15",
        at(11, 24, 15, 45): "明天下午三点三刻",
        at(11, 24, 15, 20): "明天三点二十",
        at(11, 24, 3): "明天03:00|明天凌晨3点",
        at(11, 24, 20): "明天晚上8点|明晚8点|明天20:00|明晚八点",
        at(11, 25, 0): "明天晚上12点|明天24:00|明晚零点",
        at(11, 25, 1): "明天晚上1点",
        at(11, 24, 0): "明天0点|明天凌晨12点",
        at(11, 23, 19): "今晚七点|今天19点",
        at(11, 23, 14): "14:00|下午2点|两点",
        at(11, 27, 9, 5): "周五9点05|周五9点零五分|周五九点五分",
        at(11, 23, 10): "1小时后|一个小时以后|60分钟后",
        at(11, 23, 9, 30): "半小时后|半个小时之后|30分钟后",
        at(11, 23, 10, 30): "一个半小时后|10点半",
    }
)
def test_a_moment_has_many_names(text: str, meant: datetime) -> None:
    """A bare hour up to six is in the afternoon: the programme does not meet at night."""
    assert read_time(text, NOW) == meant


@each(
    {
        (at(12, 10, 14), at(12, 10, 17)): (
            "12月10日14:00-17:00|12月10日14：00～17：00|12月10日下午2点到5点|"
            "12.10 14:00至17:00|12月10日 下午2-5点|十二月十号下午2点-下午5点|"
            "12月10日14:00——17:00|12月10日（星期四）14:00—17:00|12月10日下午两点，三个小时|"
            "12月10日2点到5点|12月10日14:00到12月10日17:00|12月10日14点开始，17点结束"
        ),
        (at(12, 10, 9), at(12, 10, 16, 30)): (
            "12月10日上午9点到下午4点半|12/10 9:00-16:30|12月10日九点到四点半"
        ),
        (at(12, 10, 10), at(12, 10, 12)): (
            "12月10日10-12点|12月10日上午10点-12点|12月10日10点，2小时"
        ),
        (at(12, 10, 9), at(12, 11, 17)): "12月10日9:00到12月11日17:00|12月10日9:00-11日17:00",
        (at(11, 24, 22), at(11, 25, 1)): "明天晚上10点到1点|明晚10点到凌晨1点",
        (at(11, 24, 15), at(11, 24, 17, 30)): "明天下午三点开会开两个半小时|明天15:00-17:30",
        (at(11, 24, 15), None): "明天下午三点|明天15:00开始",
    }
)
def test_a_stretch_has_a_start_and_an_end(text: str, meant: tuple[datetime, Any]) -> None:
    assert read_span(text, NOW) == meant


@each(
    {
        "time_none": "|你好|随时|下午|便宜点",
        "time_missing": "12月10日|明天下午|下周三|周四上午|2026-12-10",
        "time_many": "周三两点或者三点|周四下午2点或周四上午9点|9点，10点，11点",
        "time_wrong": "25:00|明天14:70|12点60|明天25点",
        "time_past": "8:30|今天8点|凌晨1点",
        "date_past": "昨天下午3点|11月20日14:00",
        "date_many": "周四、周五下午2点|周三周四|12月10-12日 9:00",
        "date_wrong": "2月30日14点",
    }
)
def test_what_is_no_moment_to_come_is_named(text: str, meant: str) -> None:
    with pytest.raises(Unfit) as refused:
        read_time(text, NOW)
    assert refused.value.code == meant


def test_a_time_alone_belongs_to_the_day_that_is_spoken_of() -> None:
    """After 12月10日 the answer 下午两点 is enough; the refusal before it told the day."""
    with pytest.raises(Unfit) as refused:
        read_time("12月10日", NOW)
    assert refused.value.facts == {"date": date(2026, 12, 10)}
    assert read_time("下午两点", NOW, day=date(2026, 12, 10)) == at(12, 10, 14)


def test_the_past_is_read_where_it_is_fine() -> None:
    assert read_time("昨天下午3点", NOW, allow_past=True) == at(11, 22, 15)


@given(st.integers(1, 300), st.integers(0, 23), st.integers(0, 59))
def test_a_moment_survives_every_writing(days: int, hour: int, minute: int) -> None:
    day = date(2026, 11, 23) + timedelta(days=days)
    meant = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
    part, clock = ("上午", hour) if hour < 12 else ("下午", hour - 12 or 12)
    writings = [f"{day} {hour:02}:{minute:02}", f"{day.month}月{day.day}日{hour:02}点{minute:02}分"]
    if hour:
        writings.append(f"{day}{part}{clock}点{minute}分")
    assert {read_time(one, NOW) for one in writings} == {meant}
