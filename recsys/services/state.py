"""The catalogue and the model that requests are served from, as one immutable snapshot."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Self

from recsys.services.conditions import Conditions
from recsys.serving.catalogue_file import CatalogueFile
from recsys.serving.interview import Interview
from recsys.serving.recommender import Recommender
from recsys.text.meaning import ReaderCatalogue
from recsys.text.titles import TitleIndex
from storage.net_details import TMDB
from storage.records import Movie


@dataclass(frozen=True, slots=True, eq=False)
class ServingState:
    """A snapshot of the catalogue and the model; it is replaced as a whole, so its parts always belong together.

    Attributes:
        movies: movie id -> movie, the whole catalogue.
        listed: the movies in memory, by ascending id: all, or the best known of a large catalogue.
        reader: what the reader of texts knows about the catalogue.
        conditions: turns wishes into filters over the catalogue.
        interview: chooses the titles that newcomers are asked about.
        recommender: None while there is no model.
        services: country -> names of the services that stream a movie there, those with the most movies first.
        decades: the first year of every decade of which the catalogue has a movie, ascending.
        uses_tmdb: whether details of any movie come from TMDB.
    """

    movies: Mapping[int, Movie]
    listed: Sequence[Movie]
    reader: ReaderCatalogue
    conditions: Conditions
    interview: Interview
    recommender: Recommender | None
    services: Mapping[str, tuple[str, ...]]
    decades: Sequence[int]
    uses_tmdb: bool

    @classmethod
    def build(cls, movies: Sequence[Movie] | CatalogueFile, recommender: Recommender | None = None) -> Self:
        """Take a catalogue. The indexes for texts and wishes are built at their first use, or by `prepare`.

        Args:
            movies: by ascending id, or the file of a large catalogue. Of a file, all movies are found by their titles
                and recommended, and wishes for people and words find the best known movies.
            recommender: the model; None if there is none.
        """
        file = movies if isinstance(movies, CatalogueFile) else None
        listed = movies.best_known if isinstance(movies, CatalogueFile) else movies
        by_id = {movie.movie_id: movie for movie in listed}
        interview = _interview(listed, recommender)
        recommender = None if recommender is None else recommender.with_movies(movies)
        reader = ReaderCatalogue(listed, file, None if file is None else file.titles)
        conditions = Conditions(by_id, file)
        decades = sorted({movie.year // 10 * 10 for movie in listed if movie.year is not None})
        uses_tmdb = any(movie.net is not None and movie.net.source == TMDB for movie in listed)
        services = _services(listed)
        return cls(file or by_id, listed, reader, conditions, interview, recommender, services, decades, uses_tmdb)

    def prepare(self) -> None:
        """Compute what reads texts and wishes now, so that nobody waits for it: seconds in a large catalogue."""
        self.conditions.prepare()
        self.reader.prepare()

    def drop_from_memory(self) -> None:
        """Take what was read of the files of a large catalogue and of its model out of the memory of this process."""
        if isinstance(self.movies, CatalogueFile):
            self.movies.drop_from_memory()
            if self.recommender is not None:
                self.recommender.towers.drop_from_memory()

    @property
    def genres(self) -> Set[str]:
        """Every genre of the catalogue."""
        return self.reader.genres

    @property
    def titles(self) -> TitleIndex:
        """Finds movies by their titles."""
        return self.reader.titles

    def with_recommender(self, recommender: Recommender | None) -> Self:
        """Return the same catalogue with another model."""
        interview = _interview(self.listed, recommender)
        if recommender is not None:
            recommender = recommender.with_movies(
                self.movies if isinstance(self.movies, CatalogueFile) else self.listed
            )
        return replace(self, interview=interview, recommender=recommender)

    def movie(self, movie_id: int) -> Movie:
        """Return the movie of the catalogue; for a movie that left the catalogue, a placeholder with its id."""
        return self.movies.get(movie_id) or Movie(movie_id, f"Movie {movie_id}")


def _services(movies: Sequence[Movie]) -> dict[str, tuple[str, ...]]:
    counts = Counter(service for movie in movies if movie.net is not None for service in movie.net.services)
    services: dict[str, list[str]] = {}
    for service, _ in counts.most_common():
        country, _, name = service.partition(":")
        services.setdefault(country, []).append(name)
    return {country: tuple(names) for country, names in sorted(services.items())}


def _interview(movies: Sequence[Movie], recommender: Recommender | None) -> Interview:
    return Interview(None if recommender is None else recommender.towers, movies)
