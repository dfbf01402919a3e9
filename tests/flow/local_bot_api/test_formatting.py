"""Parsing of Telegram's HTML."""

from typing import Any

import pytest

from bot.local_bot_api.errors import ApiError
from bot.local_bot_api.formatting import parse_text


def entity(kind: str, offset: int, length: int, **details: str) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **details}


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b><strong>b</strong>", "ab", [entity("bold", 0, 1), entity("bold", 1, 1)]),
        ("<i>a</i><em>b</em>", "ab", [entity("italic", 0, 1), entity("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [entity("underline", 0, 1), entity("underline", 1, 1)]),
        ("<s>a</s><del>b</del>", "ab", [entity("strikethrough", 0, 1), entity("strikethrough", 1, 1)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [entity("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [entity("spoiler", 0, 1)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("🎬 <b>b</b>", "🎬 b", [entity("bold", 3, 1)]),
        ('<a href="https://e.org/?a=1&amp;b=2">x</a>', "x", [entity("text_link", 0, 1, url="https://e.org/?a=1&b=2")]),
        ("<A HREF='https://e.org'>x</A>", "x", [entity("text_link", 0, 1, url="https://e.org")]),
        ("<a>x</a>", "x", []),
        ("<blockquote>q</blockquote>", "q", [entity("blockquote", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [entity("expandable_blockquote", 0, 1)]),
        ("<code>/start</code>", "/start", [entity("code", 0, 6)]),
        (
            '<pre><code class="language-python">x = 1</code></pre>',
            "x = 1",
            [entity("pre", 0, 5, language="python")],
        ),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &quot;&#39;&#x41;", "1 < 2 && 3 > 2 \"'A", []),
        ("&nbsp;&unknown; AT&T &#0;", "&nbsp;&unknown; AT&T &#0;", []),
        ("  <b> a </b>\n", "a", [entity("bold", 0, 1)]),
        ("<b></b>a", "a", []),
    ],
)
def test_markup_becomes_text_and_entities(html: str, text: str, entities: list[dict[str, Any]]) -> None:
    """Offsets count UTF-16 code units of the text without markup."""
    parsed = parse_text(html, "HTML")
    assert (parsed.text, list(parsed.entities)) == (text, entities)


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("ä<b>a</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("é <br>", 'Unsupported start tag "br" at byte offset 3'),
        ("1 < 2 > 1", 'Unsupported start tag "" at byte offset 2'),
        ("i <3 you", "Unclosed start tag at byte offset 2"),
        ('<a href="x>y</a', "Unclosed start tag at byte offset 0"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_invalid_markup_is_rejected_with_its_position(html: str, error: str) -> None:
    """As in Telegram's errors, positions are in bytes."""
    with pytest.raises(ApiError) as caught:
        parse_text(html, "HTML")
    assert (caught.value.code, caught.value.description) == (400, f"Bad Request: can't parse entities: {error}")


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("/start@reelmate_bot now", [entity("bot_command", 0, 19)]),
        (
            "see /help, @someone and #noir",
            [entity("bot_command", 4, 5), entity("mention", 11, 8), entity("hashtag", 24, 5)],
        ),
        ("https://e.org/a?b=c.", [entity("url", 0, 19)]),
        ("AC/DC, a@example and 1/2, #1", []),
    ],
)
def test_commands_mentions_and_links_are_detected(text: str, entities: list[dict[str, Any]]) -> None:
    """Unmarked entities are detected if they are not part of a longer word."""
    assert list(parse_text(text).entities) == entities
