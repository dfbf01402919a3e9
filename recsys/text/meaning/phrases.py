"""Reads small talk, help, requests, follow-ups, questions about a movie and replies to a card.

Templates must match every word of the text, or of each of its parts between breaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from recsys.profile import DISLIKE, LIKE, SO_SO
from recsys.text.meaning.canonical import Piece, canonical_text
from recsys.text.meaning.language import NUMBER, Language
from recsys.text.meaning.values import (
    AskedAboutMovie,
    AskedForHelp,
    HelpTopic,
    Meaning,
    Opinion,
    Opinions,
    Refined,
    Requested,
    SmallTalk,
    Talk,
    Topic,
)

DEFAULT_LIST = 5
"""The number of cards of "a few movies"."""

MAX_CARDS = 20
"""More cards are not sent at once."""

MAX_IDIOM_WORDS = 8
"""The longest idiom has this many words."""

_MAX_PARTS = 6
_NEAR_STARS = 1
_WHOLE_HALVES = 2


def read_phrases(pieces: Sequence[Piece], language: Language) -> Meaning | None:
    """Return the meaning of a text that consists of phrases only; None if a word of it occurs in no template.

    Of several phrases, a follow-up counts most, then help with data, then a request, other help, and small talk last.

    Args:
        pieces: of the text, without titles.
        language: of the text.
    """
    whole = _read_phrase([piece for piece in pieces if not piece.is_break], language)
    if whole is not None:
        return whole
    parts = _parts(pieces)
    meanings = [_read_phrase(part, language) for part in parts]
    found = [meaning for meaning in meanings if meaning is not None]
    if not found or len(found) < len(parts) or len(parts) > _MAX_PARTS:
        return None
    refined = [meaning for meaning in found if isinstance(meaning, Refined)]
    if refined:
        return Refined(
            direction=next((meaning.direction for meaning in refined if meaning.direction), None),
            like_shown=next((meaning.like_shown for meaning in refined if meaning.like_shown), None),
        )
    return min(found, key=_rank)


def _rank(meaning: Meaning) -> int:
    """Return how much a phrase counts among others of a text; the lowest number counts most."""
    if isinstance(meaning, AskedForHelp):
        return 2 if meaning.topic is HelpTopic.BOT else 0
    return 1 if isinstance(meaning, Requested) else 3 if isinstance(meaning, AskedAboutMovie) else 4


def read_introduction(pieces: Sequence[Piece], language: Language) -> SmallTalk | None:
    """Return the greeting of a person who says what they are called or where they are from; None if they do not.

    Args:
        pieces: of the text, without titles.
        language: of the text.
    """
    words = canonical_text([piece for piece in pieces if not piece.is_break])
    says_else = all(word in language.known_words for word in words.split())
    is_introduction = not says_else and language.match("introduction", words) is not None
    return SmallTalk(Talk.GREETING) if is_introduction else None


def read_idiom(pieces: Sequence[Piece], language: Language, *, is_whole: bool) -> SmallTalk | None:
    """Return the small talk of the longest idiom of a text; None if it has none.

    Args:
        pieces: of the text, without titles.
        language: of the text.
        is_whole: whether the other words of the text must say nothing: "oh well, hats off to you mate".
    """
    words = canonical_text([piece for piece in pieces if not piece.is_break]).split()
    places = [
        (length, start)
        for length in range(min(MAX_IDIOM_WORDS, len(words)), 0, -1)
        for start in range(len(words) - length + 1)
        if tuple(words[start : start + length]) in language.idioms
    ]
    if not places:
        return None
    length, start = places[0]
    others = words[:start] + words[start + length :]
    if is_whole and not language.word_list("idiom_fillers").issuperset(others):
        return None
    return SmallTalk(Talk(language.idioms[tuple(words[start : start + length])]))


def says_all_seen(pieces: Sequence[Piece], language: Language) -> bool:
    """Return whether a text, or its first sentence, says that many movies at once were seen, and asks for none.

    "I have seen all of Kurosawa" does.

    Args:
        pieces: of the text, without titles.
        language: of the text.
    """
    first = next((place for place, piece in enumerate(pieces) if piece.text in (".", "\n")), len(pieces))
    return any(_says_all_seen(part, language) for part in (pieces, pieces[:first]))


def _says_all_seen(pieces: Sequence[Piece], language: Language) -> bool:
    words = canonical_text([piece for piece in pieces if not piece.is_break])
    asks = not language.word_list("asking").isdisjoint(words.split()) or any(piece.text == "?" for piece in pieces)
    return not asks and language.match("all_seen", words) is not None


def read_loosely(
    pieces: Sequence[Piece], language: Language, *, is_denied: bool, is_strong: bool = False
) -> Meaning | None:
    """Return the talk, the help or the request of a text of which some words are read only; None for none of them.

    Args:
        pieces: of the text, without titles.
        language: of the text.
        is_denied: whether the text has a denial that was not understood. It is no request then.
        is_strong: whether only words are read that say nothing else: those about data, settings and ratings.
    """
    words = canonical_text([piece for piece in pieces if not piece.is_break])
    effect = language.match(
        "loose",
        words,
        is_allowed=lambda effect: (
            (not is_denied or effect.get("denies", False)) and (not is_strong or effect.get("is_strong", False))
        ),
    )
    if effect is None:
        return None
    if "talk" in effect:
        return SmallTalk(Talk(effect["talk"]))
    if "help" in effect:
        return AskedForHelp(HelpTopic(effect["help"]))
    if effect.get("cards") == "said":
        cards = next((piece.value for piece in pieces if piece.value is not None), DEFAULT_LIST)
        return Requested(max(1, min(int(cards), MAX_CARDS)))
    return Requested(is_surprise=bool(effect.get("surprise")))


def read_question_about(pieces: Sequence[Piece], language: Language) -> AskedAboutMovie | None:
    """Return the question about a movie that a text asks; None if it asks none.

    Args:
        pieces: of the text, with its titles.
        language: of the text.
    """
    words = [piece for piece in pieces if not piece.is_break]
    titles = [piece.title for piece in words if piece.title is not None]
    if len(titles) > 1:
        return None
    effect = language.match("about", canonical_text(words))
    may_be_split = len(words) > 2 or (len(words) == 2 and pieces[-1].text == "?")
    for rest in (words[1:], words[:-1]) if titles and may_be_split and effect is None else ():
        # "Fargo - what is it about?", "Who is in it? Fargo".
        if not any(piece.title for piece in rest):
            effect = effect or language.match("about", canonical_text(rest))
    if effect is None and titles:
        # "I heard good things about Rushmore, is it good?"
        effects = [language.match("about", canonical_text(part)) for part in _parts(pieces)]
        effect = effects[-1] if len(effects) > 1 and None not in effects else None
    if effect is None and titles and len(words) == 1 and pieces[-1].text == "?":
        effect = {"topic": Topic.OPINION}
    if effect is None:
        return None
    movie_ids = titles[0].movie_ids if titles else ()
    return AskedAboutMovie(Topic(effect["topic"]), movie_ids, _shown(effect, words, language))


def read_question_with_title(pieces: Sequence[Piece], language: Language) -> AskedAboutMovie | None:
    """Return the question that a text asks about its only title in words that no template has; None if it asks none.

    Args:
        pieces: of the text, with its titles.
        language: of the text.
    """
    words = [piece for piece in pieces if not piece.is_break]
    titles = [piece.title for piece in words if piece.title is not None]
    breaks = [piece for piece in pieces if piece.is_break and piece is not pieces[-1]]
    is_asked = bool(pieces) and pieces[-1].text == "?"
    first = canonical_text(words).split()[:2]
    begins = is_asked or (first[:1] != [] and first[0] in language.word_list("title_question_words"))
    if len(titles) != 1 or breaks or not begins or first[1:] == ["not"]:
        return None
    effect = language.match("about_title", canonical_text(words))
    return None if effect is None else AskedAboutMovie(Topic(effect["topic"]), titles[0].movie_ids)


def read_last_question(pieces: Sequence[Piece], language: Language) -> AskedAboutMovie | None:
    """Return what the last part of a reply asks about its card: "never heard of it, any good?"; None if nothing."""
    if not pieces or pieces[-1].text != "?":
        return None
    parts = _parts(pieces)
    return read_question_about([*parts[-1], pieces[-1]], language) if len(parts) > 1 else None


def read_card_reply(pieces: Sequence[Piece], movie_id: int, language: Language) -> Meaning | None:
    """Return what a reply says about the movie on the card; None if it says nothing about it.

    Args:
        pieces: of the text, without titles.
        movie_id: of the movie on the card.
        language: of the text.
    """
    if any(piece.text == "?" for piece in pieces):
        return None
    opinion = _read_card_opinion([piece for piece in pieces if not piece.is_break], movie_id, language)
    if opinion is None:
        # The next card follows an opinion anyway: "loved it, more like this".
        parts = [part for part in _parts(pieces) if not _says_nothing(part, language)]
        if any(part[0].text == "like" for part in parts):
            # "Like it but older" asks for another movie.
            return None
        opinions = [_read_card_opinion(part, movie_id, language) for part in parts]
        opinion = _joined(opinions)
    return None if opinion is None else Opinions((opinion,))


def has_card_opinion(pieces: Sequence[Piece], movie_id: int, language: Language) -> bool:
    """Return whether a part of a reply is an opinion of its card: "not my thing but my dad adores it"."""
    return any(_read_card_opinion(part, movie_id, language) is not None for part in _parts(pieces))


def _says_nothing(pieces: Sequence[Piece], language: Language) -> bool:
    """Return whether a part of a reply asks for the next card, or consists of words that change nothing: "tbh"."""
    canonical = canonical_text(pieces)
    if language.match("card", canonical) is not None:
        return False
    return any(language.match(section, canonical) is not None for section in ("follow_up", "fillers"))


def says_seen(pieces: Sequence[Piece], language: Language) -> bool:
    """Return whether a text says that the last movie was seen, and nothing else: "seen it, next please"."""
    whole = [piece for piece in pieces if not piece.is_break]
    parts = [part for part in _parts(pieces) if not _says_nothing(part, language)]
    return _is_seen(whole, language) or (bool(parts) and all(_is_seen(part, language) for part in parts))


def _is_seen(pieces: Sequence[Piece], language: Language) -> bool:
    return bool((language.match("card", canonical_text(pieces)) or {}).get("seen"))


def _joined(opinions: Sequence[Opinion | None]) -> Opinion | None:
    """Return the one opinion of all parts; an uncertain one if they differ or a part says something else."""
    found = [opinion for opinion in opinions if opinion is not None]
    if not found or len(found) < len(opinions):
        return None
    rated = [opinion for opinion in found if opinion.stars is not None]
    # "4 stars, great movie" gives four stars.
    best = min(rated, key=lambda opinion: opinion.stars in (LIKE, SO_SO, DISLIKE)) if rated else found[0]
    differs = any(abs((opinion.stars or 0) - (best.stars or 0)) > _NEAR_STARS for opinion in rated)
    contradicts = differs or {opinion.is_seen for opinion in found} >= {True, False}
    unseen_but_rated = bool(rated) and any(opinion.is_seen is False for opinion in found)
    is_certain = all(opinion.is_certain for opinion in found) and not contradicts and not unseen_but_rated
    return replace(best, is_certain=is_certain)


def _read_card_opinion(pieces: Sequence[Piece], movie_id: int, language: Language) -> Opinion | None:
    effect = language.match("card", canonical_text(pieces))
    if effect is None:
        return None
    stars = effect.get("stars")
    is_certain = not effect.get("is_unsure")
    if stars == "said":
        stars = next((piece.value for piece in pieces if piece.value is not None), None)
        if stars is None:
            return None
        is_certain = 1 <= stars <= 5 and float(stars * _WHOLE_HALVES).is_integer()
    return Opinion("", (movie_id,), None if stars is None else float(stars), effect.get("seen"), is_certain)


def _read_phrase(pieces: Sequence[Piece], language: Language) -> Meaning | None:
    canonical = canonical_text(pieces)
    if not canonical:
        return None
    if effect := language.match("command", canonical):
        return AskedForHelp(HelpTopic(effect["means"]), is_order=True)
    if effect := language.match("help", canonical):
        return AskedForHelp(HelpTopic(effect["means"]))
    if effect := language.match("talk", canonical):
        return SmallTalk(Talk(effect["means"]))
    follow_up = language.match("follow_up", canonical)
    if follow_up is not None:
        return Refined(direction=follow_up.get("direction"), like_shown=follow_up.get("like_shown"))
    request_list = language.match("request_list", canonical)
    if request_list is not None:
        return Requested(request_list.get("cards", DEFAULT_LIST))
    if language.match("request_many", canonical) is not None:
        cards = next((piece.value for piece in pieces if piece.value is not None), DEFAULT_LIST)
        return Requested(max(1, min(int(cards), MAX_CARDS)))
    request = language.match("request", canonical)
    if request is not None:
        return Requested(is_surprise=bool(request.get("surprise")))
    if effect := language.match("about", canonical):
        return AskedAboutMovie(Topic(effect["topic"]), shown=_shown(effect, pieces, language))
    return None


def _parts(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the parts between breaks; none is empty."""
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.is_break or piece.text in ("but", "and"):
            parts.append([])
        else:
            parts[-1].append(piece)
    return [part for part in parts if part]


def _shown(effect: Mapping[str, Any], pieces: Sequence[Piece], language: Language) -> int | None:
    """Return which movie of a list a question is about: "the second one" is 2; None if it names none by its place."""
    if "shown" not in effect:
        return None
    ordinals = language.table("ordinals")
    named = (ordinals.get(piece.text) or (piece.value if piece.text == NUMBER else None) for piece in pieces)
    return next((int(place) for place in named if place), None)
