"""Clusters of similar movies: they get names, and those that are offered are far from each other."""

from collections.abc import Sequence

import numpy as np
import pytest

from recsys.serving.clusters import (
    CLUSTERED_MOVIES,
    MIN_MOVIES,
    MovieCluster,
    farthest_clusters,
    find_clusters,
    well_known,
)
from storage.records import Movie
from tests.builders import movie

GROUPS = {"Western": 1950, "Horror": 1970, "Sci-Fi": 1980, "Musical": 1930, "Film-Noir": 1940, "War": 1990}
SIZE = 20
AXES = {genre: axis for axis, genre in enumerate(GROUPS)}


def catalogue() -> tuple[list[Movie], np.ndarray]:
    """Return movies of six groups, and their vectors: each group has an axis of its own, with noise, and a bias."""
    rng = np.random.default_rng(3)
    movies, rows = [], []
    for genre, year in GROUPS.items():
        for number in range(SIZE):
            movie_id = 1_000 * AXES[genre] + number + 1
            genres = ("Drama", genre) if number % 3 == 0 else (genre,)
            details = {"genres": genres, "year": year + number % 10, "rating_count": 1_000 - number, "rating_mean": 3.5}
            movies.append(movie(movie_id, **details))
            vector = rng.normal(0, 0.02, len(GROUPS) + 1).astype(np.float32)
            vector[AXES[genre]] += 1 + number
            rows.append(vector)
    return movies, np.stack(rows)


def names(clusters: Sequence[MovieCluster]) -> set[tuple[str, int | None, int | None]]:
    """Return the first genre and the decades of clusters."""
    return {(cluster.genres[0], cluster.first_year, cluster.last_year) for cluster in clusters}


def test_each_group_is_a_cluster() -> None:
    """It is named by its decade and its own genre, not by one that is everywhere. Movies at its centre stand for it."""
    clusters = find_clusters(*catalogue())
    assert names(clusters) == {(genre, year, year + 9) for genre, year in GROUPS.items()}
    for cluster in clusters:
        assert len({movie_id // 1_000 for movie_id in cluster.movie_ids}) == 1
        assert len(cluster.central_ids) == 3
        assert set(cluster.central_ids) <= set(cluster.movie_ids[:10])


def test_equal_catalogues_have_equal_clusters() -> None:
    """Nothing is left to chance."""
    first, second = find_clusters(*catalogue()), find_clusters(*catalogue())
    assert [cluster.movie_ids for cluster in first] == [cluster.movie_ids for cluster in second]
    assert [cluster.genres for cluster in first] == [cluster.genres for cluster in second]


def test_the_movies_with_the_most_ratings_are_well_known() -> None:
    """Of those with as many ratings, the smaller ids come first."""
    movies = [movie(number, rating_count=number // 2) for number in range(1, 2 * CLUSTERED_MOVIES)]
    best = well_known(movies)
    assert len(best) == CLUSTERED_MOVIES
    assert [other.movie_id for other in best[:5]] == [1_198, 1_199, 1_196, 1_197, 1_194]


def test_the_least_liked_cluster_is_left_out() -> None:
    """Movies that few like win nobody back."""
    movies, vectors = catalogue()
    rated = [
        movie(other.movie_id, genres=other.genres, year=other.year, rating_count=other.rating_count, rating_mean=mean)
        for other in movies
        for mean in [2.0 if "War" in other.genres else 4.0]
    ]
    assert {genre for genre, _, _ in names(find_clusters(rated, vectors))} == set(GROUPS) - {"War"}


@pytest.mark.parametrize("unwanted", ["Horror", "War"])
def test_the_chosen_clusters_are_far_from_what_is_not_wanted(unwanted: str) -> None:
    """Its own cluster comes last, and a cluster that was chosen does not come again."""
    movies, vectors = catalogue()
    away_from = vectors[[row for row, other in enumerate(movies) if unwanted in other.genres]]
    clusters = find_clusters(movies, vectors)
    chosen = farthest_clusters(clusters, away_from, len(GROUPS))
    assert [cluster.genres[0] for cluster in chosen][-1] == unwanted
    assert len({cluster.genres[0] for cluster in chosen}) == len(GROUPS)
    assert unwanted not in {cluster.genres[0] for cluster in farthest_clusters(clusters, away_from, 5)}


def test_the_chosen_clusters_are_far_from_each_other() -> None:
    """Of two clusters in almost one direction and three others, four that are apart are chosen."""
    directions = np.eye(4, 4, dtype=np.float32)
    near = np.array([0.99, 0.14, 0, 0], np.float32)
    clusters = [
        MovieCluster((number,), (number,), (str(number),), None, None, centre)
        for number, centre in enumerate([*directions, near])
    ]
    chosen = farthest_clusters(clusters, np.zeros((0, 5), np.float32), 4)
    assert {cluster.genres[0] for cluster in chosen} == {"0", "1", "2", "3"}


def test_clusters_with_the_same_genres_are_chosen_once() -> None:
    """Their buttons would look alike."""
    centres = np.eye(3, 3, dtype=np.float32)
    clusters = [
        MovieCluster((number,), (number,), genres, None, None, centre)
        for number, (genres, centre) in enumerate(zip([("A", "B"), ("B", "A"), ("C",)], centres, strict=True))
    ]
    chosen = farthest_clusters(clusters, np.zeros((0, 4), np.float32), 3)
    assert [set(cluster.genres) for cluster in chosen] == [{"A", "B"}, {"C"}]


def test_the_chosen_clusters_have_different_names() -> None:
    """Three kinds of comedies look alike to people, even if their movies are far from each other."""
    genres = (("Comedy", "Crime"), ("Comedy", "Drama"), ("Comedy", "War"), ("Horror",), ("Western", "Action"))
    centres = np.eye(5, dtype=np.float32)
    # The second and third comedies are farther from the first one than the other two clusters are.
    centres[3:, 0] = 0.5
    clusters = [
        MovieCluster((number,), (number,), of_cluster, None, None, centre)
        for number, (of_cluster, centre) in enumerate(zip(genres, centres, strict=True))
    ]
    chosen = farthest_clusters(clusters, np.zeros((0, 6), np.float32), 4)
    assert [cluster.genres for cluster in chosen] == [genres[0], genres[3], genres[4], genres[1]]


def test_a_tiny_catalogue_has_no_clusters() -> None:
    """There is nothing to choose from."""
    movies, vectors = catalogue()
    assert find_clusters(movies[: MIN_MOVIES - 1], vectors[: MIN_MOVIES - 1]) == []
    assert farthest_clusters([], vectors[:3], 5) == []
