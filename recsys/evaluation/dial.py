"""What the calibration and the dial do to lists of ten, in thirds of people by how far their taste is from the crowd's.

The taste of a person is the mix of the genres of all their likes, to which each like counts 1 / n for each of its n
genres. Its distance from the crowd is the divergence KL(person || likes of the train people). The thirds are those of
each split.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.served_lists import answered_ids, list_ndcg, open_recommender
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

FAN_LIKES, FANS, FAN_CARDS = 3, 20, 12
"""A fan likes this many titles of a genre; so many fans of each genre are served so many cards."""

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
class DialMetrics:
    """Metrics of the lists of all newcomers after one number of answers.

    Attributes:
        ndcg: NDCG@10, 0..1.
        hidden: for each third, the nearest first, the share of listed titles beyond the 200 best known, 0..1.
        divergence: for each third, the mean KL(person || list) of genres, in nats.
    """

    ndcg: float
    hidden: tuple[float, ...]
    divergence: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DialRow:
    """One position of the dial, or lists without calibration.

    Attributes:
        name: a key of STYLES.
        metrics: number of answers -> mean over the splits.
    """

    name: str
    metrics: Mapping[int, DialMetrics]

    @property
    def mean(self) -> DialMetrics:
        """Mean over the numbers of answers."""
        return mean_of(list(self.metrics.values()))

    def costs(self, best: Mapping[int, float]) -> dict[int, float]:
        """Return number of answers -> the share of NDCG@10 that is lost against the best; below 0 it gains."""
        return {answers: 1 - metrics.ndcg / best[answers] for answers, metrics in self.metrics.items()}


@dataclass(frozen=True, slots=True)
class FanRow:
    """People who like FAN_LIKES titles of one genre and nothing else.

    Attributes:
        genre: the genre.
        before: the mean number of titles of the genre among their next FAN_CARDS cards without calibration.
        after: the same of balanced lists.
    """

    genre: str
    before: float
    after: float


def mean_of(metrics: Sequence[DialMetrics]) -> DialMetrics:
    """Return the mean of each metric."""
    ndcg, hidden, divergence = zip(*map(astuple, metrics), strict=True)
    return DialMetrics(
        float(np.mean(ndcg)), tuple(np.mean(hidden, axis=0).tolist()), tuple(np.mean(divergence, axis=0).tolist())
    )


class DialEvaluator:
    """Serves the lists of one split and measures them."""

    def __init__(self, dataset: Dataset, train: NDArray[np.int64], people: list[Newcomer]) -> None:
        """Sort the people into thirds.

        Args:
            dataset: the data set of the split.
            train: (n,) positions of the train people. They say which titles are well known and what the crowd likes.
            people: the newcomers to serve.
        """
        is_train = np.isin(dataset.rating_people, train)
        counts = np.bincount(dataset.rating_movies[is_train], minlength=len(dataset.movies)).tolist()
        self._movies = [replace(movie, rating_count=count) for movie, count in zip(dataset.movies, counts, strict=True)]
        self._traits = MovieTraits.of(self._movies, dataset.movie_ids.tolist())
        self._dataset, self._people = dataset, people
        is_like = dataset.rating_stars >= LIKED_FROM
        likes = np.bincount(dataset.rating_movies[is_train & is_like], minlength=len(dataset.movies))
        self._likes = likes
        crowd = _shares((likes[:, np.newaxis] * self._traits.genres).sum(axis=0))
        mixes = np.zeros((len(dataset.user_ids), len(crowd)))
        np.add.at(mixes, dataset.rating_people[is_like], self._traits.genres[dataset.rating_movies[is_like]])
        self._mixes = np.array([_shares(mixes[person.person]) for person in people])
        distances = divergence(self._mixes, np.maximum(crowd, 1e-9))
        ranks = np.argsort(np.argsort(distances, kind="stable"), kind="stable")
        self._third = ranks * THIRDS // max(1, len(people))

    async def recommenders(self, towers: Towers, diversity: float) -> tuple[Recommender, Recommender]:
        """Return the recommender without and with the traits of the movies."""
        without = await open_recommender(self._dataset, towers, diversity)
        return without, without.with_movies(self._movies)

    async def measure(self, recommender: Recommender, style: ListStyle) -> dict[int, DialMetrics]:
        """Return number of answers -> metrics of the lists that are served."""
        answered = answered_ids(self._dataset, self._people)
        metrics = {}
        for answers in ANSWER_COUNTS:
            profiles = profiles_after(self._dataset, self._people, answers)
            picks = await recommender.rank(profiles, TOP_K, answered, style=style)
            lists = [np.searchsorted(self._dataset.movie_ids, [movie_id for movie_id, _ in row]) for row in picks]
            metrics[answers] = self._metrics(lists)
        return metrics

    async def fans(self, without: Recommender, balanced: Recommender, seed: int) -> list[FanRow]:
        """Return a row for each genre of which there are enough liked titles.

        Args:
            without: serves lists without calibration.
            balanced: serves the product's lists.
            seed: draws the titles that the fans like, with probabilities in proportion to their likes.
        """
        rng = np.random.default_rng(seed)
        genres = sorted({name for movie in self._movies for name in movie.genres})
        rows = []
        for genre in genres:
            has_genre = np.array([genre in movie.genres for movie in self._movies])
            likes = self._likes * has_genre
            if np.count_nonzero(likes) < FAN_LIKES + FAN_CARDS:
                continue
            drawn = [rng.choice(len(likes), FAN_LIKES, replace=False, p=likes / likes.sum()) for _ in range(FANS)]
            ids = self._dataset.movie_ids
            profiles = [Profile(ratings=dict.fromkeys(ids[titles].tolist(), LIKE)) for titles in drawn]
            counts = []
            for recommender, style in ((without, UNCALIBRATED), (balanced, DEFAULT_STYLE)):
                lists = await recommender.rank(profiles, FAN_CARDS, style=style)
                listed = np.searchsorted(ids, [movie_id for row in lists for movie_id, _ in row])
                counts.append(float(has_genre[listed].sum()) / FANS)
            rows.append(FanRow(genre, *counts))
        return rows

    def _metrics(self, lists: Sequence[NDArray[np.int64]]) -> DialMetrics:
        ndcg = [list_ndcg(movies, person.likes) for movies, person in zip(lists, self._people, strict=True)]
        hidden = np.array([self._traits.is_hidden[movies].mean() for movies in lists])
        mixes = np.array([_shares(self._traits.genres[movies].sum(axis=0)) for movies in lists])
        divergences = divergence(self._mixes, (1 - LIST_SMOOTHING) * mixes + LIST_SMOOTHING * self._mixes)
        thirds = [self._third == third for third in range(THIRDS)]
        return DialMetrics(
            float(np.mean(ndcg)),
            tuple(float(hidden[third].mean()) if third.any() else 0.0 for third in thirds),
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
