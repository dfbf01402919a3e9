"""Corners of the catalogue: groups of similar movies that are far apart, each named by its genres and decades."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import Movie

WELL_KNOWN = 600
"""Corners are made of this many movies with the most ratings, because people recognise them."""

CLUSTERS = 20
"""The number of clusters that the well-known movies are divided into."""

LEAST_LIKED = 0.25
"""This share of the clusters, those with the lowest mean rating, is left out: they would win nobody back."""

MIN_MOVIES = 8
"""A smaller cluster is no corner: it would have nothing left after a few cards."""

GENRES_PER_CORNER = 2
CENTRAL = 3
"""The number of movies that stand for a corner."""

_TYPICAL_SHARE = 0.3
"""A genre names a corner if at least this share of its movies has the genre."""

_CANDIDATES = 10
"""The movies that stand for a corner are the best-known ones of this many next to its centre."""

_YEARS = (20, 80)
"""The decades of a corner are those between these percentiles of its years of release."""


@dataclass(frozen=True, slots=True, eq=False)
class Corner:
    """A corner of the catalogue.

    Attributes:
        movie_ids: all movies of the corner, the nearest to its centre first.
        central_ids: well-known movies at its centre, the best known first.
        genres: one or two genres that are typical of it, the most typical first; empty if its movies have none.
        first_year: the first year of its decades, like last_year the last one; None if no year is known.
        centre: (d,) float32 unit vector, the direction of its movies.
    """

    movie_ids: tuple[int, ...]
    central_ids: tuple[int, ...]
    genres: tuple[str, ...]
    first_year: int | None
    last_year: int | None
    centre: NDArray[np.float32]


def find_corners(movies: Sequence[Movie], vectors: NDArray[np.float32]) -> list[Corner]:
    """Divide the well-known movies of a catalogue into corners. Equal arguments give equal results.

    The corners are clusters of the directions of the movie vectors, by k-means with k-means++ (Arthur and
    Vassilvitskii, SODA 2007).

    Args:
        movies: (m,) the movies.
        vectors: (m, d + 1) float32, their vectors; the last column is the bias.
    """
    # Loading the clustering takes as long as some answers, and few answers need it.
    from scipy.cluster.vq import kmeans2

    known = sorted(range(len(movies)), key=lambda row: (-movies[row].rating_count, movies[row].movie_id))[:WELL_KNOWN]
    if len(known) < MIN_MOVIES:
        return []
    directions = _unit(vectors[known, :-1])
    clusters = min(CLUSTERS, len(known) // MIN_MOVIES)
    centres, labels = kmeans2(directions, clusters, minit="++", rng=np.random.default_rng(0))
    shares = _shares([movies[row] for row in known])
    corners, liking = [], []
    for cluster in range(clusters):
        members = np.flatnonzero(labels == cluster)
        if len(members) >= MIN_MOVIES:
            centre = _unit(centres[cluster][None])[0]
            nearest = members[np.argsort(-(directions[members] @ centre), kind="stable")]
            of_cluster = [movies[known[member]] for member in nearest]
            corners.append(_corner(of_cluster, centre, shares))
            liking.append(np.mean([movie.rating_mean or 0.0 for movie in of_cluster]))
    least = np.quantile(liking, LEAST_LIKED, method="lower") if corners else 0.0
    return [corner for corner, mean in zip(corners, liking, strict=True) if mean >= least]


def farthest_corners(corners: Sequence[Corner], away_from: NDArray[np.float32], n: int) -> list[Corner]:
    """Choose corners that are far from some movies and from each other, the farthest from the movies first.

    Each next corner has the smallest similarity to the nearest of the movies' centre and the corners that were chosen
    before. Of corners with the same genres only one is chosen, so that they differ to the eye.

    Args:
        corners: as from `find_corners`.
        away_from: (k, d + 1) float32, vectors of movies that the person does not want; may be empty.
        n: how many corners; fewer are returned if fewer differ.
    """
    left = list(corners)
    nearest = np.full(len(left), -np.inf, np.float32)
    if len(away_from):
        unwanted = _unit(_unit(away_from[:, :-1]).mean(axis=0, keepdims=True))[0]
        nearest = np.array([corner.centre @ unwanted for corner in left], np.float32)
    chosen: list[Corner] = []
    while left and len(chosen) < n:
        best = left[int(np.argmin(nearest))]
        chosen.append(best)
        similarity = np.array([corner.centre @ best.centre for corner in left], np.float32)
        keep = np.array([set(corner.genres) != set(best.genres) for corner in left], bool)
        nearest = np.maximum(nearest, similarity)[keep]
        left = [corner for corner, is_kept in zip(left, keep, strict=True) if is_kept]
    return chosen


def _corner(movies: Sequence[Movie], centre: NDArray[np.float32], shares: dict[str, float]) -> Corner:
    """Name a cluster.

    Args:
        movies: of the cluster, the nearest to its centre first.
        centre: (d,) float32 unit vector.
        shares: genre -> share of all well-known movies that have it.
    """
    central = sorted(movies[:_CANDIDATES], key=lambda movie: (-movie.rating_count, movie.movie_id))[:CENTRAL]
    years = [movie.year for movie in movies if movie.year is not None]
    first, last = np.percentile(years, _YEARS, method="nearest") // 10 * 10 if years else (None, None)
    return Corner(
        movie_ids=tuple(movie.movie_id for movie in movies),
        central_ids=tuple(movie.movie_id for movie in central),
        genres=_typical_genres(movies, shares),
        first_year=None if first is None else int(first),
        last_year=None if last is None else int(last) + 9,
        centre=centre,
    )


def _typical_genres(movies: Sequence[Movie], shares: dict[str, float]) -> tuple[str, ...]:
    """Return the genres that distinguish movies from the others: frequent among them, and more so than elsewhere."""
    own = _shares(movies)
    typical = [genre for genre, share in own.items() if share >= _TYPICAL_SHARE] or list(own)
    # The contribution of a genre to the Kullback-Leibler divergence of the movies' genres from all genres.
    by_divergence = sorted(typical, key=lambda genre: (-own[genre] * np.log(own[genre] / shares[genre]), genre))
    return tuple(by_divergence[:GENRES_PER_CORNER])


def _shares(movies: Sequence[Movie]) -> dict[str, float]:
    """Return genre -> share of the movies that have it."""
    counts = Counter(genre for movie in movies for genre in set(movie.genres))
    return {genre: count / len(movies) for genre, count in counts.items()}


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length one."""
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9))
    return unit
