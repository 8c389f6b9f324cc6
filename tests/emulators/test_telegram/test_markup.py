"""Telegram's HTML: what it refuses, and what it quietly takes."""

import pytest
from telegram import Bot
from telegram.constants import ParseMode

from tests.emulators.telegram import User
from tests.emulators.telegram.errors import ApiError
from tests.emulators.telegram.markup import parse_html
from tests.emulators.test_telegram.conftest import Refused

SPANS = (
    [(tag, "bold") for tag in ("b", "strong")]
    + [(tag, "italic") for tag in ("i", "em")]
    + [(tag, "underline") for tag in ("u", "ins")]
    + [(tag, "strikethrough") for tag in ("s", "strike", "del")]
    + [("code", "code"), ("pre", "pre"), ("tg-spoiler", "spoiler")]
    + [('span class="tg-spoiler"', "spoiler"), ("blockquote", "blockquote")]
    + [("blockquote expandable", "expandable_blockquote"), ("B", "bold")]
)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("一<br>二", 'Unsupported start tag "br" at byte offset 3'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("😀<b>一", 'Can\'t find end tag corresponding to start tag "b"'),
        (
            "<b>一<i>二</b></i>",
            'Unmatched end tag at byte offset 12, expected "</i>", found "</b>"',
        ),
        ("一</b>", "Unexpected end tag at byte offset 3"),
        ("一<b", "Unclosed start tag at byte offset 3"),
        ("<b>一</b  ", "Unclosed end tag at byte offset 6"),
        ("<a =x>一</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=x:y>一</a>", "Unexpected end of name token at byte offset 8"),
        ('<a href="x>一</a>', "Unclosed start tag at byte offset 0"),
        ("<span>一</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        (
            "&#xD83D;",
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units",
        ),
    ],
)
async def test_broken_html_is_refused_in_telegrams_words(
    bot: Bot, hua: User, html: str, words: str, refused: Refused
) -> None:
    """The words name the place, in bytes."""
    with refused(f"Bad Request: can't parse entities: {words}"):
        await bot.send_message(hua.id, html, parse_mode=ParseMode.HTML)
    assert hua.messages == []


@pytest.mark.parametrize(("tag", "kind"), SPANS)
def test_every_allowed_tag_marks_its_text(tag: str, kind: str) -> None:
    """The subset that Telegram lists, in any case of letters."""
    text, entities = parse_html(f"一<{tag}>二三</{tag.split()[0]}>")
    assert (text, entities) == ("一二三", [{"type": kind, "offset": 1, "length": 2}])


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("&lt;&gt;&amp;&quot;", '<>&"'),
        ("&#20013;&#x4e2d;", "中中"),
        ("A&B &nbsp; 3 > 2", "A&B &nbsp; 3 > 2"),
        ("<b></b>一", "一"),
        ("<b>一</>", "一"),
    ],
)
def test_what_telegram_takes_is_taken(html: str, text: str) -> None:
    """Four names and numbers are decoded; an unknown reference stays for everybody to see."""
    assert parse_html(html)[0] == text


def test_offsets_count_utf16_units() -> None:
    """An emoji before a tag moves it by two."""
    assert parse_html("😀<b>😀</b>")[1] == [{"type": "bold", "offset": 2, "length": 2}]


def test_tags_may_nest() -> None:
    """Outer entities come first."""
    kinds = [entity["type"] for entity in parse_html("<b>一<i>二</i></b>")[1]]
    assert kinds == ["bold", "italic"]


def test_a_link_needs_a_real_address() -> None:
    """What is no link is shown as plain text, without an error; tg://user names a person."""
    link = {"type": "text_link", "offset": 0, "length": 1, "url": "https://example.org/?a=1&b=2"}
    assert parse_html('<a href="https://example.org/?a=1&amp;b=2">一</a>') == ("一", [link])
    assert parse_html('<a href="http://localhost/">一</a>') == ("一", [])
    person = {"type": "text_mention", "user": {"id": 7, "is_bot": False}}
    assert parse_html('<a href="tg://user?id=7">一</a>')[1] == [person | {"offset": 0, "length": 1}]


def test_a_language_belongs_to_code_inside_pre() -> None:
    """Elsewhere it is dropped."""
    nested = '<pre><code class="language-python">x</code></pre>'
    pre = {"type": "pre", "offset": 0, "length": 1, "language": "python"}
    assert parse_html(nested)[1] == [pre]
    alone = '<code class="language-python">x</code>'
    assert parse_html(alone)[1] == [{"type": "code", "offset": 0, "length": 1}]


@pytest.mark.parametrize("html", ["<", "</", "<b", "<b a", "<b a=", "<b a='", "<b>", "<b>&", "&#"])
def test_a_cut_text_never_hangs(html: str) -> None:
    """Whatever the end cuts off, the parser ends too."""
    try:
        parse_html(html)
    except ApiError as error:
        assert error.code == 400
