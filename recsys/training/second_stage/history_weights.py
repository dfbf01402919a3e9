"""Fit the item weights for long histories, a linear autoencoder of complete histories, and choose their strength."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.models.item_reranker import RERANKED_IF_LONG, ItemReranker, history_values, strongest
from recsys.protocol.newcomers import Scorer, newcomers
from recsys.training.options import LARGE_CATALOGUE
from recsys.training.rating_blocks import rating_blocks
from recsys.training.second_stage.item_reranker import (
    STRONGEST_WEIGHTS,
    Shortlists,
    add_product,
    inverse_in_place,
    weighted_movies,
)

HISTORY_ANSWER_COUNTS = (50, 100, 200)
"""The strength is chosen on validation people after these numbers of answers, as far as they have so many ratings."""

HISTORY_STRENGTHS = (0.0, 4.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0)
"""Factors of the weights that are tried on the validation people."""

DROPOUT = 0.6
"""The share of a history that is dropped before it is reconstructed, in the mean over all draws."""

REGULARISATION = 500.0
"""Ridge of the weights, in people who like the movie. It comes on top of that of the dropout."""


def history_shortlists(
    dataset: Dataset, people: NDArray[np.int64], seed: int, draws: int, scorer: Scorer
) -> list[Shortlists]:
    """Return the first stage's best movies for people with long histories.

    Args:
        dataset: the data set of the people.
        people: (n,) positions of the validation people.
        seed: draws the order of their ratings.
        draws: how often it is drawn.
        scorer: the first stage.

    Returns:
        One object for each of HISTORY_ANSWER_COUNTS, without those that nobody has enough ratings for.
    """
    lists = []
    for count in HISTORY_ANSWER_COUNTS:
        drawn = [person for draw in range(draws) for person in newcomers(dataset, people, seed + draw, count)]
        if drawn:
            lists.append(Shortlists.of(dataset, drawn, scorer, (count,), RERANKED_IF_LONG))
    return lists


def with_history_weights(
    reranker: ItemReranker, dataset: Dataset, people: NDArray[np.int64], lists: Sequence[Shortlists]
) -> ItemReranker:
    """Return the re-ranker with item weights for long histories, or as it is if they do not help.

    Their strength is the lowest of those with the best NDCG@10 of validation people, as the mean over the numbers of
    answers.

    Args:
        reranker: fitted to few answers.
        dataset: the data set of the people.
        people: (n,) positions of the people to fit to.
        lists: shortlists of validation people, see `history_shortlists`; without any, no weights are fitted.
    """
    if not lists:
        return reranker
    if len(reranker.movies) == 0:
        movies = weighted_movies(dataset, people)
        nothing = np.zeros((len(movies), 1))
        reranker = replace(
            reranker, movies=movies, item_weights=nothing.astype(np.float32), columns=nothing.astype(np.int32)
        )
    weights = fit_history_weights(dataset, people, reranker.movies)
    columns = np.zeros((0, 0), np.int32)
    if len(dataset.movies) > LARGE_CATALOGUE:
        weights, columns = strongest(weights, STRONGEST_WEIGHTS)
    complete = replace(reranker, history_weights=weights, history_columns=columns)
    without = replace(complete, history_weights=np.zeros_like(weights))
    ndcg = [0.0] * len(HISTORY_STRENGTHS)
    for of_count in lists:
        plain, changed = of_count.score_adjustments(without), of_count.score_adjustments(complete)
        for place, strength in enumerate(HISTORY_STRENGTHS):
            ndcg[place] += of_count.ndcg(plain + strength * (changed - plain))
    best = int(np.argmax(ndcg))
    if ndcg[best] <= sum(of_count.ndcg(of_count.score_adjustments(reranker)) for of_count in lists):
        return reranker
    return replace(complete, history_weights=weights * np.float32(HISTORY_STRENGTHS[best]))


def fit_history_weights(dataset: Dataset, people: NDArray[np.int64], movies: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the weights of strength 1, (c, c) float32, from answered movies (rows) to scored movies.

    Every movie is predicted from all others by ridge regression, in closed form (EASE: Steck, WWW 2019,
    arXiv:1905.03375). Inputs and targets are the `history_values` of all ratings of a person. The ridge has a part in
    proportion to the sum of squares of each movie, as if a share of every history was dropped at random before it is
    reconstructed (EDLAE: Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020).

    Args:
        dataset: the data set of the people.
        people: (n,) positions of the people to fit to.
        movies: (c,) ascending positions of the movies that have weights.
    """
    products = np.zeros((len(movies), len(movies)), np.float32)
    for block in rating_blocks(dataset, people):
        values = block.matrix(history_values(block.stars), movies)
        add_product(products, values, values)
    diagonal = np.arange(len(movies))
    products[diagonal, diagonal] += REGULARISATION + DROPOUT / (1 - DROPOUT) * products[diagonal, diagonal]
    inverse = inverse_in_place(products) if len(dataset.movies) > LARGE_CATALOGUE else np.linalg.inv(products)
    weights = (-inverse / np.diag(inverse)).astype(np.float32, copy=False)
    weights[diagonal, diagonal] = 0
    return weights
