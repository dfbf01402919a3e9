"""Effects of calibration and of the popularity setting on lists of ten, by how unusual the genres of a person are.

A person's mix of genres is that of all their likes. Each like counts 1 / n for each of its n genres. The divergence
KL(person || likes of all train people) says how unusual the mix is. The metrics are for thirds of the people of each
split, from the most usual mixes to the most unusual.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.served_lists import answered_ids, list_ndcg, open_recommender, with_rating_counts
from recsys.models.towers import Towers
from recsys.profile import LIKE, LIKED_FROM, Profile
from recsys.protocol.metrics import TOP_K
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, profiles_after
from recsys.serving.recommender import Recommender
from recsys.serving.style import DEFAULT_STYLE, UNCALIBRATED, ListStyle
from recsys.serving.traits import MovieTraits
from storage.records import Popularity

THIRDS = 3
LIST_SMOOTHING = 0.01
"""The genres of a list are mixed with this share of the person's, so that the divergence is finite (Steck, 2018)."""

SINGLE_GENRE_LIKES, SINGLE_GENRE_PEOPLE, SINGLE_GENRE_CARDS = 3, 20, 12
"""The number of titles of one genre that a simulated person likes, of such people per genre, and of cards for each."""

WITHOUT = "relevance and diversity alone"
NAMES: Mapping[Popularity, str] = {
    Popularity.WELL_KNOWN: "well known",
    Popularity.BALANCED: "balanced, the default",
    Popularity.HIDDEN: "hidden gems",
}
STYLES: Mapping[str, ListStyle] = {
    WITHOUT: UNCALIBRATED,
    **{name: ListStyle(popularity) for popularity, name in NAMES.items()},
}


@dataclass(frozen=True, slots=True)
class StyleMetrics:
    """Metrics of the lists of all newcomers after one number of answers.

    Attributes:
        ndcg: NDCG@10, 0..1.
        hidden: for each third, the most usual mixes first, the share of listed titles in the long tail, 0..1.
        divergence: for each third, the mean KL(person || list) of genres, in nats.
    """

    ndcg: float
    hidden: tuple[float, ...]
    divergence: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StyleRow:
    """One popularity setting, or lists without calibration.

    Attributes:
        name: a key of STYLES.
        metrics: number of answers -> mean over the splits.
    """

    name: str
    metrics: Mapping[int, StyleMetrics]

    @property
    def mean(self) -> StyleMetrics:
        """Mean over the numbers of answers."""
        return mean_of(list(self.metrics.values()))

    def costs(self, best: Mapping[int, float]) -> dict[int, float]:
        """Return number of answers -> the share of NDCG@10 that is lost against the best; below 0 it gains."""
        return {answers: 1 - metrics.ndcg / best[answers] for answers, metrics in self.metrics.items()}


@dataclass(frozen=True, slots=True)
class SingleGenreRow:
    """People who like SINGLE_GENRE_LIKES titles of one genre and nothing else.

    Attributes:
        genre: the genre.
        before: the mean number of titles of the genre among their next SINGLE_GENRE_CARDS cards without calibration.
        after: the same of balanced lists.
    """

    genre: str
    before: float
    after: float


def mean_of(metrics: Sequence[StyleMetrics]) -> StyleMetrics:
    """Return the mean of each metric."""
    ndcg, long_tail, divergence = zip(*map(astuple, metrics), strict=True)
    return StyleMetrics(
        float(np.mean(ndcg)), tuple(np.mean(long_tail, axis=0).tolist()), tuple(np.mean(divergence, axis=0).tolist())
    )


class StyleEvaluator:
    """Serves the lists of one split and measures them."""

    def __init__(self, dataset: Dataset, train: NDArray[np.int64], people: list[Newcomer]) -> None:
        """Sort the people into thirds.

        Args:
            dataset: the data set of the split.
            train: (n,) positions of the train people. Their ratings say which titles are well known, and their likes
                which genres are liked.
            people: the newcomers to serve.
        """
        is_train = np.isin(dataset.rating_people, train)
        self._movies = with_rating_counts(dataset, train)
        self._traits = MovieTraits.of(self._movies, dataset.movie_ids)
        self._dataset, self._people = dataset, people
        is_like = dataset.rating_stars >= LIKED_FROM
        likes = np.bincount(dataset.rating_movies[is_train & is_like], minlength=len(dataset.movies))
        self._likes = likes
        all_likes = _shares((likes[:, np.newaxis] * self._traits.genres).sum(axis=0))
        mixes = np.zeros((len(dataset.user_ids), len(all_likes)))
        np.add.at(mixes, dataset.rating_people[is_like], self._traits.genres[dataset.rating_movies[is_like]])
        self._mixes = np.array([_shares(mixes[person.person]) for person in people])
        distances = divergence(self._mixes, np.maximum(all_likes, 1e-9))
        ranks = np.argsort(np.argsort(distances, kind="stable"), kind="stable")
        self._third = ranks * THIRDS // max(1, len(people))

    async def recommenders(self, towers: Towers, diversity: float) -> tuple[Recommender, Recommender]:
        """Return the recommender without and with the traits of the movies."""
        without = await open_recommender(self._dataset, towers, diversity)
        return without, without.with_movies(self._movies)

    async def measure(self, recommender: Recommender, style: ListStyle) -> dict[int, StyleMetrics]:
        """Return number of answers -> metrics of the lists that are served."""
        answered = answered_ids(self._dataset, self._people)
        metrics = {}
        for answers in ANSWER_COUNTS:
            profiles = profiles_after(self._dataset, self._people, answers)
            picks = await recommender.rank(profiles, TOP_K, answered, style=style)
            lists = [np.searchsorted(self._dataset.movie_ids, [movie_id for movie_id, _ in row]) for row in picks]
            metrics[answers] = self._metrics(lists)
        return metrics

    async def measure_single_genre(
        self, without: Recommender, balanced: Recommender, seed: int
    ) -> list[SingleGenreRow]:
        """Serve simulated people who like one genre. Return a row for each genre that has enough liked titles.

        Args:
            without: serves lists without calibration.
            balanced: serves the product's lists.
            seed: draws the titles that the people like, with probabilities in proportion to their likes.
        """
        rng = np.random.default_rng(seed)
        genres = sorted({name for movie in self._movies for name in movie.genres})
        rows = []
        for genre in genres:
            has_genre = np.array([genre in movie.genres for movie in self._movies])
            likes = self._likes * has_genre
            if np.count_nonzero(likes) < SINGLE_GENRE_LIKES + SINGLE_GENRE_CARDS:
                continue
            probabilities = likes / likes.sum()
            drawn = [
                rng.choice(len(likes), SINGLE_GENRE_LIKES, replace=False, p=probabilities)
                for _ in range(SINGLE_GENRE_PEOPLE)
            ]
            ids = self._dataset.movie_ids
            profiles = [Profile(ratings=dict.fromkeys(ids[titles].tolist(), LIKE)) for titles in drawn]
            counts = []
            for recommender, style in ((without, UNCALIBRATED), (balanced, DEFAULT_STYLE)):
                lists = await recommender.rank(profiles, SINGLE_GENRE_CARDS, style=style)
                listed = np.searchsorted(ids, [movie_id for row in lists for movie_id, _ in row])
                counts.append(float(has_genre[listed].sum()) / SINGLE_GENRE_PEOPLE)
            rows.append(SingleGenreRow(genre, *counts))
        return rows

    def _metrics(self, lists: Sequence[NDArray[np.int64]]) -> StyleMetrics:
        ndcg = [list_ndcg(movies, person.likes) for movies, person in zip(lists, self._people, strict=True)]
        long_tail = np.array([self._traits.is_long_tail[movies].mean() for movies in lists])
        mixes = np.array([_shares(self._traits.genres[movies].sum(axis=0)) for movies in lists])
        divergences = divergence(self._mixes, (1 - LIST_SMOOTHING) * mixes + LIST_SMOOTHING * self._mixes)
        thirds = [self._third == third for third in range(THIRDS)]
        return StyleMetrics(
            float(np.mean(ndcg)),
            tuple(float(long_tail[third].mean()) if third.any() else 0.0 for third in thirds),
            tuple(float(divergences[third].mean()) if third.any() else 0.0 for third in thirds),
        )


def divergence(shares: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return KL(shares || others) = sum_g p_g log(p_g / q_g), in nats, where p_g = 0 adds 0.

    Args:
        shares: (..., g) each row adds up to 1.
        others: (..., g) above 0 where `shares` is.
    """
    terms = shares * np.log(np.where(shares > 0, shares, 1) / np.where(shares > 0, others, 1))
    total: NDArray[np.float64] = terms.sum(axis=-1)
    return total


def _shares(counts: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the shares of counts, all 0 if the counts are."""
    shares: NDArray[np.float64] = counts.astype(np.float64) / max(float(counts.sum()), 1e-9)
    return shares
