"""Fitting the second stage: ridge regression of every movie's likes on the answers about all other movies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.links import RERANKED, Links, answer_values
from recsys.training.protocol import ANSWER_COUNTS, LIKED_FROM, TOP_K, Newcomer, Scorer, profiles_after
from storage.records import Movie

LINKED_MOVIES = 2_000
"""The best known movies are linked; the fit takes memory by the square of their number and time by its cube."""

REGULARISATIONS = (500.0, 1_500.0, 5_000.0)
"""In answers of 5 stars."""

STRENGTHS = (5.0, 7.0, 10.0, 14.0, 20.0, 28.0)
"""Of a link, in units of the score."""

KINSHIP = 0.02
"""The link that two movies of the very same genres have while nothing else is known."""

POPULARITY_SHIFTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)

_DISCOUNTS = 1 / np.log2(np.arange(2, TOP_K + 2))


@dataclass(frozen=True, slots=True, eq=False)
class Shortlists:
    """What the first stage finds best for `n` profiles, to try second stages on without asking it again.

    Attributes:
        answers: position -> stars, of each profile.
        movies: (n, c) int64, positions.
        scores: (n, c) float32.
        hits: (n, c) bool, whether the movie is a hidden like.
        ideals: (n,) the best DCG that there could be.
    """

    answers: tuple[dict[int, float], ...]
    movies: NDArray[np.int64]
    scores: NDArray[np.float32]
    hits: NDArray[np.bool_]
    ideals: NDArray[np.float64]

    @classmethod
    def of(cls, dataset: Dataset, people: Sequence[Newcomer], scorer: Scorer) -> "Shortlists":
        """The best RERANKED movies of each newcomer after each number of answers, their 20 answers left out."""
        answers, movies, scores, hits, ideals = [], [], [], [], []
        for count in ANSWER_COUNTS:
            table = np.array(scorer.scores(profiles_after(dataset, list(people), count)), np.float32)
            for row, one in zip(table, people, strict=True):
                row[[movie for movie, _ in one.answers]] = -np.inf
                found = np.argpartition(-row, min(RERANKED, len(row)) - 1)[:RERANKED]
                answers.append(dict(one.answers[:count]))
                movies.append(found)
                scores.append(row[found])
                hits.append(np.isin(found, one.likes))
                ideals.append(_DISCOUNTS[: min(TOP_K, len(one.likes))].sum())
        return cls(tuple(answers), np.array(movies), np.array(scores), np.array(hits), np.array(ideals))

    def ndcg(self, added: NDArray[np.float32] | float = 0.0) -> float:
        """Mean NDCG@10 once (n, c) numbers are added to the scores."""
        scores = self.scores + added
        order = np.argsort(-scores, axis=1, kind="stable")[:, :TOP_K]
        gains = np.take_along_axis(self.hits, order, axis=1) * _DISCOUNTS[: order.shape[1]]
        return float((gains.sum(axis=1) / self.ideals).mean())

    def linked(self, links: Links) -> NDArray[np.float32]:
        """(n, c) float32: what links add to the scores."""
        each = [
            links.contributions(answers, found).sum(axis=0)
            for answers, found in zip(self.answers, self.movies, strict=True)
        ]
        return np.array(each, np.float32).reshape(self.scores.shape)


def best_popularity_shift(lists: Shortlists, log_popularity: NDArray[np.float32]) -> float:
    """How much of the log of a movie's popularity its bias lacks.

    The softmax's focus on likes that can stand on top makes taste count for more, and fame for less, than is right.

    Args:
        lists: of the validation newcomers.
        log_popularity: (m,).
    """
    return max(POPULARITY_SHIFTS, key=lambda shift: (lists.ndcg(shift * log_popularity[lists.movies]), -shift))


def fit_links(dataset: Dataset, people: NDArray[np.int64], lists: Shortlists) -> Links:
    """Links fitted to the people's ratings; of several, those that serve the validation newcomers best, or none.

    As in EASE (Steck, WWW 2019, arXiv:1905.03375) no movie speaks for itself; but answers count by their stars, likes
    are what is foretold, and links are drawn towards kinship by genres instead of towards nothing.

    Args:
        dataset: what the people are of.
        people: positions of the people to fit to.
        lists: of the validation newcomers.
    """
    best, best_ndcg = Links.none(len(dataset.movies)), lists.ndcg()
    equations = _Equations.of(dataset, people)
    for regularisation in REGULARISATIONS:
        links = equations.solve(regularisation)
        added = lists.linked(links)
        for strength in STRENGTHS:
            ndcg = lists.ndcg(strength * added)
            if ndcg > best_ndcg:
                best, best_ndcg = Links(links.targets, links.weights * np.float32(strength)), ndcg
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Equations:
    """The normal equations of the regression over `c` linked movies.

    Attributes:
        movies: (c,) positions among all `m`.
        answers: (c, c) float32, answers in common.
        likes: (c, c) float32, answers (rows) and likes (columns) in common.
        kinship: (c, c) float32, cosine of the movies' genres, the rarer the weightier.
        movie_count: m.
    """

    movies: NDArray[np.int64]
    answers: NDArray[np.float32]
    likes: NDArray[np.float32]
    kinship: NDArray[np.float32]
    movie_count: int

    @classmethod
    def of(cls, dataset: Dataset, people: NDArray[np.int64]) -> "_Equations":
        count = len(dataset.movies)
        is_fitted = np.isin(dataset.rating_people, people)
        rows, columns = dataset.rating_people[is_fitted], dataset.rating_movies[is_fitted]
        stars = dataset.rating_stars[is_fitted]
        known = np.bincount(columns, minlength=count)
        movies = np.sort(np.argsort(-known, kind="stable")[:LINKED_MOVIES])
        shape = (len(dataset.user_ids), count)
        answers = csr_matrix((answer_values(stars), (rows, columns)), shape=shape)[:, movies]
        likes = csr_matrix(((stars >= LIKED_FROM).astype(np.float32), (rows, columns)), shape=shape)[:, movies]
        return cls(
            movies,
            (answers.T @ answers).toarray(),
            (answers.T @ likes).toarray(),
            _kinship([dataset.movies[movie] for movie in movies.tolist()]),
            count,
        )

    def solve(self, regularisation: float) -> Links:
        """The strongest links; no movie has one to itself."""
        inverse = np.linalg.inv(self.answers + np.float32(regularisation) * np.eye(len(self.movies), dtype=np.float32))
        weights = inverse @ (self.likes + np.float32(regularisation * KINSHIP) * self.kinship)
        weights -= inverse * (np.diag(weights) / np.diag(inverse))
        np.fill_diagonal(weights, 0)
        strongest = Links.strongest(weights.astype(np.float32, copy=False))
        shape = (self.movie_count, strongest.targets.shape[1])
        links = Links(np.zeros(shape, np.int32), np.zeros(shape, np.float32))
        links.targets[self.movies] = self.movies[strongest.targets]
        links.weights[self.movies] = strongest.weights
        return links


def _kinship(movies: Sequence[Movie]) -> NDArray[np.float32]:
    """(c, c) float32 cosine of the genres, each weighted by the log of how few movies have it; 0 without genres."""
    genres = sorted({genre for movie in movies for genre in movie.genres})
    has = np.array([[genre in movie.genres for genre in genres] for movie in movies], np.float32)
    weighted = has.reshape(len(movies), len(genres)) * np.log(len(movies) / np.maximum(1, has.sum(axis=0)))
    unit = (weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    kinship: NDArray[np.float32] = unit @ unit.T
    return kinship
