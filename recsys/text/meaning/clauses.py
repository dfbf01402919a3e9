"""Reads what follows a complaint: "you keep showing me horror and I hate horror" rules out horror."""

from collections.abc import Sequence
from typing import NamedTuple

from recsys.text.meaning.canonical import Piece, canonical_text
from recsys.text.meaning.language import Language
from recsys.text.meaning.tokens import Token

MAX_WORDS = 40
"""A longer text is not divided."""

_SIGNS = " ,;:?!.-\n"


class Complaint(NamedTuple):
    """A text that complains about what is shown, and goes on.

    Attributes:
        about: what is shown, with the words before it.
        rest: what the person says after the complaint.
    """

    about: str
    rest: str


def divide_complaint(
    text: str, tokens: Sequence[Token], pieces: Sequence[Piece], language: Language
) -> Complaint | None:
    """Return the parts of a text that begins with a complaint; None if it is none, or says nothing after it.

    Args:
        text: what a person wrote.
        tokens: of the text.
        pieces: of the text, without titles.
        language: of the text.
    """
    if len(pieces) > MAX_WORDS:
        return None
    found = language.match_start("complaining", canonical_text([piece for piece in pieces if not piece.is_break]))
    if found is None:
        return None
    joining, subjects = language.word_list("complaint_joining"), language.word_list("complaint_subjects")
    words = 0
    for place, piece in enumerate(pieces):
        is_end = piece.is_break or piece.text in joining or piece.text in subjects
        if is_end and words > found[1]:
            start = place
            while start < len(pieces) and (pieces[start].is_break or pieces[start].text in joining):
                start += 1
            if start == len(pieces):
                return None
            first, last = tokens[pieces[place].start].start, tokens[pieces[start].start].start
            return Complaint(text[:first].strip(_SIGNS), text[last:].strip(_SIGNS))
        words += 0 if piece.is_break else len(piece.text.split())
    return None
