"""The product's own way from a profile to a list, over a data set in memory: what is evaluated is what is served."""

from collections.abc import Collection, Sequence

from recsys.data.dataset import Dataset
from recsys.models.towers import Towers
from recsys.protocol.newcomers import Newcomer
from recsys.serving.diversify import STRENGTH
from recsys.serving.recommender import Recommender
from storage.records import Movie
from storage.vectors import open_index


async def open_recommender(dataset: Dataset, towers: Towers, diversity: float = STRENGTH) -> Recommender:
    """Everything that serves, with exact search; nothing has to be closed.

    Args:
        dataset: whose movies the towers know.
        towers: the model.
        diversity: the strength of `recsys.serving.diversify`.
    """
    index = await open_index("memory://")
    await index.publish(towers.version, dataset.movies, towers.movie_vectors()[1])
    return Recommender(towers, index, _MoviesOf(dataset), diversity)


def answered_ids(dataset: Dataset, people: Sequence[Newcomer]) -> list[list[int]]:
    """The movie ids of all 20 answers of each person, which the protocol ranks for nobody, whether given yet or not."""
    ids = dataset.movie_ids
    return [[int(ids[movie]) for movie, _ in one.answers] for one in people]


class _MoviesOf:
    """A `MetadataStore` of a data set."""

    problem = ""
    fallbacks = 0

    def __init__(self, dataset: Dataset) -> None:
        self._movies = {movie.movie_id: movie for movie in dataset.movies}

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """See `MetadataStore.get_many`."""
        return {movie_id: self._movies[movie_id] for movie_id in movie_ids if movie_id in self._movies}

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """See `MetadataStore.put_many`."""
        self._movies |= {movie.movie_id: movie for movie in movies}

    async def ping(self) -> None:
        """See `MetadataStore.ping`."""

    async def close(self) -> None:
        """See `MetadataStore.close`."""
