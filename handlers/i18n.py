"""From an English template to what a person reads: translated by gettext, and escaped for Telegram's HTML here alone.

A new language is a catalogue, `locales/<language>/LC_MESSAGES/messages.po` made from messages.pot, and no code.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations, translation
from html import escape
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "messages"

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_ENGLISH = NullTranslations()
_current: ContextVar[NullTranslations | None] = ContextVar("translations", default=None)


@contextmanager
def language(code: str | None, locales: Path = LOCALES) -> Iterator[None]:
    """Speak a language inside of the block; English where there is no catalogue for it.

    Args:
        code: as Telegram gives it, "de" or "pt-br"; None where it gives none.
        locales: the folder of the catalogues.
    """
    token = _current.set(_translations(code, locales))
    try:
        yield
    finally:
        _current.reset(token)


def gettext(message: str) -> str:
    """A text in the language that is spoken."""
    return (_current.get() or _ENGLISH).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """A text about n things in the language that is spoken."""
    return (_current.get() or _ENGLISH).ngettext(singular, plural, n)


class Html(str):
    """A text in Telegram's HTML, to be sent with parse_mode HTML."""

    __slots__ = ()


def html(template: str, **values: object) -> Html:
    """Fill a translated template; values are escaped, unless they are Html themselves."""
    return Html(template.format_map({name: _escaped(value) for name, value in values.items()}))


def joined(separator: str, parts: Iterable[object]) -> Html:
    """Join parts, each escaped as in `html`; empty ones are left out."""
    return Html(separator.join(part for part in map(_escaped, parts) if part))


def clipped(text: str, letters: int) -> str:
    """A text on one line, cut to so many letters at most."""
    line = " ".join(text.split())
    return line if len(line) <= letters else line[: letters - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


class Text:
    """A message without values: call it for its Html in the language that is spoken then."""

    def __init__(self, template: str) -> None:
        self._template = template

    def __call__(self) -> Html:
        """The text, translated."""
        return Html(gettext(self._template))


class Label:
    """What a button, a toast or a menu says, which Telegram takes as plain text: call it for its words."""

    def __init__(self, template: str) -> None:
        self._template = template

    def __call__(self) -> str:
        """The words, translated."""
        return gettext(self._template)


def _escaped(value: object) -> str:
    # Quotes matter in attributes alone, and no value of ours stands in one.
    return value if isinstance(value, Html) else escape(str(value), quote=False)


@lru_cache(maxsize=256)
def _translations(code: str | None, locales: Path) -> NullTranslations:
    if code is None or not _LANGUAGE.fullmatch(code):
        return _ENGLISH
    return translation(DOMAIN, locales, [code.replace("-", "_")], fallback=True)
