import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.data.starter import MAX_RATINGS, MIN_RATINGS, PEOPLE, starter_dataset


def stars(dataset: Dataset) -> NDArray[np.float32]:
    """Return the ratings as a matrix, (p, m) float32, NaN if there is no rating."""
    matrix = np.full((len(dataset.user_ids), len(dataset.movies)), np.nan, np.float32)
    matrix[dataset.rating_people, dataset.rating_movies] = dataset.rating_stars
    return matrix


def mean_of_genre(dataset: Dataset, matrix: NDArray[np.float32], genre: str, excluded: str) -> float:
    """Return the mean stars of the movies that have one genre and not the excluded one."""
    chosen = [genre in movie.genres and excluded not in movie.genres for movie in dataset.movies]
    return float(np.nanmean(matrix[:, chosen]))


def test_shape() -> None:
    """The set has the documented size, at most one rating per person and movie, and is marked as the starter set."""
    dataset = starter_dataset()

    counts = np.diff(dataset.person_offsets())
    assert dataset.name == "starter set (simulated audiences)"
    assert dataset.is_starter
    assert len(dataset.user_ids) == PEOPLE
    assert (counts.min(), counts.max()) == (MIN_RATINGS, MAX_RATINGS)
    assert np.isfinite(stars(dataset)).sum() == len(dataset.rating_stars)
    assert set(dataset.rating_stars.tolist()) == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert 3.4 < dataset.rating_stars.mean() < 3.8


def test_movies_are_valid() -> None:
    """Every movie has a distinct id, a distinct label, a plausible year, genres, directors, and at least one rating."""
    movies = starter_dataset().movies

    assert [movie.movie_id for movie in movies] == list(range(1, len(movies) + 1))
    assert len({movie.label for movie in movies}) == len(movies) >= 300
    assert all(1920 <= (movie.year or 0) <= 2025 for movie in movies)
    assert all(movie.genres and movie.directors and movie.rating_count > 0 for movie in movies)
    assert max(movie.year or 0 for movie in movies) >= 2020


def test_equal_seeds_give_equal_sets() -> None:
    """The set depends on the seed only."""
    first, again, other = starter_dataset(3), starter_dataset(3), starter_dataset(4)

    assert first.movies == again.movies
    for name in ("genders", "ages", "occupations", "rating_people", "rating_movies", "rating_stars"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert first.movies != other.movies


def test_popularity_is_skewed() -> None:
    """The most rated tenth of the movies has more than a fifth of the ratings."""
    counts = np.sort([movie.rating_count for movie in starter_dataset().movies])[::-1]
    assert counts[: len(counts) // 10].sum() > 0.2 * counts.sum()


def test_tastes_are_consistent() -> None:
    """People who like some movies of a genre like other movies of that genre too."""
    dataset = starter_dataset()
    matrix = stars(dataset)
    positions = {movie.title: position for position, movie in enumerate(dataset.movies)}

    for titles, genre, other in (
        (("Alien", "The Terminator"), "Sci-Fi", "Romance"),
        (("Notting Hill", "Pride & Prejudice"), "Romance", "Sci-Fi"),
        (("Toy Story", "Spirited Away"), "Family", "Horror"),
        (("Halloween", "Hereditary"), "Horror", "Family"),
    ):
        likers = matrix[(matrix[:, [positions[title] for title in titles]] >= 4).any(axis=1)]
        assert mean_of_genre(dataset, likers, genre, other) > mean_of_genre(dataset, likers, other, genre) + 0.5


def test_demographics_are_informative() -> None:
    """Demographic groups have different ratings, and about a tenth of the demographics are unknown."""
    dataset = starter_dataset()
    matrix = stars(dataset)
    romance = [
        np.isfinite(
            matrix[dataset.genders == gender][:, ["Romance" in movie.genres for movie in dataset.movies]]
        ).mean()
        for gender in (0, 1)
    ]
    assert romance[0] > 1.3 * romance[1]
    for column in (dataset.genders, dataset.ages, dataset.occupations):
        assert 0.05 < (column < 0).mean() < 0.15
