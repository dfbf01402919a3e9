"""Bootstrapping by a decision tree, an adaptive way to choose which titles a newcomer is shown.

From Golbandi, Koren and Lempel, "Adaptive bootstrapping of recommender systems using decision trees", WSDM 2011. Each
node asks about one title and has a child for every answer: like, dislike (which is all that is less), unknown. It takes
the title whose children predict the ratings of their people best, which is the mean of their ratings of each movie,
drawn towards the mean of the node. As with newcomers, a random half of the ratings answers and the other half is what
is predicted; trained on whole histories, as published, it asks worse here. The tree is published for one question at a
time; asked for several, a node shows its best titles.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.profile import LIKED_FROM, Profile
from recsys.training.exposure import ANSWERABLE

CANDIDATES = 300
"""The most rated titles, which alone are asked about."""

LEAST_PEOPLE = 60
"""A node of fewer people is not made, and the next best titles of its parent are asked about; each person is two."""

SHRINKAGE = 30.0
"""Ratings of the node's mean that are added to those of each child."""

_LIKED, _DISLIKED, _UNKNOWN = range(3)
"""The three answers to a title, which number the children of a node."""


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """What the tree learns from: `n` people, `m` movies, `c` candidates.

    Attributes:
        stars: (n, m) sparse float32, the half of the ratings that is predicted.
        likes: (n, c) bool, whose answer to the candidate would be a like.
        dislikes: (n, c) bool.
        movie_ids: (c,) int64, of the candidates.
    """

    stars: csr_matrix
    likes: NDArray[np.bool_]
    dislikes: NDArray[np.bool_]
    movie_ids: NDArray[np.int64]


@dataclass(slots=True, eq=False)
class _Node:
    """Some of the people, the titles to ask them about (the best first), and the children that were needed so far."""

    people: NDArray[np.int64]
    titles: list[int]
    children: dict[int, "_Node | None"] = field(default_factory=dict)


class BootstrappingTree:
    """The tree, which grows where somebody's answers lead."""

    def __init__(self, dataset: Dataset, people: NDArray[np.int64], seed: int) -> None:
        """Learn from the ratings of `people`, (n,) int64 positions in the data set; the seed halves them."""
        counted = np.isin(dataset.rating_people, people)
        rows = np.searchsorted(people, dataset.rating_people[counted])
        movies, stars = dataset.rating_movies[counted], dataset.rating_stars[counted]
        shape = 2 * len(people), len(dataset.movies)
        candidates = np.argsort(-np.bincount(movies, minlength=shape[1]), kind="stable")[:CANDIDATES]
        # Everybody stands here twice, once with each half as the answers.
        asks = np.random.default_rng(seed).random(len(stars)) < ANSWERABLE
        asked, predicted = (
            csr_matrix((stars, (np.where(first, rows, rows + len(people)), movies)), shape=shape)
            for first in (asks, ~asks)
        )
        answered = asked[:, candidates].toarray()
        likes = answered >= LIKED_FROM
        self._people = _People(predicted, likes, (answered > 0) & ~likes, dataset.movie_ids[candidates])
        everybody = np.arange(shape[0])
        self._root = _Node(everybody, self._best_titles(everybody))

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """The title of the node where the answers lead; asked for more, the next best of that node."""
        out = {*profile.ratings, *profile.unseen, *shown}
        node = self._root
        while (child := self._child(node, profile)) is not None:
            node = child
        return list(islice((movie_id for movie_id in node.titles if movie_id not in out), n))

    def _child(self, node: _Node, profile: Profile) -> _Node | None:
        """Where the answer to the node's title leads; None without an answer, or where too few people answer so."""
        title = node.titles[0]
        if title in profile.ratings:
            answer = _LIKED if profile.ratings[title] >= LIKED_FROM else _DISLIKED
        elif title in profile.unseen:
            answer = _UNKNOWN
        else:
            return None
        if answer not in node.children:
            node.children[answer] = self._grown(node, title, answer)
        return node.children[answer]

    def _grown(self, node: _Node, title: int, answer: int) -> _Node | None:
        column = int(np.flatnonzero(self._people.movie_ids == title)[0])
        likes, dislikes = self._people.likes[node.people, column], self._people.dislikes[node.people, column]
        people = node.people[(likes, dislikes, ~(likes | dislikes))[answer]]
        if len(people) < LEAST_PEOPLE:
            return None
        left = set(node.titles[1:])
        titles = [one for one in self._best_titles(people) if one in left]
        return _Node(people, titles) if titles else None

    def _best_titles(self, people: NDArray[np.int64]) -> list[int]:
        """The candidates, by how much of the squared error of these people's ratings their answers take away.

        With S the sum of a child's deviations from the node's mean of a movie, over N ratings, the child predicts
        S / (N + shrinkage) more than the node, which takes S ** 2 * (N + 2 * shrinkage) / (N + shrinkage) ** 2 away.
        """
        stars = self._people.stars[people]
        stars = stars[:, np.unique(stars.indices)]  # Only what these people have rated.
        counts = np.bincount(stars.indices, minlength=stars.shape[1]).astype(np.float32)
        means = (np.asarray(stars.sum(axis=0)).ravel() / counts).astype(np.float32)
        deviations = csr_matrix((stars.data - means[stars.indices], stars.indices, stars.indptr), shape=stars.shape)
        rated = csr_matrix((np.ones_like(stars.data), stars.indices, stars.indptr), shape=stars.shape)
        gains = np.zeros(len(self._people.movie_ids), np.float64)
        rest_counts = counts[:, None]
        rest_sums = np.zeros_like(rest_counts)
        for answers in (self._people.likes[people], self._people.dislikes[people]):
            side = answers.astype(np.float32)
            sums, sizes = deviations.T @ side, rated.T @ side
            gains += _taken_away(sums, sizes)
            rest_sums, rest_counts = rest_sums - sums, rest_counts - sizes
        gains += _taken_away(rest_sums, rest_counts)
        ranked: list[int] = self._people.movie_ids[np.argsort(-gains, kind="stable")].tolist()
        return ranked


def _taken_away(sums: NDArray[np.float32], sizes: NDArray[np.float32]) -> NDArray[np.float64]:
    """(c,) squared error that one child takes away, summed over (m, c)."""
    taken = sums**2 * (sizes + 2 * SHRINKAGE) / (sizes + SHRINKAGE) ** 2
    return np.asarray(taken.sum(axis=0), np.float64)
