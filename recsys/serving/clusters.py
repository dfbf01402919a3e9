"""Clusters of the well-known movies of a catalogue, named by their genres and decades, and far from each other."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import Movie

CLUSTERED_MOVIES = 600
"""The number of movies that are clustered: those with the most ratings, because people recognise them."""

CLUSTERS = 20
"""The number of clusters that the well-known movies are divided into."""

LEAST_LIKED = 0.25
"""The share of the clusters that are left out: those with the lowest mean rating."""

MIN_MOVIES = 8
"""A cluster of fewer movies is left out, because it would be used up after a few cards."""

GENRES_PER_CLUSTER = 2
"""The maximum number of genres that name a cluster."""

CENTRAL_MOVIES = 3
"""The number of movies that represent a cluster."""

FAR_SHARE = 0.7
"""The share of the clusters that count as far from movies that a person does not want."""

_TYPICAL_SHARE = 0.3
"""A genre names a cluster if at least this share of the movies of the cluster has the genre."""

_CANDIDATES = 10
"""The movies that represent a cluster are the best-known ones of this many movies next to its centre."""

_YEARS = (20, 80)
"""The decades of a cluster are those between these percentiles of its years of release."""


@dataclass(frozen=True, slots=True, eq=False)
class MovieCluster:
    """A cluster of well-known movies.

    Attributes:
        movie_ids: all movies of the cluster, the nearest to its centre first.
        central_ids: well-known movies at its centre, the best known first.
        genres: one or two genres that are typical of it, the most typical first; empty if its movies have none.
        first_year: the first year of its decades; None if no year is known.
        last_year: the last year of its decades; None if no year is known.
        centre: (d,) float32 unit vector, the direction of its movies.
    """

    movie_ids: tuple[int, ...]
    central_ids: tuple[int, ...]
    genres: tuple[str, ...]
    first_year: int | None
    last_year: int | None
    centre: NDArray[np.float32]


def well_known(movies: Iterable[Movie]) -> list[Movie]:
    """Return the CLUSTERED_MOVIES movies with the most ratings, the best known first."""
    return heapq.nsmallest(CLUSTERED_MOVIES, movies, key=lambda movie: (-movie.rating_count, movie.movie_id))


def find_clusters(movies: Sequence[Movie], vectors: NDArray[np.float32]) -> list[MovieCluster]:
    """Cluster well-known movies. Equal arguments give equal results.

    The directions of the movie vectors are clustered by k-means with k-means++ (Arthur and Vassilvitskii, SODA 2007).

    Args:
        movies: (m,) the movies, as returned by `well_known`.
        vectors: (m, d + 1) float32, their vectors; the last column is the bias.
    """
    # SciPy's clustering takes about as long to import as a few answers take, and few answers need it.
    from scipy.cluster.vq import kmeans2

    if len(movies) < MIN_MOVIES:
        return []
    directions = _unit(vectors[:, :-1])
    count = min(CLUSTERS, len(movies) // MIN_MOVIES)
    centres, labels = kmeans2(directions, count, minit="++", rng=np.random.default_rng(0))
    shares = _shares(movies)
    clusters, mean_ratings = [], []
    for label in range(count):
        members = np.flatnonzero(labels == label)
        if len(members) >= MIN_MOVIES:
            centre = _unit(centres[label][None])[0]
            nearest = members[np.argsort(-(directions[members] @ centre), kind="stable")]
            of_cluster = [movies[member] for member in nearest]
            clusters.append(_named_cluster(of_cluster, centre, shares))
            mean_ratings.append(np.mean([movie.rating_mean or 0.0 for movie in of_cluster]))
    least = np.quantile(mean_ratings, LEAST_LIKED, method="lower") if clusters else 0.0
    return [cluster for cluster, mean in zip(clusters, mean_ratings, strict=True) if mean >= least]


def farthest_clusters(clusters: Sequence[MovieCluster], away_from: NDArray[np.float32], n: int) -> list[MovieCluster]:
    """Choose clusters that are far from some movies and from each other, also in name; the first is the farthest.

    The nearest clusters to the movies are left out if enough others remain. Of the others, the clusters that share a
    genre with the fewest chosen ones come first, because people choose by the name. Among these, the cluster whose
    largest similarity is the smallest is the next. The similarities of a cluster are those to the centre of the movies
    and to each cluster chosen before. Of clusters with the same genres only one is chosen.

    Args:
        clusters: as returned by `find_clusters`.
        away_from: (k, d + 1) float32, vectors of movies that the person does not want; may be empty.
        n: how many clusters; fewer are returned if fewer have different genres.
    """
    similarities = np.full(len(clusters), -np.inf, np.float32)
    left = list(range(len(clusters)))
    far = set(left)
    if len(away_from):
        unwanted = _unit(_unit(away_from[:, :-1]).mean(axis=0, keepdims=True))[0]
        similarities = np.array([cluster.centre @ unwanted for cluster in clusters], np.float32)
        by_distance = np.argsort(similarities, kind="stable")
        far = set(by_distance[: max(n, round(FAR_SHARE * len(clusters)))].tolist())
    chosen: list[MovieCluster] = []
    while left and len(chosen) < n:
        best = min(left, key=lambda place: (place not in far, _sharing(clusters[place], chosen), similarities[place]))
        chosen.append(clusters[best])
        to_best = np.array([cluster.centre @ clusters[best].centre for cluster in clusters], np.float32)
        similarities = np.maximum(similarities, to_best)
        left = [place for place in left if set(clusters[place].genres) != set(clusters[best].genres)]
    return chosen


def _sharing(cluster: MovieCluster, others: Sequence[MovieCluster]) -> int:
    """Return how many other clusters have a genre of a cluster in their names."""
    return sum(not set(cluster.genres).isdisjoint(other.genres) for other in others)


def _named_cluster(movies: Sequence[Movie], centre: NDArray[np.float32], shares: dict[str, float]) -> MovieCluster:
    """Name a cluster.

    Args:
        movies: of the cluster, the nearest to its centre first.
        centre: (d,) float32 unit vector.
        shares: genre -> share of all well-known movies that have it.
    """
    central = sorted(movies[:_CANDIDATES], key=lambda movie: (-movie.rating_count, movie.movie_id))[:CENTRAL_MOVIES]
    years = [movie.year for movie in movies if movie.year is not None]
    first, last = np.percentile(years, _YEARS, method="nearest") // 10 * 10 if years else (None, None)
    return MovieCluster(
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
    return tuple(by_divergence[:GENRES_PER_CLUSTER])


def _shares(movies: Sequence[Movie]) -> dict[str, float]:
    """Return genre -> share of the movies that have it."""
    counts = Counter(genre for movie in movies for genre in set(movie.genres))
    return {genre: count / len(movies) for genre, count in counts.items()}


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length one."""
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9))
    return unit
