"""Fit the item re-ranker: a closed-form regression that predicts hidden likes from a few answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.models.features import DEMOGRAPHIC_SIZES, demographic_codes
from recsys.models.item_reranker import RERANKED, ItemReranker, answer_values, strongest
from recsys.profile import LIKED_FROM, MAX_RATING
from recsys.protocol.metrics import TOP_K, ndcg_at_10
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, Scorer, profiles_after, score_rows
from recsys.training.options import LARGE_CATALOGUE
from recsys.training.rating_blocks import rating_blocks, rating_counts
from storage.records import Movie

WEIGHTED_MOVIES, WEIGHTED_MOVIES_IF_LARGE = 2_000, 10_000
"""Item weights are fitted among this many movies, those with the most ratings. The second number is for catalogues
above LARGE_CATALOGUE.

The fit takes memory by the square of this number (2 GB for 10,000 movies) and time by its cube.
"""

STRONGEST_WEIGHTS = 400
"""Of a large catalogue, each movie keeps its strongest weights only: 10,000 movies take 32 MB."""

PRODUCT_ROWS = 1_000
"""Products of sparse matrices are computed in blocks of so many rows."""

ANSWERS_SEEN = 10
"""The regression sees this many ratings of each person. Tuned for 10 answers, it also works for 1 and for 20."""

REGULARISATION = 3.0
"""Ridge of the item weights, in people who answer about the movie."""

GENRE_SHRINKAGE = 0.15
"""Item weights are shrunk towards this number times the genre similarity of the two movies."""

BEST_STAR_WEIGHT = 1.5
"""Target of a 5-star like; a 4-star like has 1."""

SIDE_REGULARISATION = 1e-3
"""Ridge of the demographics, as a share of the people.

Without it the equations would be singular, because the codes of one question add up to 1.
"""

ITEM_WEIGHT_STRENGTHS = (0.0, 2.0, 3.0, 4.0, 5.0, 6.5)
"""Factors of the item weights that are tried on the validation newcomers."""

BONUS_STRENGTHS = (0.0, 0.15, 0.3, 0.45, 0.7, 1.0, 1.5, 2.5)
"""Factors of the popularity bonus that are tried on the validation newcomers."""


@dataclass(frozen=True, slots=True, eq=False)
class Shortlists:
    """The first stage's best movies for `n` profiles, stored so that many re-rankers can be tried on them.

    Attributes:
        answers: n dicts, position -> stars.
        movies: (n, c) int64, positions.
        scores: (n, c) float32, of the first stage.
        hits: (n, c) bool, whether the movie is a hidden like.
        like_counts: (n,) int64, number of the newcomer's hidden likes.
    """

    answers: tuple[dict[int, float], ...]
    movies: NDArray[np.int64]
    scores: NDArray[np.float32]
    hits: NDArray[np.bool_]
    like_counts: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        people: Sequence[Newcomer],
        scorer: Scorer,
        answer_counts: Sequence[int] = ANSWER_COUNTS,
        length: int = RERANKED,
    ) -> "Shortlists":
        """Collect the best movies of each newcomer after each number of answers, without any of their answers.

        Args:
            dataset: the data set of the people.
            people: the newcomers.
            scorer: the first stage.
            answer_counts: the numbers of answers.
            length: how many movies are collected.
        """
        answers, movies, scores, hits, like_counts = [], [], [], [], []
        for count in answer_counts:
            profiles = profiles_after(dataset, list(people), count)
            for row, newcomer in zip(score_rows(scorer, profiles, len(dataset.movies)), people, strict=True):
                row[[movie for movie, _ in newcomer.answers]] = -np.inf
                # Without the copy, each list would keep the order of all movies in memory.
                best = np.argpartition(-row, min(length, len(row)) - 1)[:length].copy()
                answers.append(dict(newcomer.answers[:count]))
                movies.append(best)
                scores.append(row[best])
                hits.append(np.isin(best, newcomer.likes))
                like_counts.append(len(newcomer.likes))
        return cls(tuple(answers), np.array(movies), np.array(scores), np.array(hits), np.array(like_counts, np.int64))

    def ndcg(self, adjustments: NDArray[np.float32] | float = 0.0) -> float:
        """Return the mean NDCG@10 after (n, c) numbers are added to the scores."""
        scores = self.scores + adjustments
        order = np.argsort(-scores, axis=1, kind="stable")[:, :TOP_K]
        return float(ndcg_at_10(np.take_along_axis(self.hits, order, axis=1), self.like_counts).mean())

    def score_adjustments(self, reranker: ItemReranker) -> NDArray[np.float32]:
        """Return the (n, c) float32 numbers that a re-ranker adds to the scores."""
        rows = [
            reranker.score_adjustments(answers, movies)
            for answers, movies in zip(self.answers, self.movies, strict=True)
        ]
        return np.array(rows, np.float32).reshape(self.scores.shape)


def fit_item_reranker(dataset: Dataset, people: NDArray[np.int64], lists: Shortlists) -> ItemReranker:
    """Fit a re-ranker to the people's ratings, and choose its strengths by the NDCG@10 of validation newcomers.

    Of strengths with equal NDCG@10 the lowest are chosen. A re-ranker that does not help changes nothing.

    Args:
        people: (n,) positions in the data set of the people to fit to.
        lists: shortlists of the validation newcomers.
    """
    reranker = fit_regression(dataset, people)
    weights_only = replace(reranker, popularity_bonus=np.zeros_like(reranker.popularity_bonus))
    bonus_only = replace(reranker, item_weights=np.zeros_like(reranker.item_weights))
    weight_adjustments, bonus_adjustments = lists.score_adjustments(weights_only), lists.score_adjustments(bonus_only)
    ndcg = {
        (weight_strength, bonus_strength): lists.ndcg(
            weight_strength * weight_adjustments + bonus_strength * bonus_adjustments
        )
        for weight_strength in ITEM_WEIGHT_STRENGTHS
        for bonus_strength in BONUS_STRENGTHS
    }
    weight_strength, bonus_strength = max(ndcg, key=lambda strengths: (ndcg[strengths], -sum(strengths)))
    if weight_strength == 0:
        # No weights at all are the same as weights of 0, and take no memory.
        reranker = replace(ItemReranker.none(len(dataset.movies)), popularity_bonus=reranker.popularity_bonus)
    return replace(
        reranker,
        item_weights=reranker.item_weights * np.float32(weight_strength),
        popularity_bonus=reranker.popularity_bonus * np.float32(bonus_strength),
    )


def fit_regression(dataset: Dataset, people: NDArray[np.int64]) -> ItemReranker:
    """Return the re-ranker of strength 1: regression weights, and the centred log of each movie's like count.

    ANSWERS_SEEN ratings of each person, drawn at random, and their demographics are seen. A linear model predicts which
    of the remaining movies they like; every person has the same weight. The mean over all draws is taken in closed
    form: of a person's `n` ratings, two are seen together with probability k (k - 1) / n (n - 1), and one is seen and
    another one hidden with probability k (n - k) / n (n - 1).

    So the model is fitted to few answers, as a newcomer gives them, whereas EASE (Steck, WWW 2019, arXiv:1905.03375) is
    fitted to complete histories. It is a linear denoising autoencoder (Steck, NeurIPS 2020) with a loss over hidden
    ratings only. As in both, the weight of a movie for itself is 0. Weights are shrunk towards the genre similarity
    instead of 0. The weights of the demographics are dropped, because the user tower covers these effects.

    Args:
        people: (n,) positions in the data set of the people to fit to.
    """
    count, movies = len(dataset.movies), weighted_movies(dataset, people)
    side = side_information(dataset, people)
    like_counts = np.zeros(count, np.int64)
    inputs = np.zeros((len(movies) + side.shape[1],) * 2, np.float32)
    targets = np.zeros((len(movies) + side.shape[1], len(movies)), np.float32)
    first = 0
    for block in rating_blocks(dataset, people):
        like_targets = np.where(block.stars >= MAX_RATING, BEST_STAR_WEIGHT, 1) * (block.stars >= LIKED_FROM)
        answers = block.matrix(answer_values(block.stars), movies)
        likes = block.matrix(like_targets.astype(np.float32), movies)
        chances, own_side = _Chances.of(block.counts()), side[first : first + len(block.people)]
        _add_input_products(inputs, answers, own_side, chances)
        _add_target_products(targets, answers, likes, own_side, chances)
        like_counts += np.bincount(block.movies[block.stars >= LIKED_FROM], minlength=count)
        first += len(block.people)
    ridge = np.full(len(inputs), REGULARISATION, np.float32)
    ridge[len(movies) :] = SIDE_REGULARISATION * len(people)
    inputs[np.arange(len(inputs)), np.arange(len(inputs))] += ridge
    genre_similarity = _genre_similarity([dataset.movies[movie] for movie in movies.tolist()])
    genre_similarity *= np.float32(REGULARISATION * GENRE_SHRINKAGE)
    targets[: len(movies)] += genre_similarity
    np.fill_diagonal(targets, 0)
    del genre_similarity
    is_large = count > LARGE_CATALOGUE
    inverse = inverse_in_place(inputs) if is_large else np.linalg.inv(inputs)
    del inputs
    weights = _solve_without_self(inverse[: len(movies)], targets).astype(np.float32, copy=False)
    bonus = _popularity_bonus(like_counts)
    if is_large:
        kept, columns = strongest(weights, STRONGEST_WEIGHTS)
        return ItemReranker(movies, kept, bonus, columns)
    return ItemReranker(movies, weights, bonus)


def weighted_movies(dataset: Dataset, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ascending positions of the movies that have item weights: those that the people rated most."""
    most = WEIGHTED_MOVIES_IF_LARGE if len(dataset.movies) > LARGE_CATALOGUE else WEIGHTED_MOVIES
    return np.sort(np.argsort(-rating_counts(dataset, people), kind="stable")[:most])


def side_information(dataset: Dataset, people: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return (p, 1 + codes) float32: an intercept of 1, and one-hot codes of gender, age group and occupation."""
    codes = demographic_codes(dataset.genders, dataset.ages, dataset.occupations)[people]
    one_hot = [np.eye(size, dtype=np.float32)[column] for size, column in zip(DEMOGRAPHIC_SIZES, codes.T, strict=True)]
    return np.concatenate([np.ones((len(people), 1), np.float32), *one_hot], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Chances:
    """Probabilities over the random draws, (p,) float32 each, one for each person.

    Attributes:
        seen: a rating is seen.
        hidden: a rating is hidden.
        both_seen: two ratings are both seen.
        seen_and_hidden: one rating is seen and another one is hidden.
    """

    seen: NDArray[np.floating[Any]]
    hidden: NDArray[np.floating[Any]]
    both_seen: NDArray[np.floating[Any]]
    seen_and_hidden: NDArray[np.floating[Any]]

    @classmethod
    def of(cls, rating_counts: NDArray[np.int64]) -> "_Chances":
        """Compute the probabilities; a person has at least ANSWERS_SEEN + 1 ratings here, so that one is hidden."""
        counts = np.maximum(rating_counts, ANSWERS_SEEN + 1).astype(np.float32)
        seen = ANSWERS_SEEN / counts
        both_seen, seen_and_hidden = (
            seen * others / (counts - 1) for others in (ANSWERS_SEEN - 1, counts - ANSWERS_SEEN)
        )
        return cls(seen, 1 - ANSWERS_SEEN / counts, both_seen, seen_and_hidden)


def _add_input_products(
    products: NDArray[np.float32], answers: csr_matrix, side: NDArray[np.float32], chances: _Chances
) -> None:
    """Add the expected products of the seen answers and the side information of some people.

    Args:
        products: (c + s, c + s), changed in place.
        answers: (p, c) values of all ratings.
        side: (p, s) side information.
        chances: of these people.
    """
    size = answers.shape[1]
    diagonal = np.arange(size)
    single = products[diagonal, diagonal] + answers.multiply(answers).T @ chances.seen
    add_product(products[:size, :size], answers, answers.multiply(chances.both_seen[:, np.newaxis]).tocsr())
    products[diagonal, diagonal] = single
    by_side = answers.T @ (side * chances.seen[:, np.newaxis])
    products[:size, size:] += by_side
    products[size:, :size] += by_side.T
    products[size:, size:] += side.T @ side


def _add_target_products(
    products: NDArray[np.float32],
    answers: csr_matrix,
    likes: csr_matrix,
    side: NDArray[np.float32],
    chances: _Chances,
) -> None:
    """Add the expected products of the inputs and the hidden likes of some people.

    Args:
        products: (c + s, c), changed in place.
        answers: (p, c) values of all ratings.
        likes: (p, c) targets of all ratings.
        side: (p, s) side information.
        chances: of these people.
    """
    size = answers.shape[1]
    add_product(products[:size], answers, likes.multiply(chances.seen_and_hidden[:, np.newaxis]).tocsr())
    products[size:] += (likes.T @ (side * chances.hidden[:, np.newaxis])).T


def add_product(total: NDArray[np.float32], left: csr_matrix, right: csr_matrix) -> None:
    """Add left.T @ right, (c, d), to `total` in place, a block of rows at a time.

    The whole product is dense, and as a sparse matrix it takes twice as much memory as `total`.
    """
    columns = left.tocsc()
    for start in range(0, left.shape[1], PRODUCT_ROWS):
        rows = slice(start, start + PRODUCT_ROWS)
        total[rows] += (columns[:, rows].T @ right).toarray()


def inverse_in_place(products: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace the (n, n) products of the inputs, which are symmetric and positive definite, by their inverse.

    Cholesky's method works in one array of double precision. `np.linalg.inv` takes four such arrays and 2.7 times the
    operations.

    Returns:
        The same array.

    Raises:
        LinAlgError: the products are not positive definite; the ridge of the inputs keeps them so.
    """
    factor, failed = dpotrf(products.astype(np.float64, order="F"), lower=1, clean=0, overwrite_a=1)
    if not failed:
        factor, failed = dpotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise np.linalg.LinAlgError("the products of the inputs are not positive definite")
    products[...] = factor
    for column in range(len(products)):  # Only the lower triangle is computed.
        products[column, column + 1 :] = products[column + 1 :, column]
    return products


def _solve_without_self(inverse: NDArray[np.floating[Any]], targets: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    """Return the (c, c) least-squares weights of the movies, constrained to a diagonal of 0.

    Args:
        inverse: (c, c + s), the rows of the movies in the inverse of the products of the inputs.
        targets: (c + s, c) products of inputs and targets.
    """
    size = targets.shape[1]
    weights = inverse @ targets
    weights -= inverse[:, :size] * (np.diag(weights) / np.diag(inverse))
    np.fill_diagonal(weights, 0)
    return weights


def _popularity_bonus(like_counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return (m,) float32, the log of the like counts, shifted so that its mean over all likes is 0."""
    bonus = np.log1p(like_counts)
    bonus -= (bonus @ like_counts) / max(1, like_counts.sum())
    return bonus.astype(np.float32)


def _genre_similarity(movies: Sequence[Movie]) -> NDArray[np.float32]:
    """Return (c, c) float32, the cosine of the movies' genres weighted by inverse frequency; 0 without genres."""
    genres = sorted({genre for movie in movies for genre in movie.genres})
    has_genre = np.array([[genre in movie.genres for genre in genres] for movie in movies], np.float32)
    weighted = has_genre.reshape(len(movies), len(genres)) * np.log(len(movies) / np.maximum(1, has_genre.sum(axis=0)))
    unit = (weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    similarity: NDArray[np.float32] = unit @ unit.T
    return similarity
