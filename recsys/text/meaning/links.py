"""Reads addresses of movies at IMDb, Letterboxd and TMDB."""

import re

from recsys.text.meaning.catalogue import ReaderCatalogue

_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|it|me|tv|io|co|de|uk|fr)/\S*", re.IGNORECASE
)
_LETTERBOXD = re.compile(r"letterboxd\.com/(?:[\w-]+/)?film/([\w-]+)", re.IGNORECASE)
_TMDB = re.compile(r"themoviedb\.org/(?:[a-z]{2}/)?movie/\d+-([\w-]+)", re.IGNORECASE)
_YEAR_AT_END = re.compile(r"(.+)-((?:18|19|20)\d\d)")
_COUNTER_AT_END = re.compile(r"(.+)-\d")


def without_addresses(text: str) -> str:
    """Return a text without the addresses in it."""
    return _ADDRESS.sub(" ", text)


def has_address(text: str) -> bool:
    """Return whether a text has an address of the net in it."""
    return _ADDRESS.search(text) is not None


def movies_of_addresses(text: str, catalogue: ReaderCatalogue) -> list[tuple[str, tuple[int, ...]]]:
    """Return (title, ids of the movies that it may mean) for every address that names a movie of the catalogue.

    An address of Letterboxd or TMDB names the title. One of IMDb has only a number, which the catalogue does not have.
    """
    found = []
    for pattern in (_LETTERBOXD, _TMDB):
        for slug in pattern.findall(text):
            for title in _titles(slug):
                movie_ids = catalogue.meant(catalogue.titles.find_exact(title), title)
                if movie_ids:
                    found.append((title, movie_ids))
                    break
    return found


def _titles(slug: str) -> list[str]:
    """Return the titles that a part of an address may mean: "psycho-1998" is "psycho (1998)"."""
    year = _YEAR_AT_END.fullmatch(slug)
    if year:
        return [f"{year[1].replace('-', ' ')} ({year[2]})", slug.replace("-", " ")]
    counter = _COUNTER_AT_END.fullmatch(slug)
    plain = slug.replace("-", " ")
    return [plain, counter[1].replace("-", " ")] if counter else [plain]
