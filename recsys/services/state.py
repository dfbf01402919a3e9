"""The catalogue and the model that requests are served from, as one immutable snapshot."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Self

from recsys.serving.interview import Interview
from recsys.serving.recommender import Recommender
from recsys.text.titles import TitleIndex
from storage.records import Movie


@dataclass(frozen=True, slots=True, eq=False)
class ServingState:
    """A snapshot of the catalogue and the model; it is replaced as a whole, so its parts always belong together.

    Attributes:
        movies: movie id -> movie, the whole catalogue.
        genres: every genre of the catalogue.
        titles: finds movies by their titles.
        interview: chooses the titles that newcomers are asked about.
        recommender: None while there is no model.
    """

    movies: Mapping[int, Movie]
    genres: Set[str]
    titles: TitleIndex
    interview: Interview
    recommender: Recommender | None

    @classmethod
    def build(cls, movies: Sequence[Movie], recommender: Recommender | None = None) -> Self:
        """Index a catalogue. This computes for a moment if the catalogue is large."""
        return cls(
            {movie.movie_id: movie for movie in movies},
            frozenset(genre for movie in movies for genre in movie.genres),
            TitleIndex(movies),
            _interview(movies, recommender),
            recommender,
        )

    def with_recommender(self, recommender: Recommender | None) -> Self:
        """Return the same catalogue with another model."""
        movies = list(self.movies.values())
        return type(self)(self.movies, self.genres, self.titles, _interview(movies, recommender), recommender)

    def movie(self, movie_id: int) -> Movie:
        """Return the movie of the catalogue; for a movie that left the catalogue, a placeholder with its id."""
        return self.movies.get(movie_id) or Movie(movie_id, f"Movie {movie_id}")


def _interview(movies: Sequence[Movie], recommender: Recommender | None) -> Interview:
    return Interview(None if recommender is None else recommender.towers, movies)
