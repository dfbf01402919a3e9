"""Reads the meaning of a text."""

from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.values import Meaning, Opinion, Opinions, Situation, Unclear, Wished
from recsys.text.titles import Ambiguous, Found
from recsys.text.wishes import Wish, parse_wish


def read_meaning(text: str, situation: Situation, catalogue: ReaderCatalogue) -> Meaning:  # noqa: ARG001
    """Read what a person says with a text.

    Args:
        text: what the person wrote.
        situation: the situation in which they wrote it.
        catalogue: the catalogue whose titles, genres and people the text may name.
    """
    wish = parse_wish(text, catalogue.titles, catalogue.genres)
    if isinstance(wish, Wish):
        return Wished(wish)
    match = catalogue.titles.find_exact(text)
    if isinstance(match, Found):
        return Opinions((Opinion(text, (match.movie.movie_id,)),))
    if isinstance(match, Ambiguous):
        return Opinions((Opinion(text, tuple(movie.movie_id for movie in match.candidates)),))
    return Unclear()
