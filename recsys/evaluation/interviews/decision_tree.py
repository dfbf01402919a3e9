"""A baseline policy that bootstraps newcomers by a decision tree.

The tree is that of Golbandi, Koren and Lempel, "Adaptive bootstrapping of recommender systems using decision trees",
WSDM 2011. Each node asks about one title and has a child for every answer: like, dislike (any lower rating), unknown.
A node predicts the ratings of its people by their mean rating of each movie, shrunk towards the mean of its parent. It
asks about the title whose children have the smallest squared error.

Two things differ from the paper. As in the newcomer protocol, a random half of each person's ratings serves as answers
and the other half is predicted; fitted on whole histories, as published, the tree asks less well here. The published
tree asks one question at a time; if several titles are requested, this tree returns the best titles of a node.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.profile import LIKED_FROM, Profile
from recsys.training.exposure import ANSWERABLE_SHARE

CANDIDATES = 300
"""The tree asks only about this many most rated titles."""

LEAST_PEOPLE = 60
"""A child with fewer people is not grown, and the next best title of its parent is asked instead.

Each person counts twice, once with each half of their ratings as the answers.
"""

SHRINKAGE = 30.0
"""Number of ratings with the node's mean that are added to the ratings of each child."""

_LIKED, _DISLIKED, _UNKNOWN = range(3)
"""The three answers to a title, which number the children of a node."""


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """Ratings that the tree is fitted on, for `n` people, `m` movies and `c` candidates.

    Attributes:
        stars: (n, m) sparse float32, the half of the ratings that is predicted.
        likes: (n, c) bool, whether the person's answer to the candidate is a like.
        dislikes: (n, c) bool, whether it is a dislike.
        movie_ids: (c,) int64 ids of the candidates.
    """

    stars: csr_matrix
    likes: NDArray[np.bool_]
    dislikes: NDArray[np.bool_]
    movie_ids: NDArray[np.int64]


@dataclass(slots=True, eq=False)
class _Node:
    """A node of the tree.

    Attributes:
        people: (p,) int64 rows of `_People`.
        titles: movie ids to ask about, best first.
        children: answer -> child, for the answers that were needed so far; None if the child has too few people.
    """

    people: NDArray[np.int64]
    titles: list[int]
    children: dict[int, "_Node | None"] = field(default_factory=dict)


class BootstrappingTree:
    """The decision tree; nodes are grown when a person's answers first lead to them."""

    def __init__(self, dataset: Dataset, people: NDArray[np.int64], seed: int) -> None:
        """Fit the root.

        Args:
            dataset: the data set of the people.
            people: (n,) int64 positions of the train people, ascending.
            seed: draws the halves of their ratings.
        """
        counted = np.isin(dataset.rating_people, people)
        rows = np.searchsorted(people, dataset.rating_people[counted])
        movies, stars = dataset.rating_movies[counted], dataset.rating_stars[counted]
        shape = 2 * len(people), len(dataset.movies)
        candidates = np.argsort(-np.bincount(movies, minlength=shape[1]), kind="stable")[:CANDIDATES]
        # Each person has two rows, one with each half of the ratings as the answers.
        is_answer = np.random.default_rng(seed).random(len(stars)) < ANSWERABLE_SHARE
        answered, predicted = (
            csr_matrix((stars, (np.where(in_first_row, rows, rows + len(people)), movies)), shape=shape)
            for in_first_row in (is_answer, ~is_answer)
        )
        answers = answered[:, candidates].toarray()
        likes = answers >= LIKED_FROM
        self._people = _People(predicted, likes, (answers > 0) & ~likes, dataset.movie_ids[candidates])
        everybody = np.arange(shape[0])
        self._root = _Node(everybody, self._best_titles(everybody))

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """Return the best `n` titles of the node that the person's answers lead to."""
        excluded = {*profile.ratings, *profile.unseen, *shown}
        node = self._root
        while (child := self._child(node, profile)) is not None:
            node = child
        return list(islice((movie_id for movie_id in node.titles if movie_id not in excluded), n))

    def _child(self, node: _Node, profile: Profile) -> _Node | None:
        """Return the child for the answer to the node's title; None without an answer or with too few people."""
        title = node.titles[0]
        if title in profile.ratings:
            answer = _LIKED if profile.ratings[title] >= LIKED_FROM else _DISLIKED
        elif title in profile.unseen:
            answer = _UNKNOWN
        else:
            return None
        if answer not in node.children:
            node.children[answer] = self._grow(node, title, answer)
        return node.children[answer]

    def _grow(self, node: _Node, title: int, answer: int) -> _Node | None:
        column = int(np.flatnonzero(self._people.movie_ids == title)[0])
        likes, dislikes = self._people.likes[node.people, column], self._people.dislikes[node.people, column]
        people = node.people[(likes, dislikes, ~(likes | dislikes))[answer]]
        if len(people) < LEAST_PEOPLE:
            return None
        not_asked = set(node.titles[1:])
        titles = [movie_id for movie_id in self._best_titles(people) if movie_id in not_asked]
        return _Node(people, titles) if titles else None

    def _best_titles(self, people: NDArray[np.int64]) -> list[int]:
        """Rank the candidates by how much the answers reduce the squared error of these people's ratings.

        Let S be the sum, over a child's N ratings of a movie, of the deviations from the node's mean. The child
        predicts S / (N + shrinkage) more than the node, which reduces the squared error by
        S ** 2 * (N + 2 * shrinkage) / (N + shrinkage) ** 2.
        """
        stars = self._people.stars[people]
        stars = stars[:, np.unique(stars.indices)]  # Only the movies that these people have rated.
        counts = np.bincount(stars.indices, minlength=stars.shape[1]).astype(np.float32)
        means = (np.asarray(stars.sum(axis=0)).ravel() / counts).astype(np.float32)
        deviations = csr_matrix((stars.data - means[stars.indices], stars.indices, stars.indptr), shape=stars.shape)
        is_rated = csr_matrix((np.ones_like(stars.data), stars.indices, stars.indptr), shape=stars.shape)
        gains = np.zeros(len(self._people.movie_ids), np.float64)
        rest_counts = counts[:, None]
        rest_sums = np.zeros_like(rest_counts)
        for answers in (self._people.likes[people], self._people.dislikes[people]):
            is_child = answers.astype(np.float32)
            child_sums, child_counts = deviations.T @ is_child, is_rated.T @ is_child
            gains += _error_reduction(child_sums, child_counts)
            rest_sums, rest_counts = rest_sums - child_sums, rest_counts - child_counts
        gains += _error_reduction(rest_sums, rest_counts)
        ranked: list[int] = self._people.movie_ids[np.argsort(-gains, kind="stable")].tolist()
        return ranked


def _error_reduction(sums: NDArray[np.float32], counts: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (c,) float64: the squared error that a child removes, summed over the movies of (m, c) arrays."""
    reduction = sums**2 * (counts + 2 * SHRINKAGE) / (counts + SHRINKAGE) ** 2
    return np.asarray(reduction.sum(axis=0), np.float64)
