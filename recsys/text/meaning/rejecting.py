"""Puts what a text rules out into one form: "slashers are a no-go" becomes "I do not like slashers".

The file of the language has the templates: "rejected", "removed" and "fan" match the end of a text, and "rejecting"
matches what stands before what is ruled out. "ended" rules out what was said before. "tolerated" matches the end of a
clause that rules nothing out.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from recsys.text.meaning.canonical import Piece, canonical_text, compose
from recsys.text.meaning.language import Language
from recsys.text.meaning.tokens import Token, tokenize
from recsys.text.wishes import themes
from recsys.text.wishes.words import NEGATIONS, phrase_at

MAX_WORDS = 40
"""In a longer text nothing is put into another form."""


class RejectingForm(NamedTuple):
    """A text in which what is ruled out follows "I do not like", or "no" if it is ruled out for now.

    Attributes:
        text: the text.
        is_whole: whether the whole text is ruled out, so that it asks for nothing.
    """

    text: str
    is_whole: bool = False


_WORD = re.compile(r"[a-z]+")
_MAX_TOLERANCE_WORDS = 12
_SIGNS = " ,;:?!.-=\n"
_CLAUSE_STARTS = frozenset((".", ";", "\n", "but", "though", "although", "because", "however"))


def rejecting_form(text: str, language: Language) -> RejectingForm:
    """Return a text in the form in which it rules something out.

    A text in which nothing is ruled out in another way is returned as it is, and so is a question.

    Args:
        text: what a person wrote.
        language: of the text.
    """
    tokens = tokenize(text)
    pieces = compose(tokens, (), language)
    if not 1 < len(pieces) <= MAX_WORDS or text.rstrip().endswith("?"):
        return RejectingForm(text)
    turned = _after_subject(text, tokens, pieces, language)
    return turned or RejectingForm(_before_object(text, tokens, pieces, language) or text)


def without_tolerance(text: str, language: Language) -> str:
    """Return a text without the clauses that say what may be in a movie: "subtitles don't bother me".

    Args:
        text: what a person wrote.
        language: of the text.
    """
    if language.word_list("tolerance_signs").isdisjoint(_WORD.findall(text.casefold())):
        return text
    tokens = tokenize(text)
    pieces = compose(tokens, (), language)
    first, kept = 0, text
    for place in range(len(pieces) + 1 if len(pieces) <= MAX_WORDS else 0):
        if place < len(pieces) and not pieces[place].is_break and pieces[place].text not in _CLAUSE_STARTS:
            continue
        if _is_tolerance(pieces[first:place], language):
            start, end = tokens[pieces[first].start].start, tokens[pieces[place - 1].end - 1].end
            kept = kept.replace(text[start:end], "", 1)
        first = place + 1
    return kept if kept == text else kept.strip(_SIGNS)


def _is_tolerance(pieces: Sequence[Piece], language: Language) -> bool:
    """Return whether a clause says that something may be in a movie. "A comedy is fine with me" asks for one."""
    words = language.word_list("no_tolerance")
    if not pieces or pieces[0].text in words or len(pieces) > _MAX_TOLERANCE_WORDS:
        return False
    return any(language.match("tolerated", _words(pieces[start:])) is not None for start in range(1, len(pieces)))


def before_end(text: str, language: Language) -> str:
    """Return what stands before "no more of that" at the end of a text; empty if the text does not end so."""
    tokens = tokenize(text)
    pieces = compose(tokens, (), language)
    for place in range(1, len(pieces) if len(pieces) <= MAX_WORDS else 0):
        if pieces[place - 1].is_break and language.match("ended", _words(pieces[place:])) is not None:
            return text[: tokens[pieces[place].start].start].strip(_SIGNS)
    return ""


def _after_subject(
    text: str, tokens: Sequence[Token], pieces: Sequence[Piece], language: Language
) -> RejectingForm | None:
    """Return the form of "war movies bore me", "leave musicals out"; None if the end of the text says no such thing."""
    if _begins_with_denial([token.text for token in tokens]):
        return None
    relatives = language.word_list("relatives")
    for start in range(1, len(pieces)):
        before = next((piece for piece in reversed(pieces[:start]) if not piece.is_break), None)
        if pieces[start].is_break or before is None or before.text in relatives:
            continue
        end = _words(pieces[start:])
        first = 1 + max((place for place in range(start) if pieces[place].text in _CLAUSE_STARTS), default=-1)
        head = text[: tokens[pieces[first].start].start]
        is_rejected = language.match("rejected", end) is not None
        opening = None if is_rejected else _opening(pieces[:start], end, language)
        if opening is not None:
            first, is_rejected, head = opening, True, ""
        if is_rejected and first < start:
            subject = text[tokens[pieces[first].start].start : tokens[pieces[start].start].start]
            return RejectingForm(f"{head}I do not like {subject.strip(_SIGNS)}", is_whole=not head)
    return None


def _opening(pieces: Sequence[Piece], end: str, language: Language) -> int | None:
    """Return the place after the words that open what the end of a text closes; None if they do not belong together.

    In "leave musicals out" and "we are not a musical family", what is ruled out stands in between.
    """
    if language.match("removed", end) is not None:
        removers = language.word_list("removers")
        return next((place + 1 for place, piece in enumerate(pieces) if piece.text in removers), None)
    if language.match("fan", end) is None:
        return None
    for start in range(len(pieces)):
        found = language.match_start("no_fan", _words(pieces[start:]))
        if found is not None:
            return start + found[1]
    return None


def _before_object(text: str, tokens: Sequence[Token], pieces: Sequence[Piece], language: Language) -> str | None:
    """Return the form of "I have no time for musicals"; None if the text has no such phrase."""
    for start, piece in enumerate(pieces[:-1]):
        found = None if piece.is_break else language.match_start("rejecting", _words(pieces[start:]))
        if found is None:
            continue
        effect, length = found
        end, words = start, 0
        while end < len(pieces) and words < length:
            words += 0 if pieces[end].is_break else len(pieces[end].text.split())
            end += 1
        if end >= len(pieces) or words > length:
            continue
        before, after = text[: tokens[piece.start].start], text[tokens[pieces[end].start].start :]
        return f"{before}{'no' if effect.get('is_for_now') else 'I do not like'} {after}"
    return None


def _words(pieces: Sequence[Piece]) -> str:
    return canonical_text([piece for piece in pieces if not piece.is_break])


def _begins_with_denial(words: Sequence[str]) -> bool:
    """Return whether a text begins with what excludes the words after it. "No offence" excludes nothing."""
    if phrase_at(words, 0, themes.ASIDES) or phrase_at(words, 0, themes.HARMLESS_DENIALS):
        return False
    return bool(phrase_at(words, 0, NEGATIONS) or phrase_at(words, 0, themes.NEGATIONS))
