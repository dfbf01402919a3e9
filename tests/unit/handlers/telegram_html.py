"""Telegram's HTML, read as a chat shows it."""

from html.parser import HTMLParser

from handlers.i18n import Html


class _Telegram(HTMLParser):
    """A parser that accepts the HTML that Telegram accepts: properly nested b, i and code."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.shown = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("b", "i", "code")
        assert not attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data


def shown(text: Html) -> str:
    """Return the visible text of a message, and check that Telegram accepts it."""
    assert isinstance(text, Html)
    parser = _Telegram()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser.shown
