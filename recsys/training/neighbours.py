"""Fit the neighbours of movies: from who likes what, from genres and people, and from the movie vectors.

Two rankings alternate. The closest movies are those that are liked together with a movie and resemble it. The
companions are those that the people who like a movie probably like, too, with a preference for what they like more than
others do. docs/quality.md has the figures of both and of their mixture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.models.movie_tokens import MAX_ACTORS
from recsys.models.neighbours import MAX_NEIGHBOURS, NO_MOVIE, Neighbours
from recsys.models.network import directions
from recsys.profile import LIKED_FROM
from recsys.training.options import LARGE_CATALOGUE
from storage.records import Movie

CLOSEST_AT_ONCE, COMPANIONS_AT_ONCE = 5, 5
"""A row has this many of the closest movies, then this many companions, then the next closest movies, and so on."""

POPULARITY_EXPONENT = 0.6
"""The closeness of a movie is divided by its like count to this power. A cosine has 0.5. More favours movies with few
likes."""

POPULARITY_SHRINKAGE = 20
"""Added to the like counts in the closeness, so that movies with few likes do not win by chance."""

TOGETHER_SHRINKAGE = 2
"""The number `c` of people who like both movies counts as c * c / (c + 2), because small numbers are mostly chance."""

GENRE_CLOSENESS, VECTOR_CLOSENESS, PEOPLE_CLOSENESS = 0.2, 0.2, 0.1
"""Weights of the genres' Jaccard index, of the cosine of the vectors and of each common director or actor."""

MAX_COMMON_PEOPLE = 2
"""More common directors and actors than this do not count."""

UNPROVEN_SHARE, PROVEN_LIKES = 1, 5
"""What a movie with `n` likes resembles counts (n + 1) / (n + 5): nothing shows that an unknown movie is any good."""

COMPANION_LIFT, COMPANION_GENRES = 0.049, 0.1
"""Weights of the lift and of the genres' Jaccard index beside the probability of a like."""

MAX_LIFT = 30
"""A higher lift counts as this one."""

CHANCE = 0.1
"""Added to the number of people who would like both movies by chance in the lift of companions."""

MIN_COMPANION_SHARE = 1 / 300
"""Movies that a smaller share of the people likes are no companions."""

MIN_TOGETHER = 3
"""Companions have at least this many people who like both movies."""

MIN_TOGETHER_FOR_LIFT = 5
"""The stored lift is 0 if fewer people like both movies."""

LIFT_SHRINKAGE = 0.5
"""Added to the number of people who would like both movies by chance in the stored lift."""

BLOCK_SCORES = 4_000_000
"""Number of scores that are computed at once; they take 16 MB in each of a few arrays."""


@dataclass(frozen=True, eq=False)
class _Similarities:
    """What `m` movies have in common with each other, one block of rows at a time.

    Attributes:
        likes: (p, m) sparse float32, 1 for each like.
        likers: (m, p) sparse float32, its transpose.
        genres: (m, g) float32, 1 for each genre of a movie.
        people: (m, p) sparse float32, 1 for each director and leading actor of a movie.
        directions: (m, d) float32 of length 1, or of length 0 for a vector of zeros.
        positions: (o,) int64, ascending, the movies that may be neighbours.
    """

    likes: csr_matrix
    likers: csr_matrix
    genres: NDArray[np.float32]
    people: csr_matrix
    directions: NDArray[np.float32]
    positions: NDArray[np.int64]

    @cached_property
    def like_counts(self) -> NDArray[np.float32]:
        """(m,) float32."""
        return np.asarray(self.likes.sum(axis=0), np.float32).ravel()

    @cached_property
    def others(self) -> "_Similarities":
        """The movies that may be neighbours, (o, ...); this object if these are all."""
        chosen = self.positions
        if len(chosen) == len(self.genres):
            return self
        likes = self.likes[:, chosen]
        return _Similarities(
            likes, self.likers[:0], self.genres[chosen], self.people[chosen], self.directions[chosen], chosen
        )

    def together(self, rows: slice) -> NDArray[np.float32]:
        """Return (b, o) float32, how many people like both movies."""
        counts: NDArray[np.float32] = (self.likers[rows] @ self.others.likes).toarray()
        return counts

    def genre_overlap(self, rows: slice) -> NDArray[np.float32]:
        """Return (b, o) float32, the Jaccard index of the genres, 0..1; 0 without genres."""
        common = self.genres[rows] @ self.others.genres.T
        sizes, other_sizes = self.genres[rows].sum(axis=1), self.others.genres.sum(axis=1)
        overlap: NDArray[np.float32] = common / np.maximum(sizes[:, np.newaxis] + other_sizes - common, 1)
        return overlap

    def resemblance(self, rows: slice, genre_overlap: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (b, o) float32, the weighted sum of what the movies have in common besides likes."""
        resemblance = GENRE_CLOSENESS * genre_overlap
        resemblance += VECTOR_CLOSENESS * (self.directions[rows] @ self.others.directions.T)
        common = np.minimum((self.people[rows] @ self.others.people.T).toarray(), MAX_COMMON_PEOPLE)
        resemblance += PEOPLE_CLOSENESS * common
        return resemblance

    def places_of(self, rows: slice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the row in the block and the column of each movie of the block that may be a neighbour itself."""
        movies = np.arange(rows.start, rows.stop)
        columns = np.minimum(np.searchsorted(self.positions, movies), len(self.positions) - 1)
        is_other = self.positions[columns] == movies
        return np.flatnonzero(is_other), columns[is_other]


def fit_neighbours(
    dataset: Dataset,
    people: NDArray[np.int64],
    vectors: NDArray[np.float32],
    progress: Callable[[float], None] = lambda _: None,
) -> Neighbours:
    """Return the neighbours of every movie of a data set; they are among the LARGE_CATALOGUE most liked movies.

    Args:
        dataset: the movies, and who likes them.
        people: (n,) positions of the people whose likes count.
        vectors: (m, 256) float32 movie vectors; the last column is the bias, which does not count.
        progress: takes the share of the movies that is done, 0..1.
    """
    count = len(dataset.movies)
    likes = _likes(dataset, people)
    like_counts = np.asarray(likes.sum(axis=0)).ravel()
    others = np.sort(np.argsort(-like_counts, kind="stable")[:LARGE_CATALOGUE])
    similarities = _Similarities(
        likes, likes.T.tocsr(), _genres(dataset.movies), _people(dataset.movies), directions(vectors), others
    )
    kept = max(0, min(MAX_NEIGHBOURS, len(others) - 1))
    movies = np.full((count, kept), NO_MOVIE, np.int32)
    lifts = np.zeros((count, kept), np.float32)
    if kept:
        block = max(1, BLOCK_SCORES // len(others))
        for start in range(0, count, block):
            rows = slice(start, min(start + block, count))
            movies[rows], lifts[rows] = _fit_rows(similarities, rows, len(people), kept)
            progress(rows.stop / count)
    return Neighbours(movies, lifts)


def _fit_rows(
    similarities: _Similarities, rows: slice, person_count: int, kept: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the neighbours of a block of movies and their lifts, (b, kept) each."""
    together, overlap = similarities.together(rows), similarities.genre_overlap(rows)
    like_counts = similarities.others.like_counts
    own_counts = np.maximum(similarities.like_counts[rows, np.newaxis], 1)
    by_chance = own_counts * like_counts / max(1, person_count)
    itself = similarities.places_of(rows)

    proven = (like_counts + UNPROVEN_SHARE) / (like_counts + PROVEN_LIKES)
    closeness = similarities.resemblance(rows, overlap) * proven
    closeness += _co_like_closeness(together, own_counts, like_counts)
    closeness[itself] = -np.inf

    companionship = together / own_counts + COMPANION_GENRES * overlap
    companionship += COMPANION_LIFT * np.minimum(together / (by_chance + CHANCE), MAX_LIFT)
    companionship[:, like_counts < MIN_COMPANION_SHARE * person_count] = -np.inf
    companionship[together < MIN_TOGETHER] = -np.inf
    companionship[itself] = -np.inf

    companions = _best(companionship, kept)
    companions[np.isneginf(np.take_along_axis(companionship, companions, axis=1))] = NO_MOVIE
    pairs = zip(_best(closeness, kept).tolist(), companions.tolist(), strict=True)
    movies = np.array([_alternate(closest, others, kept) for closest, others in pairs], np.int32)
    lifts = np.where(together >= MIN_TOGETHER_FOR_LIFT, together / (by_chance + LIFT_SHRINKAGE), 0)
    own_lifts = np.take_along_axis(lifts, movies.astype(np.int64), axis=1).astype(np.float32)
    return similarities.positions[movies].astype(np.int32), own_lifts


def _co_like_closeness(
    together: NDArray[np.float32], own_counts: NDArray[np.float32], like_counts: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return (b, m) float32, a cosine of likes that is shrunk, and that prefers specific movies to popular ones.

    Args:
        together: (b, m), how many people like both movies.
        own_counts: (b, 1), how many people like the movie of the row.
        like_counts: (m,), how many people like each movie.
    """
    counted = together * together / (together + TOGETHER_SHRINKAGE)
    # The factor gives the closeness of two well known movies the magnitude of a cosine.
    known = max(1.0, float(like_counts.max(initial=1)) / 3)
    scale = known ** (POPULARITY_EXPONENT - 0.5)
    others = (like_counts + POPULARITY_SHRINKAGE) ** POPULARITY_EXPONENT
    closeness: NDArray[np.float32] = (scale * counted / (np.sqrt(own_counts) * others)).astype(np.float32)
    return closeness


def _best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return (b, count) int64, the columns of the highest scores of each row, best first."""
    count = min(count, scores.shape[1] - 1)
    best = np.argpartition(-scores, count, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    columns: NDArray[np.int64] = np.take_along_axis(best, order, axis=1)
    return columns


def _alternate(closest: Sequence[int], companions: Sequence[int], count: int) -> list[int]:
    """Take turns between two rankings without repetitions; `closest` has at least `count` movies."""
    chosen: dict[int, None] = {}
    known_companions = [movie for movie in companions if movie != NO_MOVIE]
    turns = [(iter(closest), CLOSEST_AT_ONCE), (iter(known_companions), COMPANIONS_AT_ONCE)]
    while len(chosen) < count:
        for ranking, at_once in turns:
            goal = min(count, len(chosen) + at_once)
            for movie in ranking:
                chosen[movie] = None
                if len(chosen) >= goal:
                    break
    return list(chosen)[:count]


def _likes(dataset: Dataset, people: NDArray[np.int64]) -> csr_matrix:
    is_like = (dataset.rating_stars >= LIKED_FROM) & np.isin(dataset.rating_people, people)
    entries = dataset.rating_people[is_like], dataset.rating_movies[is_like]
    shape = (len(dataset.user_ids), len(dataset.movies))
    return csr_matrix((np.ones(len(entries[0]), np.float32), entries), shape=shape)


def _genres(movies: Sequence[Movie]) -> NDArray[np.float32]:
    columns = {
        genre: column for column, genre in enumerate(sorted({genre for movie in movies for genre in movie.genres}))
    }
    genres = np.zeros((len(movies), len(columns)), np.float32)
    for row, movie in zip(genres, movies, strict=True):
        row[[columns[genre] for genre in movie.genres]] = 1
    return genres


def _people(movies: Sequence[Movie]) -> csr_matrix:
    names = [{*movie.directors, *movie.actors[:MAX_ACTORS]} for movie in (movie.trainable for movie in movies)]
    columns = {name: column for column, name in enumerate(sorted(set[str]().union(*names)))}
    owners = [row for row, of_movie in enumerate(names) for _ in of_movie]
    named = [columns[name] for of_movie in names for name in of_movie]
    return csr_matrix((np.ones(len(named), np.float32), (owners, named)), shape=(len(movies), max(1, len(columns))))
