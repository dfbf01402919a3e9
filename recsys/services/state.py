"""All that is known of movies at one moment: the catalogue, and the model that recommends out of it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Self

from recsys.serving.interview import Interview
from recsys.serving.recommender import Recommender
from recsys.text.titles import TitleIndex
from storage.records import Movie


@dataclass(frozen=True, slots=True, eq=False)
class ServingState:
    """A snapshot that is never changed, only replaced whole: whoever holds one has parts that belong together.

    Attributes:
        movies: the whole catalogue by id.
        genres: all that a movie of the catalogue has.
        titles: finds movies as people write them.
        interview: chooses the titles to tap.
        recommender: None while there is no model.
    """

    movies: Mapping[int, Movie]
    genres: Set[str]
    titles: TitleIndex
    interview: Interview
    recommender: Recommender | None

    @classmethod
    def of(cls, movies: Sequence[Movie], recommender: Recommender | None = None) -> Self:
        """Know a catalogue; a large one takes a moment of computing."""
        return cls(
            {movie.movie_id: movie for movie in movies},
            frozenset(genre for movie in movies for genre in movie.genres),
            TitleIndex(movies),
            _interview(movies, recommender),
            recommender,
        )

    def served_by(self, recommender: Recommender | None) -> Self:
        """The same catalogue with another model."""
        movies = list(self.movies.values())
        return type(self)(self.movies, self.genres, self.titles, _interview(movies, recommender), recommender)


def _interview(movies: Sequence[Movie], recommender: Recommender | None) -> Interview:
    return Interview(None if recommender is None else recommender.towers, movies)
