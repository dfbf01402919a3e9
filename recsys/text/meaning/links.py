"""Reads addresses of movies at IMDb, Letterboxd and TMDB.

An id means its movie, if the catalogue has ids. Otherwise the words of the address are a title.
"""

import re

from recsys.text.meaning.catalogue import ReaderCatalogue

_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|it|me|tv|io|co|de|uk|fr)/\S*", re.IGNORECASE
)
_LETTERBOXD = re.compile(r"letterboxd\.com/(?:[\w-]+/)?film/([\w-]+)", re.IGNORECASE)
_TMDB = re.compile(
    r"(?:(?:themoviedb|tmdb)\.org/(?:[a-z]{2}/)?movie|letterboxd\.com/tmdb)/(\d{1,9})(?:-([\w-]+))?", re.IGNORECASE
)
_IMDB = re.compile(r"(?:imdb\.com/(?:[a-z]{2}(?:-[a-z]{2})?/)?title|letterboxd\.com/imdb)/(tt\d{5,10})", re.IGNORECASE)
_ONLY_IMDB_ID = re.compile(r"\s*(tt\d{7,10})\s*", re.IGNORECASE)
_YEAR_AT_END = re.compile(r"(.+)-((?:18|19|20)\d\d)")
_COUNTER_AT_END = re.compile(r"(.+)-\d")


def without_addresses(text: str) -> str:
    """Return a text without the addresses in it."""
    return _ADDRESS.sub(" ", text)


def has_address(text: str) -> bool:
    """Return whether a text has a web address in it, or is an id of IMDb."""
    return _ADDRESS.search(text) is not None or _ONLY_IMDB_ID.fullmatch(text) is not None


def movies_of_addresses(text: str, catalogue: ReaderCatalogue) -> list[tuple[str, tuple[int, ...]]]:
    """Return (title, ids of the movies that it may mean) for every address that names a movie of the catalogue."""
    found: dict[tuple[int, ...], str] = {}
    for address in _addresses(text):
        movie_ids = _meant(address, catalogue)
        if movie_ids:
            found.setdefault(movie_ids, catalogue.names[movie_ids[0]])
    return [(title, movie_ids) for movie_ids, title in found.items()]


def with_title(text: str, title: str) -> str:
    """Return a text with its address replaced by a title."""
    plain = _ADDRESS.sub(lambda _: f" {title} ", text, count=1)
    return without_addresses(plain).strip(" <>()\t\n")


def _addresses(text: str) -> list[str]:
    only_id = _ONLY_IMDB_ID.fullmatch(text)
    return [f"imdb.com/title/{only_id[1]}"] if only_id else [match[0] for match in _ADDRESS.finditer(text)]


def _meant(address: str, catalogue: ReaderCatalogue) -> tuple[int, ...]:
    """Return the ids of the movies that an address may mean; empty if it means none of the catalogue."""
    if match := _IMDB.search(address):
        movie_id = catalogue.imdb_ids.get(match[1].casefold())
        return () if movie_id is None else (movie_id,)
    if match := _TMDB.search(address):
        movie_id = catalogue.tmdb_ids.get(int(match[1]))
        if movie_id is not None:
            return (movie_id,)
        return _named(match[2], catalogue) if match[2] else ()
    match = _LETTERBOXD.search(address)
    return _named(match[1], catalogue) if match else ()


def _named(slug: str, catalogue: ReaderCatalogue) -> tuple[int, ...]:
    for title in _titles(slug):
        movie_ids = catalogue.meant(catalogue.titles.find_exact(title), title) or catalogue.without_signs(title)
        if movie_ids:
            return movie_ids
    return ()


def _titles(slug: str) -> list[str]:
    """Return the titles that a part of an address may mean: "psycho-1998" is "psycho (1998)"."""
    year = _YEAR_AT_END.fullmatch(slug)
    if year:
        return [f"{year[1].replace('-', ' ')} ({year[2]})", slug.replace("-", " ")]
    counter = _COUNTER_AT_END.fullmatch(slug)
    plain = slug.replace("-", " ")
    return [plain, counter[1].replace("-", " ")] if counter else [plain]
