"""Fitting the second stage: a regression that foretells hidden likes from a few answers, solved in closed form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.models.features import DEMOGRAPHIC_SIZES, demographic_codes
from recsys.models.item_reranker import RERANKED, ItemReranker, answer_values
from recsys.profile import LIKED_FROM, MAX_RATING
from recsys.protocol.metrics import TOP_K, ndcg_at_10
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, Scorer, profiles_after
from storage.records import Movie

LINKED_MOVIES = 2_000
"""The best known movies are linked; the fit takes memory by the square of their number and time by its cube."""

TOLD = 10
"""How many of a person's ratings the regression is told; tuned for ten answers it serves one and twenty as well."""

REGULARISATION = 3.0
"""In people who tell of the movie."""

KINSHIP = 0.15
"""The link that two movies of the very same genres have while nothing else is known."""

BEST_STAR_WEIGHT = 1.5
"""Of a 5-star like, where a 4-star one has 1."""

SIDE_REGULARISATION = 1e-3
"""Of demographics, as a share of the people: they add up to one another, and nothing else keeps them apart."""

STRENGTHS = (0.0, 2.0, 3.0, 4.0, 5.0, 6.5)
"""Of a link, in units of the score."""

FAMES = (0.0, 0.15, 0.3, 0.45, 0.7, 1.0, 1.5, 2.5)
"""Of the log of how many people like a movie."""


@dataclass(frozen=True, slots=True, eq=False)
class Shortlists:
    """What the first stage finds best for `n` profiles, to try second stages on without asking it again.

    Attributes:
        answers: position -> stars, of each profile.
        movies: (n, c) int64, positions.
        scores: (n, c) float32.
        hits: (n, c) bool, whether the movie is a hidden like.
        like_counts: (n,) int64, how many hidden likes the newcomer has.
    """

    answers: tuple[dict[int, float], ...]
    movies: NDArray[np.int64]
    scores: NDArray[np.float32]
    hits: NDArray[np.bool_]
    like_counts: NDArray[np.int64]

    @classmethod
    def of(cls, dataset: Dataset, people: Sequence[Newcomer], scorer: Scorer) -> "Shortlists":
        """The best RERANKED movies of each newcomer after each number of answers, their 20 answers left out."""
        answers, movies, scores, hits, like_counts = [], [], [], [], []
        for count in ANSWER_COUNTS:
            table = np.array(scorer.scores(profiles_after(dataset, list(people), count)), np.float32)
            for row, one in zip(table, people, strict=True):
                row[[movie for movie, _ in one.answers]] = -np.inf
                found = np.argpartition(-row, min(RERANKED, len(row)) - 1)[:RERANKED]
                answers.append(dict(one.answers[:count]))
                movies.append(found)
                scores.append(row[found])
                hits.append(np.isin(found, one.likes))
                like_counts.append(len(one.likes))
        return cls(tuple(answers), np.array(movies), np.array(scores), np.array(hits), np.array(like_counts, np.int64))

    def ndcg(self, added: NDArray[np.float32] | float = 0.0) -> float:
        """Mean NDCG@10 once (n, c) numbers are added to the scores."""
        scores = self.scores + added
        order = np.argsort(-scores, axis=1, kind="stable")[:, :TOP_K]
        return float(ndcg_at_10(np.take_along_axis(self.hits, order, axis=1), self.like_counts).mean())

    def added(self, links: ItemReranker) -> NDArray[np.float32]:
        """(n, c) float32: what the second stage adds to the scores."""
        each = [links.added(answers, found) for answers, found in zip(self.answers, self.movies, strict=True)]
        return np.array(each, np.float32).reshape(self.scores.shape)


def fit_item_reranker(dataset: Dataset, people: NDArray[np.int64], lists: Shortlists) -> ItemReranker:
    """ItemReranker fitted to the people's ratings, as strong as serves the validation newcomers best, or none.

    Args:
        dataset: what the people are of.
        people: positions of the people to fit to.
        lists: of the validation newcomers.
    """
    links = regressed(dataset, people)
    linked, famed = (
        lists.added(part)
        for part in (
            replace(links, popularity_bonus=np.zeros_like(links.popularity_bonus)),
            replace(links, item_weights=np.zeros_like(links.item_weights)),
        )
    )
    tried = {(strength, fame): lists.ndcg(strength * linked + fame * famed) for strength in STRENGTHS for fame in FAMES}
    strength, fame = max(tried, key=lambda one: (tried[one], -sum(one)))
    if strength == 0:
        links = replace(ItemReranker.none(len(dataset.movies)), popularity_bonus=links.popularity_bonus)
    return replace(
        links,
        item_weights=links.item_weights * np.float32(strength),
        popularity_bonus=links.popularity_bonus * np.float32(fame),
    )


def regressed(dataset: Dataset, people: NDArray[np.int64]) -> ItemReranker:
    """The links of strength 1, and the log of how many of the people like each movie, less its mean.

    Every person tells TOLD of their ratings, drawn at random, and their demographics; a linear model foretells which of
    the others they like, and every person counts alike. The mean over all draws is taken in closed form: two of `n`
    ratings are told together with chance k (k - 1) / n (n - 1), and one is told and another hidden with chance
    k (n - k) / n (n - 1). So it learns from few answers, as a newcomer gives them, where EASE (Steck, WWW 2019,
    arXiv:1905.03375) learns from whole histories; a linear denoising autoencoder (Steck, NeurIPS 2020) in which only
    what is hidden counts. As in both no movie speaks for itself. Weights are shrunk towards genre similarity instead of
    zero. What gender, age and occupation say is the user tower's to tell: their weights are dropped.

    Args:
        dataset: what the people are of.
        people: positions of the people to fit to.
    """
    count = len(dataset.movies)
    is_fitted = np.isin(dataset.rating_people, people)
    owners, columns = dataset.rating_people[is_fitted], dataset.rating_movies[is_fitted]
    stars = dataset.rating_stars[is_fitted]
    known = np.bincount(columns, minlength=count)
    movies = np.sort(np.argsort(-known, kind="stable")[:LINKED_MOVIES])
    shape = (len(dataset.user_ids), count)
    liked = np.where(stars >= MAX_RATING, BEST_STAR_WEIGHT, 1) * (stars >= LIKED_FROM)
    answers, likes = (
        csr_matrix((values.astype(np.float32), (owners, columns)), shape=shape)[people][:, movies]
        for values in (answer_values(stars), liked)
    )
    ratings = np.maximum(np.bincount(owners, minlength=shape[0])[people], TOLD + 1).astype(np.float32)
    told, hidden = TOLD / ratings, 1 - TOLD / ratings
    both_told, told_and_hidden = (told * more / (ratings - 1) for more in (TOLD - 1, ratings - TOLD))

    side = side_information(dataset, people)
    size, sides = len(movies), side.shape[1]
    inputs = np.zeros((size + sides,) * 2, np.float32)
    inputs[:size, :size] = (answers.T @ answers.multiply(both_told[:, np.newaxis]).tocsr()).toarray()
    inputs[np.arange(size), np.arange(size)] = answers.multiply(answers).T @ told + REGULARISATION
    inputs[:size, size:] = answers.T @ (side * told[:, np.newaxis])
    inputs[size:, :size] = inputs[:size, size:].T
    inputs[size:, size:] = side.T @ side + SIDE_REGULARISATION * len(people) * np.eye(sides, dtype=np.float32)

    kinship = _kinship([dataset.movies[movie] for movie in movies.tolist()])
    targets = np.zeros((size + sides, size), np.float32)
    targets[:size] = (answers.T @ likes.multiply(told_and_hidden[:, np.newaxis]).tocsr()).toarray()
    targets[:size] += np.float32(REGULARISATION * KINSHIP) * kinship
    targets[np.arange(size), np.arange(size)] = 0
    targets[size:] = (likes.T @ (side * hidden[:, np.newaxis])).T

    inverse = np.linalg.inv(inputs)[:size]
    weights = inverse @ targets
    weights -= inverse[:, :size] * (np.diag(weights) / np.diag(inverse))
    np.fill_diagonal(weights, 0)

    popularity = np.bincount(columns[stars >= LIKED_FROM], minlength=count)
    fame = np.log1p(popularity)
    fame -= (fame @ popularity) / max(1, popularity.sum())
    return ItemReranker(movies, weights.astype(np.float32, copy=False), fame.astype(np.float32))


def side_information(dataset: Dataset, people: NDArray[np.int64]) -> NDArray[np.float32]:
    """(p, 1 + codes) float32: 1, and 1 for each person's gender, age group and occupation."""
    codes = demographic_codes(dataset.genders, dataset.ages, dataset.occupations)[people]
    one_hot = [np.eye(size, dtype=np.float32)[column] for size, column in zip(DEMOGRAPHIC_SIZES, codes.T, strict=True)]
    return np.concatenate([np.ones((len(people), 1), np.float32), *one_hot], axis=1)


def _kinship(movies: Sequence[Movie]) -> NDArray[np.float32]:
    """(c, c) float32 cosine of the genres, each weighted by the log of how few movies have it; 0 without genres."""
    genres = sorted({genre for movie in movies for genre in movie.genres})
    has = np.array([[genre in movie.genres for genre in genres] for movie in movies], np.float32)
    weighted = has.reshape(len(movies), len(genres)) * np.log(len(movies) / np.maximum(1, has.sum(axis=0)))
    unit = (weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    kinship: NDArray[np.float32] = unit @ unit.T
    return kinship
