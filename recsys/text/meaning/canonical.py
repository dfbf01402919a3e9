"""Canonical texts: a text as words and signs that templates match, with a sign for each title, rating and emoji."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recsys.text.meaning.language import NUMBER, STARS, TITLE, Language
from recsys.text.meaning.spans import TitleSpan
from recsys.text.meaning.tokens import Kind, Token, five_stars

UNKNOWN_SIGN = "\uf8ff"
"""The sign of an emoji or of stars without a meaning; no template has it."""

_LENGTHENED = re.compile(r"(.)\1{2,}")
_UNITS = frozenset(("star", "stars"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or sign of a canonical text.

    Attributes:
        text: one or several words, or a sign of `language`, or a break.
        start: the position of its first token.
        end: the position after its last token.
        title: the title that a TITLE stands for.
        value: the value of STARS, NUMBER, or a word for a number.
        is_marked: whether a colon, a dash, an equals sign or a bracket stands before it.
    """

    text: str
    start: int
    end: int
    title: TitleSpan | None = None
    value: float | None = None
    is_marked: bool = False

    @property
    def is_break(self) -> bool:
        """Whether a sentence may end before it."""
        return self.text in (",", ";", ".", "?", "\n")


def canonical_text(pieces: Sequence[Piece]) -> str:
    """Return the text that templates match."""
    return "".join(piece.text + " " for piece in pieces if piece.text)


def compose(tokens: Sequence[Token], titles: Sequence[TitleSpan], language: Language) -> list[Piece]:
    """Return the pieces of a text.

    Args:
        tokens: of the text.
        titles: in the order of the text, without overlaps.
        language: of the text.
    """
    return _Composer(tokens, titles, language).compose()


class _Composer:
    def __init__(self, tokens: Sequence[Token], titles: Sequence[TitleSpan], language: Language) -> None:
        self._tokens = tokens
        self._titles = {title.start: title for title in titles}
        self._starts = set(self._titles)
        self._language = language
        self._numbers = language.table("numbers")
        self._emoji = language.emoji

    def compose(self) -> list[Piece]:
        pieces: list[Piece] = []
        position = 0
        while position < len(self._tokens):
            if title := self._titles.get(position):
                pieces.append(Piece(TITLE, position, title.end, title))
            else:
                pieces.append(self._rating_at(position) or self._piece_at(position, pieces))
            position = pieces[-1].end
        return [piece for piece in pieces if piece.text]

    def _rating_at(self, start: int) -> Piece | None:
        """Read "4 stars", "8 out of 10", "four and a half stars", "8/10", "80 %"."""
        token = self._tokens[start]
        if token.kind is Kind.STARS:
            end = start + 1
            while self._word(end) in _UNITS:
                end += 1
            return self._stars(start, end, token.value)
        value, is_digit = self._number(start)
        if value is None:
            return None
        end = start + 1
        is_explicit = is_digit and (token.is_marked or value != int(value))
        if end < len(self._tokens) and end not in self._starts and self._tokens[end].text == "1/2":
            value, end, is_explicit = value + 0.5, end + 1, True
        half = [self._word(end + offset) for offset in range(3)] == ["and", "a", "half"]
        if half:
            value, end = value + 0.5, end + 3
        if token.text.endswith("*"):
            return self._stars(start, end, value)
        if token.text.endswith("%"):
            return self._stars(start, end, five_stars(value, 100))
        if [self._word(end), self._word(end + 1)] == ["out", "of"] and (whole := self._number(end + 2)[0]):
            end += 3
            return self._stars(start, end + (self._word(end) in _UNITS), five_stars(value, whole))
        if is_digit and self._word(end) == "of" and self._number(end + 1)[0] in (5, 10):
            return self._stars(start, end + 2, five_stars(value, self._number(end + 1)[0] or 0))
        if self._word(end) in _UNITS:
            end += 1
            if [self._word(end), self._word(end + 1)] == ["out", "of"] and (whole := self._number(end + 2)[0]):
                return self._stars(start, end + 3, five_stars(value, whole))
            return self._stars(start, end, value)
        next_token = self._tokens[end] if end < len(self._tokens) and end not in self._starts else None
        if next_token and next_token.kind is Kind.STARS and next_token.value == 1:
            return self._stars(start, end + 1, value)
        if is_explicit or half:
            return Piece(STARS if 1 <= value <= 5 else NUMBER, start, end, value=value)
        return Piece(NUMBER, start, end, value=value) if is_digit else None

    def _piece_at(self, position: int, pieces: Sequence[Piece]) -> Piece:
        token = self._tokens[position]
        end = position + 1
        if token.kind is Kind.EMOJI:
            return Piece(self._emoji.get(token.text, UNKNOWN_SIGN), position, end)
        if token.kind is Kind.BREAK:
            return Piece(token.text, position, end)
        if token.kind is Kind.POSSESSIVE:
            follows_title = bool(pieces) and pieces[-1].title is not None
            follows_let = bool(pieces) and pieces[-1].text == "let"
            return Piece("s" if follows_title else "us" if follows_let else "is", position, end)
        text = self._language.expand(self._shortened(token.text))
        return Piece(text, position, end, value=self._numbers.get(token.text), is_marked=token.is_marked)

    def _shortened(self, word: str) -> str:
        """Return a word without lengthened letters: "loooove" is "love", "coooool" is "cool"."""
        known = self._language.known_words
        if word in known or not _LENGTHENED.search(word):
            return word
        forms = [_LENGTHENED.sub(r"\1\1", word), _LENGTHENED.sub(r"\1", word)]
        return next((form for form in forms if form in known), word)

    def _stars(self, start: int, end: int, value: float) -> Piece:
        sign = STARS if 1 <= value <= 5 else UNKNOWN_SIGN
        return Piece(sign, start, end, value=value, is_marked=self._tokens[start].is_marked)

    def _number(self, position: int) -> tuple[float | None, bool]:
        """Return (value, whether it is written in digits) of the number at a position; (None, False) for none."""
        if position >= len(self._tokens) or position in self._starts:
            return None, False
        token = self._tokens[position]
        if token.kind is Kind.NUMBER:
            return token.value, True
        return self._numbers.get(token.text), False

    def _word(self, position: int) -> str:
        if position >= len(self._tokens) or position in self._starts:
            return ""
        token = self._tokens[position]
        return token.text if token.kind is Kind.WORD else ""
