"""Reads texts that say the opposite of their words: "great, another mob movie", "Bruce Willis again??"."""

from collections.abc import Sequence

from recsys.text.meaning.canonical import Piece, canonical_text
from recsys.text.meaning.language import DOWN, Language
from recsys.text.wishes.themes import DENIALS


def is_sarcastic(pieces: Sequence[Piece], language: Language, *, about_card: bool = False) -> bool:
    """Return whether a text is sarcastic, so that it neither praises nor asks for more.

    Args:
        pieces: of the text, without titles.
        language: of the text.
        about_card: whether the text replies to a card.
    """
    words = _words(pieces)
    asks = not language.word_list("asking_politely").isdisjoint(words.split())
    sections = ("sarcasm", "card_sarcasm") if about_card else ("sarcasm",)
    return not asks and any(language.match(section, words) is not None for section in sections)


def may_be_thanks(pieces: Sequence[Piece], language: Language) -> bool:
    """Return whether praise stands before a request for the next card, and may be no opinion: "great, next"."""
    return language.match("ack_next", _words(pieces)) is not None


def complains_again(pieces: Sequence[Piece], language: Language) -> bool:
    """Return whether a question ends with "again", and asks for no more of what it names: "Bruce Willis again??"."""
    words = _words(pieces).split()
    if len(words) < 2 or words[-1] != "again" or pieces[-1].text != "?":
        return False
    return words[0] not in language.word_list("question_words") and not asks_for_movies(pieces, language)


def is_denied_by_emoji(pieces: Sequence[Piece], language: Language) -> bool:
    """Return whether a thumb down or a sign of prohibition rules out what a text names: "horror 👎"."""
    denies = not DENIALS.isdisjoint(_words(pieces).split())
    return any(piece.text == DOWN for piece in pieces) and not denies and not asks_for_movies(pieces, language)


def asks_for_movies(pieces: Sequence[Piece], language: Language) -> bool:
    """Return whether a text has a word that asks for movies."""
    return not language.word_list("asking").isdisjoint(_words(pieces).split())


def _words(pieces: Sequence[Piece]) -> str:
    return canonical_text([piece for piece in pieces if not piece.is_break])
