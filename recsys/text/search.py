"""Search in a catalogue: all movies that words may mean, by their titles, their people and their plots.

Everything that has all words is looked up in memory, and full-text search finds the nearest if there is nothing; see
[decision 014](../../docs/decisions/014-text-and-taste.md).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recsys.text.details import DetailIndex
from recsys.text.titles import TitleIndex
from storage.records import Movie

MAX_PEOPLE = 5
"""Words that are in many names find the movies of at most this many people, those with the best known movies."""


class Field(StrEnum):
    """Where words were found: in one part of a movie, in SEVERAL parts, or only some of them, in the NEAREST movies."""

    TITLE = "title"
    PERSON = "person"
    PLOT = "plot"
    SEVERAL = "several"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Hit:
    """A movie that a search found.

    Attributes:
        movie: the movie.
        field: where the words were found first, in the order of `Field`.
        person: the name in which they were found, as the catalogue writes it; empty unless `field` is PERSON.
    """

    movie: Movie
    field: Field
    person: str = ""


def search(
    words: str, titles: TitleIndex, details: DetailIndex, people: Mapping[str, str], movies: Mapping[int, Movie]
) -> list[Hit]:
    """Return all movies that words may mean, each once.

    Movies with exactly this title come first, then those with all words in the title, by or with a person of this name,
    and with all words in a sentence of the plot. If there are none of these, the words may be spread over all of it.
    Within each group the most popular movie comes first.

    Args:
        words: what a person wrote.
        titles: the titles of the catalogue.
        details: its people and plots.
        people: normalized name -> name, as the catalogue writes it.
        movies: movie id -> movie.
    """
    hits = [*_by_title(words, titles), *_by_person(words, details, people, movies), *_by_plot(words, details, movies)]
    hits = hits or [Hit(movie, Field.SEVERAL) for movie in _by_popularity(details.mentioning(words), movies)]
    found: dict[int, Hit] = {}
    for hit in hits:
        found.setdefault(hit.movie.movie_id, hit)
    return list(found.values())


def _by_title(words: str, titles: TitleIndex) -> Iterator[Hit]:
    return (Hit(movie, Field.TITLE) for movie in titles.search(words))


def _by_person(
    words: str, details: DetailIndex, people: Mapping[str, str], movies: Mapping[int, Movie]
) -> Iterator[Hit]:
    found = [(name, _by_popularity(ids, movies)) for name, ids in details.named(words).items()]
    best_known = sorted(found, key=lambda person: (-sum(movie.rating_count for movie in person[1]), person[0]))
    for name, by_or_with in best_known[:MAX_PEOPLE]:
        written = people.get(name, name.title())
        yield from (Hit(movie, Field.PERSON, written) for movie in by_or_with)


def _by_plot(words: str, details: DetailIndex, movies: Mapping[int, Movie]) -> Iterator[Hit]:
    return (Hit(movie, Field.PLOT) for movie in _by_popularity(details.of_theme(words), movies))


def _by_popularity(movie_ids: Iterable[int], movies: Mapping[int, Movie]) -> list[Movie]:
    found = [movies[movie_id] for movie_id in movie_ids]
    return sorted(found, key=lambda movie: (-movie.rating_count, movie.movie_id))
