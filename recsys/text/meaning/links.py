"""Reads addresses of movies at IMDb, Letterboxd and TMDB."""

import re

from recsys.text.meaning.catalogue import ReaderCatalogue

_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|it|me|tv|io|co|de|uk|fr)/\S*", re.IGNORECASE
)
_LETTERBOXD = re.compile(r"letterboxd\.com/(?:[\w-]+/)?film/([\w-]+)", re.IGNORECASE)
_TMDB = re.compile(r"themoviedb\.org/(?:[a-z]{2}/)?movie/\d+-([\w-]+)", re.IGNORECASE)
_IDS = (
    re.compile(r"(?:imdb\.com/(?:[\w-]+/)?title|letterboxd\.com/imdb)/(tt\d{7,12})", re.IGNORECASE),
    re.compile(r"(?:themoviedb\.org/(?:[\w-]+/)?movie|letterboxd\.com/tmdb)/(\d{1,12})", re.IGNORECASE),
)
"""Addresses with the id of a movie at IMDb or TMDB. Letterboxd forwards from both."""

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

    An address of IMDb or TMDB has an id, which the catalogue may know. One of Letterboxd or TMDB names the title.
    """
    ids = [other_id.lower() for pattern in _IDS for other_id in pattern.findall(text)]
    by_id = dict.fromkeys(catalogue.ids_elsewhere[other_id] for other_id in ids if other_id in catalogue.ids_elsewhere)
    found: list[tuple[str, tuple[int, ...]]] = [(catalogue.names[movie_id], (movie_id,)) for movie_id in by_id]
    return found or _by_titles(text, catalogue)


def _by_titles(text: str, catalogue: ReaderCatalogue) -> list[tuple[str, tuple[int, ...]]]:
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
