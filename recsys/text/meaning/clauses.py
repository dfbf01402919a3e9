"""Divides texts of which one part decides how the others are read.

"You keep showing me horror and I hate horror" rules out horror. "My bf keeps choosing action movies, I want a romance"
asks for a romance. "We have seen all of Disney, anything else?" asks for anything else. "Loved Fargo. Any ideas?" is an
opinion and a request.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from recsys.profile import LIKE
from recsys.text.meaning.canonical import Piece, canonical_text, compose
from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.language import Language
from recsys.text.meaning.opinions import Reading, read_opinions
from recsys.text.meaning.phrases import read_phrases
from recsys.text.meaning.sarcasm import asks_for_movies
from recsys.text.meaning.tokens import Token, tokenize
from recsys.text.meaning.values import (
    Meaning,
    Opinions,
    Preferred,
    Refined,
    Requested,
    Situation,
    SmallTalk,
    Unclear,
    Wished,
)
from recsys.text.meaning.wishing import asks_for_kind, read_wish, wish_beside_seen
from recsys.text.wishes import Wish

Beside = Wished | Requested | SmallTalk
"""A meaning that a text may have beside its opinions."""

_SIMILAR = Wished(Wish())
_MIN_OPINIONS = 2
_MAX_SENTENCES = 5
_SENTENCE_END = re.compile(r"[.!?;]+\s+|\n+")

MAX_WORDS = 60
"""A longer text is not divided."""

_SIGNS = " ,;:?!.-\n"


class Divided(NamedTuple):
    """A text in two parts.

    Attributes:
        head: what stands first: what is complained about, what others like, or what was seen.
        rest: what the person says after it; it may be empty.
    """

    head: str
    rest: str


def divide_complaint(text: str, tokens: Sequence[Token], pieces: Sequence[Piece], language: Language) -> Divided | None:
    """Return the parts of a text that begins with a complaint; None if it is none, or says nothing after it.

    Args:
        text: what a person wrote.
        tokens: of the text.
        pieces: of the text, without titles.
        language: of the text.
    """
    if len(pieces) > MAX_WORDS:
        return None
    found = language.match_start("complaining", _words(pieces))
    if found is None:
        return None
    joining, subjects = language.word_list("complaint_joining"), language.word_list("complaint_subjects")
    words = 0
    for place, piece in enumerate(pieces):
        is_end = piece.is_break or piece.text in joining or piece.text in subjects
        if is_end and words > found[1]:
            divided = _divided_at(place, text, tokens, pieces, joining)
            return divided if divided.rest else None
        words += 0 if piece.is_break else len(piece.text.split())
    return None


def read_divided(
    text: str,
    tokens: Sequence[Token],
    reading: Reading,
    pieces: Sequence[Piece],
    situation: Situation,
    catalogue: ReaderCatalogue,
    language: Language,
    read: Callable[[str, Situation], Meaning],
) -> Meaning | None:
    """Read a text that begins with what others like, with what was seen, or with a dismissal of the last card.

    None is returned if it does not, or asks for nothing after it.

    Args:
        text: what a person wrote.
        tokens: of the text.
        reading: what the text says about titles.
        pieces: of the text, without titles.
        situation: the situation in which it was written.
        catalogue: the catalogue.
        language: of the text.
        read: reads what follows the first clause.
    """
    seen = _first_clause("all_seen", text, tokens, pieces, language)
    if seen is not None and seen.rest:
        rest_pieces = compose(tokenize(seen.rest), (), language)
        if not (asks_for_movies(rest_pieces, language) or any(piece.text == "?" for piece in rest_pieces)):
            return None
        rest = read(seen.rest, replace(situation, card=None))
        return wish_beside_seen(seen.head, rest, situation, catalogue, language)
    dismissed = _first_clause("dismissed", text, tokens, pieces, language) if situation.card is None else None
    if dismissed is not None and dismissed.rest:
        rest = read(dismissed.rest, situation)
        rest_words = _words(compose(tokenize(dismissed.rest), (), language))
        if language.match("dismissed", rest_words) is not None:
            return Refined()
        return rest if isinstance(rest, Wished | Refined | Requested) else None
    habit = _first_clause("others_habit", text, tokens, pieces, language)
    taste = habit or _first_clause("others_taste", text, tokens, pieces, language)
    if taste is None:
        return None
    words = _words(compose(tokenize(taste.rest), (), language)).split()
    is_own = words[:1] == ["i"] or (habit is not None and not language.word_list("own_words").isdisjoint(words[:1]))
    if is_own and language.word_list("shared").isdisjoint(words):
        own = read(taste.rest, situation)
        if isinstance(own, Wished | Refined) and asks_for_kind(own.wish):
            return own
    return None if habit is None or taste.rest or reading.has_title else Unclear()


def read_opinions_beside(
    text: str, tokens: Sequence[Token], reading: Reading, catalogue: ReaderCatalogue, language: Language
) -> Opinions | None:
    """Read opinions beside a request: "loved Fargo. hated Titanic. something similar please"; None for anything else.

    Args:
        text: what a person wrote.
        tokens: of the text.
        reading: what the text says about titles.
        catalogue: the catalogue.
        language: of the text.
    """
    if not reading.has_title:
        return None

    def read(clause: str) -> Beside | None:
        pieces = compose(tokenize(clause), (), language)
        if language.match("similar", _words(pieces)) is not None:
            return _SIMILAR
        meaning = read_phrases(pieces, language)
        if meaning is None and asks_for_movies(pieces, language):
            meaning = read_wish(clause, Situation(), read_opinions(clause, catalogue, language), catalogue, language)
        return meaning if isinstance(meaning, Beside) else None

    rest, beside = _without_requests(text, tokens, reading.pieces, read)
    asked = [meaning for meaning in beside if not isinstance(meaning, SmallTalk)]
    said = read_opinions(rest, catalogue, language)
    is_judged = any(piece.title is None and not piece.is_break and piece.text != "and" for piece in said.pieces)
    if len(asked) != 1 or not said.is_complete or not said.opinions or not is_judged:
        return None
    if asked[0] != _SIMILAR:
        return Opinions(said.opinions, asked[0])
    liked = [opinion.movie_ids[0] for opinion in said.opinions if opinion.stars == LIKE and opinion.movie_ids]
    if len(said.opinions) < _MIN_OPINIONS or not liked:
        return None
    return Opinions(said.opinions, Wished(Wish(like=tuple(dict.fromkeys(liked)))))


def read_last_sentence(
    text: str, situation: Situation, language: Language, read: Callable[[str, Situation], Meaning]
) -> Meaning | None:
    """Return the wish of the last sentence of a text; None if it asks for no movies, or another sentence says more.

    Args:
        text: what a person wrote.
        situation: the situation in which it was written.
        language: of the text.
        read: reads a sentence.
    """
    sentences = [sentence for sentence in _SENTENCE_END.split(text) if sentence.strip()]
    if not 1 < len(sentences) <= _MAX_SENTENCES:
        return None
    if not asks_for_movies(compose(tokenize(sentences[-1]), (), language), language):
        return None
    *others, last = [read(sentence, situation) for sentence in sentences]
    says_more = any(not isinstance(other, Unclear | SmallTalk) or getattr(other, "denied", "") for other in others)
    return last if isinstance(last, Wished | Refined | Preferred) and not says_more else None


def _first_clause(
    section: str, text: str, tokens: Sequence[Token], pieces: Sequence[Piece], language: Language
) -> Divided | None:
    """Return the first clause of a text, if templates match it, and what follows; None if they do not.

    Args:
        section: of the templates: "others_taste", "others_habit", "dismissed" or "all_seen".
        text: what a person wrote.
        tokens: of the text.
        pieces: of the text, without titles.
        language: of the text.
    """
    if len(pieces) > MAX_WORDS:
        return None
    joining = language.word_list("clause_joining")
    for place in range(1, len(pieces) + 1):
        is_end = place == len(pieces) or pieces[place].is_break or pieces[place].text in joining
        if is_end and language.match(section, _words(pieces[:place])) is not None:
            return _divided_at(place, text, tokens, pieces, joining)
    return None


def _without_requests(
    text: str, tokens: Sequence[Token], pieces: Sequence[Piece], read: Callable[[str], Beside | None]
) -> tuple[str, list[Beside]]:
    """Return a text without the clauses that say nothing about titles, and what they say: "loved Fargo. Any ideas?".

    Args:
        text: what a person wrote.
        tokens: of the text.
        pieces: of the text, with its titles.
        read: returns what a clause without titles says by itself; None for a clause that belongs to a title.
    """
    kept = text
    beside: list[Beside] = []
    first = 0
    for place in range(len(pieces) + 1 if len(pieces) <= MAX_WORDS else 0):
        if place < len(pieces) and not pieces[place].is_break:
            continue
        clause = pieces[first:place]
        if clause and not any(piece.title for piece in clause):
            start, end = tokens[clause[0].start].start, tokens[clause[-1].end - 1].end
            said = read(text[start:end])
            if said is not None:
                beside.append(said)
                last = tokens[pieces[place].end - 1].end if place < len(pieces) else end
                kept = kept.replace(text[start:last], "\n", 1)
        first = place + 1
    return kept.strip(_SIGNS), beside


def _divided_at(
    place: int, text: str, tokens: Sequence[Token], pieces: Sequence[Piece], joining: frozenset[str]
) -> Divided:
    start = place
    while start < len(pieces) and (pieces[start].is_break or pieces[start].text in joining):
        start += 1
    head = text if place == len(pieces) else text[: tokens[pieces[place].start].start]
    rest = "" if start == len(pieces) else text[tokens[pieces[start].start].start :]
    return Divided(head.strip(_SIGNS), rest.strip(" ,;:.-\n"))


def _words(pieces: Sequence[Piece]) -> str:
    return canonical_text([piece for piece in pieces if not piece.is_break])
