"""Tokens: the words, numbers, emoji and signs of a text, with their places in it."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from recsys.text.wishes.words import normalize


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    NUMBER = "number"
    STARS = "stars"
    EMOJI = "emoji"
    BREAK = "break"
    POSSESSIVE = "possessive"


@dataclass(frozen=True, slots=True)
class Token:
    """A token.

    Attributes:
        kind: what it is.
        text: a word as `normalize` returns it; a break as one of , ; . ? and a line feed; an emoji without modifiers.
        start: the position of its first letter in the text.
        end: the position after its last letter.
        value: of a number, and the number of stars of a row of stars.
        is_marked: whether a colon, a dash, an equals sign or a bracket stands before it, as in "Alien: 4".
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: float = 0.0
    is_marked: bool = False


_TOKEN = re.compile(
    r"(?P<stars>[\u2b50\u2605\u2606\U0001f31f\u272d\ufe0f]*[\u2b50\u2605\u2606\U0001f31f\u272d]\ufe0f?\u00bd?)"
    r"|(?P<asterisks>\*{2,5}(?![\w*]))"
    r"|(?P<share>(?<![\w./+-])\d{1,3}(?:[.,]\d{1,2})?\s?/\s?\d{1,3}(?![\w/]|[.,]\d))"
    r"|(?P<number>(?<![\w.+-])\d{1,4}(?:[.,]\d{1,2})?(?![^\W\u00bd]|[.,]\d)(?:\u00bd|%|\*(?!\*))?)"
    r"|(?P<possessive>(?<=\w)['`\u2018\u2019]s\b)"
    r"|(?P<word>(?:(?!['`\u2018\u2019]s\b)[\w'`\u2018\u2019])+)"
    r"|(?P<break>\n|[,;.!?\u2026\u3002\uff0c\uff01\uff1f])"
    r"|(?P<and>[&+])"
    r"|(?P<mark>[(:=\u2013\u2014]|(?<=\s)-(?=\s))"
    r"|(?P<emoji>(?![\U0001f3fb-\U0001f3ff])[\U0001f000-\U0001faff\u2190-\u2bff\u2764\u263a\u2639])"
)
_BREAKS = {"!": ".", "\u2026": ".", "\u3002": ".", "\uff0c": ",", "\uff01": ".", "\uff1f": "?"}
_STAR_SIGNS = "\u2b50\u2605\U0001f31f\u272d"


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens. Quotes, brackets and other signs are no tokens."""
    tokens: list[Token] = []
    is_marked = False
    for match in _TOKEN.finditer(text):
        kind, written = match.lastgroup, match[0]
        if kind == "mark":
            is_marked = True
            continue
        token = _token(kind or "", written, match.start(), match.end(), is_marked)
        is_marked = False
        if token is not None and not _repeats(token, tokens):
            tokens.append(token)
    return tokens


def _token(kind: str, written: str, start: int, end: int, is_marked: bool) -> Token | None:
    if kind == "stars":
        stars = sum(written.count(sign) for sign in _STAR_SIGNS) + (0.5 if written.endswith("\u00bd") else 0)
        return Token(Kind.STARS, written, start, end, stars, is_marked)
    if kind == "asterisks":
        return Token(Kind.STARS, written, start, end, len(written), is_marked)
    if kind == "number":
        value = float(written.rstrip("%\u00bd*").replace(",", ".")) + (0.5 if "\u00bd" in written else 0)
        return Token(Kind.NUMBER, written, start, end, value, is_marked)
    if kind == "share":
        part, whole = written.replace(",", ".").split("/")
        return Token(Kind.STARS, written, start, end, five_stars(float(part), float(whole)), is_marked)
    if kind == "break":
        return Token(Kind.BREAK, _BREAKS.get(written, written), start, end)
    if kind == "and":
        return Token(Kind.WORD, "and", start, end)
    if kind == "emoji":
        return Token(Kind.EMOJI, written, start, end)
    if kind == "possessive":
        return Token(Kind.POSSESSIVE, "s", start, end)
    word = normalize(written)
    return (
        Token(Kind.WORD, word, start, end, is_marked=is_marked)
        if word and not unicodedata.combining(written[0])
        else None
    )


def five_stars(part: float, whole: float) -> float:
    """Return a number of stars from "8 out of 10"; 0 if it is not on a scale of 5, 10 or 100, above it or zero."""
    if whole not in (5, 10, 100) or not 0 < part <= whole:
        return 0
    return max(1.0, part * 5 / whole)


def _repeats(token: Token, tokens: list[Token]) -> bool:
    """Return whether a break follows a break, or an emoji the same emoji."""
    if not tokens:
        return False
    last = tokens[-1]
    if token.kind is Kind.EMOJI:
        return last.kind is Kind.EMOJI and last.text == token.text
    return token.kind is Kind.BREAK and last.kind is Kind.BREAK and token.text == last.text and token.text != "?"
