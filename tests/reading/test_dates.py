"""Days as people name them. Today is Monday, 23 November 2026."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import Unfit, read_date
from conversations.reading.vocabulary import WORDS
from services.working_time import ZONE
from tests.conftest import NOW

from .said import each


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


@each(
    {
        day(12, 10): (
            "2026-12-10|2026/12/10|2026.12.10|20261210|2026年12月10日|12月10日|12月10号|12月10|"
            "12.10|12/10|12-10|1210|261210|26/12/10|26年12月10日|十二月十号|十二月十|"
            "二〇二六年十二月十日|２０２６年１２月１０日|12 月 10 日|2026年12月10日（星期四）|"
            "12月10日星期四|今年12月10日|10号|下个月10号|下月10号|最迟下月10号|12月10日前|"
            "12月10号之前|12/10前|截止12/10|12-10截止|2026-12-10 00:00:00"
        ),
        day(12, 2): "下周三|下星期三|下礼拜三|下个礼拜三|下週三|下周3|下周三前|下周三下午",
        day(11, 25): "周三|星期3|礼拜三|这周三|本周三|后天|后日|后天之前",
        day(11, 23): "今天|今日内|今晚|周一|当天",
        day(11, 24): "明天|明儿|明日|明早|明天下午|周二",
        day(11, 26): "大后天|三天后|3天之后|周四前给我|三日内|3日内",
        day(11, 29): "周日|周天|礼拜天|星期日|本周日|周末|这周|本周内|这礼拜内",
        day(12, 6): "下周|下周内|下周末|下个星期天|下礼拜天",
        day(12, 9): "下下周三",
    }
)
def test_a_day_has_many_names(text: str, meant: date) -> None:
    assert read_date(text, NOW) == meant


@each(
    {
        day(11, 30): (
            "月底|月底前|本月底|这个月底|这个月末|11月底|大概月底|一周内|七天后|一个礼拜|"
            "11月最后一天"
        ),
        day(12, 31): (
            "年底|年底前|今年年底|今年底|年内|年末|26年底|12月|十二月|12月份|2026年12月|下月底|"
            "12月底之前吧|下个月|四季度|季度末|本季度末|Q4|今年|我们希望年底前解决|31号|"
            "四季度末前|元旦前"
        ),
        day(12, 15): "下月中|12月中|月中|下个月15号",
        day(12, 20): "12月中旬|拖到下月中旬|最好12月中旬|二十号",
        day(1, 10, 2027): "1月初|元月上旬",
        day(1, 31, 2027): "一月底|二零二七年一月|27年1月|下下个月",
        day(3, 31, 2027): (
            "明年三月|明年三月份|3月底|3月底前|2027.3|2027年3月|第一季度|一季度|明年Q1|下季度"
        ),
        day(6, 30, 2027): (
            "明年6月|明年年中|上半年|2027年上半年|2027年第二季度|明年六月底前|27年二季度"
        ),
        day(12, 31, 2027): "明年|明年底|明年年底|2027年|明年下半年|27年年底",
        day(2, 28, 2027): "三月前|明年二月|2027年2月底",
        day(2, 23, 2027): (
            "三个月内|三个月|3个月后|2-3个月|两到三个月|两三个月内|从现在起三个月|三個月內"
        ),
        day(5, 23, 2027): "半年内|半年|半年左右|六个月之内|3~6个月",
        day(1, 7, 2027): "一个半月|一个半月后",
        day(12, 8): "半个月内|十五天左右|半个月",
        day(12, 7): "两周内|再给两个礼拜|一到两周|1-2周",
        day(12, 3): "十天内|10天之内|10日内|十天后",
        day(5, 23, 2028): "一年半|一年半内",
        day(12, 18): "20个工作日内|二十个工作日",
    }
)
def test_a_period_is_its_last_day(text: str, meant: date) -> None:
    """What people give by period is a deadline; before a bare month is before it begins."""
    assert read_date(text, NOW) == meant


@each(
    {
        day(1, 1, 2027): "元旦|元旦节|明年元旦|新年",
        day(2, 5, 2027): "春节前|过年前|年前|明年春节前|27年春节前|争取春节前|除夕|大年三十",
        day(2, 6, 2027): "春节|过年",
        day(4, 30, 2027): "五一前|五一节前|劳动节前|明年五一前",
        day(5, 1, 2027): "五一|五一假期",
        day(6, 8, 2027): "端午前",
        day(9, 15, 2027): "中秋|中秋前后",
        day(9, 30, 2027): "国庆前|十一前|国庆节前",
        day(11, 11, 2027): "双十一|双11",
        day(11, 27): "周五一点",
    }
)
def test_festivals_are_days(text: str, meant: date) -> None:
    """国庆前 is the day before; 五一 is a festival, but not in 周五一点."""
    assert read_date(text, NOW) == meant


@each(
    {
        ("date_none", ()): (
            "|你好|2028|一月一对接|一月一链是什么意思|每周三|5楼10号会议室|12月第一周|明后天|"
            "明年开春|听你们安排"
        ),
        ("date_open", ()): "尽快|越快越好|越早越好|没有期限|不急|长期有效|到时候再说|还没想好",
        ("date_lunar", ()): "农历三月|正月十五前|腊月二十|初五",
        ("date_past", day(11, 20)): "11月20日|上周五|三天前|2026-11-20",
        ("date_past", day(12, 31, 2025)): "去年底|去年12月|2025年底",
        ("date_wrong", (2, 30)): "2月30日|二月三十号|2026/02/30|2.30",
        ("date_wrong", (13, 1)): "13月1日|2026-13-01|13月",
        ("date_wrong", (11, 32)): "32号",
        ("date_far", day(12, 10, 2126)): "2126-12-10",
        ("date_after", day(2, 6, 2027)): "春节后|春节以后|年后|过年后",
        ("date_after", day(12, 10)): "12月10日以后",
        ("date_many", (day(12, 10), day(12, 11))): (
            "12月10日周五|12月10日或11日|12月10号到11号|12月10-11日"
        ),
        ("date_many", (day(11, 25), day(11, 26))): "周三周四都行|周三或者周四|后天或大后天",
        ("date_many", (day(12, 30), day(1, 2, 2027))): "12月30日到1月2日",
    }
)
def test_what_is_no_single_day_to_come_is_named(text: str, meant: tuple[str, Any]) -> None:
    code, fact = meant
    with pytest.raises(Unfit) as refused:
        read_date(text, NOW)
    facts = tuple(refused.value.facts.values())
    assert refused.value.code == code
    assert fact in (facts, facts[0] if facts else ())


@each(
    {
        day(11, 22): "昨天|昨日|11月22日|22号|周日|上周日",
        day(10, 1): "10月1日|国庆|10.1",
        day(12, 20, 2025): "去年12月20日",
        day(12, 1): "12月1日|1号",
    }
)
def test_where_the_past_is_fine_the_nearest_day_is_meant(text: str, meant: date) -> None:
    assert read_date(text, NOW, allow_past=True) == meant


def test_a_late_evening_elsewhere_is_the_next_day_in_the_programme() -> None:
    """Days are counted in the programme's zone, whatever zone `now` is in."""
    now = datetime.fromisoformat("2026-11-23T20:00:00+00:00")
    assert read_date("今天", now) == day(11, 24)


@given(st.dates(day(11, 23), day(11, 22, 2056)))
def test_a_day_survives_every_writing(meant: date) -> None:
    year, month, number = meant.year, meant.month, meant.day
    chinese = "".join("〇一二三四五六七八九"[int(figure)] for figure in str(year))
    spoken = f"{chinese}年{cn2an.an2cn(month)}月{cn2an.an2cn(number)}日".replace("月一十", "月十")
    writings = [
        meant.isoformat(),
        f"{year}/{month}/{number}",
        f"{year}.{month}.{number}",
        f"{meant:%Y%m%d}",
        f"{year} 年 {month} 月 {number} 号前",
        spoken.replace("年一十", "年十"),
    ]
    assert {read_date(one, NOW) for one in writings} == {meant}


@given(st.integers(0, 13), st.integers(0, 23))
def test_weeks_begin_on_monday(days: int, hour: int) -> None:
    """下周三 is always in the week after this one, and 周三 within the next seven days."""
    now = datetime(2026, 11, 23, hour, tzinfo=ZONE) + timedelta(days=days)
    monday = now.date() - timedelta(days=now.weekday())
    for number, name in enumerate("一二三四五六日"):
        assert read_date(f"下周{name}", now) == monday + timedelta(days=7 + number)
        assert 0 <= (read_date(f"周{name}", now) - now.date()).days < 7


@given(st.integers(1, 36), st.dates(day(1, 1), day(12, 31, 2035)))
def test_months_end_where_the_month_does(months: int, today: date) -> None:
    """A month after 31 January is 28 February, never in March."""
    now = datetime.combine(today, time(9), ZONE)
    meant = read_date(f"{months}个月内", now)
    index = now.year * 12 + now.month - 1 + months
    assert (meant.year, meant.month - 1) == divmod(index, 12)
    assert meant.day <= now.day


def test_the_moon_table_is_whole() -> None:
    """Each festival once a year, in its season, for the same years."""
    tables: Mapping[str, list[str]] = WORDS["dates"]["moon"]
    years = {name: [date.fromisoformat(one).year for one in days] for name, days in tables.items()}
    assert set(map(tuple, years.values())) == {tuple(range(2025, 2037))}
    for eve, first in zip(tables["除夕"], tables["春节"], strict=True):
        assert date.fromisoformat(first) - date.fromisoformat(eve) == timedelta(days=1)
    for first, fifteenth in zip(tables["春节"], tables["元宵"], strict=True):
        assert date.fromisoformat(fifteenth) - date.fromisoformat(first) == timedelta(days=14)
