"""Translation by gettext, and escaping for Telegram's HTML.

A language is a catalogue, `locales/<language>/LC_MESSAGES/messages.po`, and needs no code. To add one:

1. `make messages LOCALE=de` creates `locales/de/LC_MESSAGES/messages.po` with every text. Name the locale as Babel
   does, with an underscore: `de`, `pt_BR`. A person whose Telegram speaks "pt-br" gets `pt_BR`, or else `pt`.
2. Translate the `msgstr` entries with any editor for PO files. Keep the placeholders such as `{title}` and the HTML
   tags. Entries that are empty or marked `fuzzy` are shown in English.
3. `make messages` compiles the catalogue to `messages.mo`, the file that gettext reads. Restart the bot.
4. Commit the `.po` file. The `.mo` file is ignored by git: building the wheel and installing the project compile it
   again (`hatch_build.py`).

After a change of texts in the code, `make messages` updates `locales/messages.pot` and every catalogue. Entries whose
English text has changed are marked `fuzzy` there.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations, translation
from html import escape, unescape
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "messages"

MAX_TEXT, MAX_CAPTION = 4_096, 1_024
"""The maximum lengths of a message and of a caption in UTF-16 code units, as Telegram counts them after parsing."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_PIECE = re.compile(r"<(?P<end>/?)(?P<tag>[^\s/>]+)[^>]*>|&#?\w+;|.", re.DOTALL)
"""A tag, an entity or a character."""

_ENGLISH = NullTranslations()
_current: ContextVar[NullTranslations | None] = ContextVar("translations", default=None)
_code: ContextVar[str | None] = ContextVar("language", default=None)


@contextmanager
def language(code: str | None, locales: Path = LOCALES) -> Iterator[None]:
    """Translate to a language until the block ends; to English if there is no catalogue for it.

    Args:
        code: the language code from Telegram, such as "de" or "pt-br"; None if Telegram sent none.
        locales: the folder of the catalogues.
    """
    token, code_token = _current.set(_translations(code, locales)), _code.set(code)
    try:
        yield
    finally:
        _current.reset(token)
        _code.reset(code_token)


def language_code() -> str | None:
    """Return the code of the current language, also if there is no catalogue for it; None if it is unknown."""
    return _code.get()


def gettext(message: str) -> str:
    """Translate a text to the current language."""
    return (_current.get() or _ENGLISH).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate a text about n things to the current language, in the plural form for n."""
    return (_current.get() or _ENGLISH).ngettext(singular, plural, n)


class Html(str):
    """A text in Telegram's HTML, to be sent with parse_mode HTML."""

    __slots__ = ()


def html(template: str, **values: object) -> Html:
    """Fill a translated template. Values are escaped unless they are Html themselves."""
    return Html(template.format_map({name: _escaped(value) for name, value in values.items()}))


def joined(separator: str, parts: Iterable[object]) -> Html:
    """Join the parts that are not empty, each escaped as in `html`."""
    return Html(separator.join(part for part in map(_escaped, parts) if part))


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clipped(text: str, units: int) -> str:
    """Return a text on one line, cut to a number of UTF-16 code units with an ellipsis at its end."""
    line = " ".join(text.split())
    if utf16_length(line) <= units:
        return line
    # The error handlers drop a surrogate pair that is cut in half.
    beginning = line.encode("utf-16-le", "replace")[: 2 * (units - 1)].decode("utf-16-le", "ignore")
    return beginning.rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def visible_length(text: Html) -> int:
    """Return the length of a text in UTF-16 code units after Telegram has parsed it: without tags and entities."""
    return sum(_visible(piece) for piece in _PIECE.finditer(text))


def fitted(text: Html, units: int) -> Html:
    """Return a text, cut with an ellipsis at its end if `visible_length` exceeds a number of UTF-16 code units.

    No tag and no entity is cut, and the tags that are open at the cut are closed.
    """
    if utf16_length(text) <= units or visible_length(text) <= units:
        return text
    room = units - 1
    open_tags: list[str] = []
    for piece in _PIECE.finditer(text):
        room -= _visible(piece)
        if room < 0:
            closing = "".join(f"</{tag}>" for tag in reversed(open_tags))
            return Html(text[: piece.start()].rstrip() + "\N{HORIZONTAL ELLIPSIS}" + closing)
        if piece["end"]:
            open_tags.pop()
        elif piece["tag"]:
            open_tags.append(piece["tag"])
    return text


class Text:
    """A message without values. Call it to get its Html in the current language."""

    def __init__(self, template: str) -> None:
        self._template = template

    def __call__(self) -> Html:
        """Return the translated message."""
        return Html(gettext(self._template))


class Label:
    """The text of a button, a toast or a menu, which Telegram shows as plain text. Call it to get its translation."""

    def __init__(self, template: str) -> None:
        self._template = template

    def __call__(self) -> str:
        """Return the translated text."""
        return gettext(self._template)


def _visible(piece: re.Match[str]) -> int:
    return 0 if piece["tag"] else utf16_length(unescape(piece[0]))


def _escaped(value: object) -> str:
    # Quotes need escaping in attributes only, and no template has a value in an attribute.
    return value if isinstance(value, Html) else escape(str(value), quote=False)


@lru_cache(maxsize=256)
def _translations(code: str | None, locales: Path) -> NullTranslations:
    if code is None or not _LANGUAGE.fullmatch(code):
        return _ENGLISH
    return translation(DOMAIN, locales, [code.replace("-", "_")], fallback=True)
