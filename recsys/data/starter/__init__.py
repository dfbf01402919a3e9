"""The starter set: real movies with simulated audiences, so that the project runs without a download.

Titles, years, genres and directors are real. All ratings are simulated. Each person gets a random preference for
genres, for films from the years of their youth, and for popular or obscure films. A person tends to see films that are
popular or match these preferences, and rates them by the preferences plus noise. A model trained on the starter set
learns these simulated preferences, and nothing about real people.
"""

import csv
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from recsys.data.assemble import People, Ratings, assemble
from recsys.data.dataset import Dataset
from recsys.profile import OCCUPATIONS
from storage.records import Movie

PEOPLE = 1500
"""The number of simulated people."""
MIN_RATINGS, MAX_RATINGS = 20, 80
"""The lowest and highest number of ratings per person."""
MEAN_STARS = 3.6
"""The mean rating before rounding and clipping, in stars."""
NAME = "starter set (simulated audiences)"

_CURRENT_YEAR = 2025
"""The year in which the ages of the simulated people are valid. It is fixed, so that results are reproducible."""
_TASTES: tuple[dict[str, float], ...] = (
    {
        "Action": 1.2,
        "Adventure": 0.9,
        "Sci-Fi": 0.8,
        "Romance": -0.8,
        "Drama": -0.5,
        "Documentary": -0.6,
        "popularity": 0.7,
    },
    {"Sci-Fi": 1.6, "Horror": 0.6, "Thriller": 0.4, "Romance": -1.1, "Music": -1.0, "Family": -0.5, "popularity": 0.1},
    {"Horror": 1.7, "Thriller": 0.8, "Mystery": 0.6, "Family": -1.0, "Music": -0.8, "Romance": -0.6, "popularity": 0.0},
    {"Romance": 1.6, "Music": 0.6, "Comedy": 0.4, "Horror": -1.4, "Sci-Fi": -0.8, "War": -0.7, "Action": -0.6},
    {"Animation": 1.3, "Family": 1.3, "Fantasy": 0.7, "Music": 0.5, "Horror": -1.3, "Crime": -0.6, "popularity": 0.5},
    {"Crime": 1.4, "Thriller": 0.9, "Mystery": 0.7, "Family": -0.8, "Music": -0.6, "Fantasy": -0.4, "popularity": 0.1},
    {"Comedy": 1.6, "Romance": 0.2, "War": -0.8, "History": -0.6, "Horror": -0.4, "Drama": -0.4, "popularity": 0.5},
    {
        "Drama": 1.0,
        "Documentary": 1.2,
        "Mystery": 0.2,
        "Action": -1.0,
        "Adventure": -0.5,
        "Family": -0.5,
        "popularity": -1.2,
    },
    {"War": 1.2, "History": 1.2, "Western": 1.1, "Fantasy": -0.7, "Horror": -0.6, "Animation": -0.6, "popularity": 0.0},
)
"""Archetypal tastes: weights of genres and of popularity. The taste of a person is a mixture of them."""
_WOMEN = (0.7, 0.8, 0.9, 1.8, 1.3, 1.0, 1.1, 1.1, 0.7)
_MEN = (1.4, 1.3, 1.1, 0.6, 0.8, 1.1, 1.0, 0.9, 1.4)
_YOUNG = (1.4, 1.1, 1.4, 1.0, 1.4, 0.9, 1.2, 0.6, 0.5)
_OLD = (0.7, 0.9, 0.5, 1.0, 0.7, 1.2, 0.8, 1.5, 1.9)
"""The factors that make each taste more or less likely in a group.

The factors of _YOUNG apply at age 15 and those of _OLD at age 75, with linear interpolation in between.
"""


def starter_dataset(seed: int = 0) -> Dataset:
    """Generate the starter set. Equal seeds give equal data sets.

    Args:
        seed: seed of the random number generator.

    Returns:
        A data set of about 500 movies and PEOPLE people with MIN_RATINGS to MAX_RATINGS ratings each, without times.
        The mean rating is about MEAN_STARS.
    """
    movies, popularity = _read_movies()
    random = np.random.default_rng(seed)
    people, tastes = _draw_people(random)
    affinities = _affinities(movies, popularity, people, tastes, random)

    # The Gumbel-max trick: the top k of these values are a sample of k movies without replacement.
    visibility = 1.3 * popularity + 1.2 * affinities + random.gumbel(size=affinities.shape)
    counts = random.integers(MIN_RATINGS, MAX_RATINGS + 1, size=PEOPLE)
    ranking = np.argsort(-visibility, axis=1, kind="stable")
    seen = np.zeros(affinities.shape, bool)
    np.put_along_axis(seen, ranking, np.arange(len(movies)) < counts[:, None], axis=1)
    rating_people, rating_movies = np.nonzero(seen)

    noisy = affinities[rating_people, rating_movies] + random.normal(0, 0.5, size=len(rating_people))
    stars = np.clip(np.rint(MEAN_STARS + 0.9 * (noisy - noisy.mean())), 1, 5)
    ratings = Ratings(rating_people.astype(np.int32), rating_movies.astype(np.int32), stars.astype(np.float32), None)
    return assemble(NAME, movies, people, ratings, is_starter=True)


def _read_movies() -> tuple[list[Movie], NDArray[np.float64]]:
    """Return the movies and their popularity, (m,) float64, from -1 (obscure) to 1 (known to nearly everybody)."""
    text = (resources.files("recsys.data.starter") / "movies.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    movies = [
        Movie(
            movie_id=int(row["movie_id"]),
            title=row["title"],
            year=int(row["year"]),
            genres=tuple(row["genres"].split("|")),
            directors=tuple(row["directors"].split("|")),
        )
        for row in rows
    ]
    return movies, (np.array([int(row["reach"]) for row in rows]) - 3) / 2


def _draw_people(random: np.random.Generator) -> tuple[People, NDArray[np.float64]]:
    """Draw people and their tastes.

    Returns:
        The people, with about a tenth of each demographic column unknown, and their weights of the _TASTES, (p, tastes)
        float64. The weights of a person add up to 1.
    """
    genders = random.integers(0, 2, PEOPLE)
    ages = np.clip(np.rint(15 + random.gamma(2.2, 10.0, PEOPLE)), 15, 75).astype(int)
    occupations = random.integers(0, len(OCCUPATIONS), PEOPLE)
    occupations[ages < 18] = OCCUPATIONS.index("K-12 student")
    is_student = (ages >= 18) & (ages < 25) & (random.random(PEOPLE) < 0.7)
    occupations[is_student] = OCCUPATIONS.index("college or grad student")

    relative_age = ((ages - 15) / 60)[:, None]
    age_factors = (1 - relative_age) * np.array(_YOUNG) + relative_age * np.array(_OLD)
    concentrations = 0.15 * age_factors * np.where(genders[:, None] == 0, _WOMEN, _MEN)
    # Normalised gamma draws follow a Dirichlet distribution.
    gammas = random.standard_gamma(concentrations) + 1e-9
    tastes = gammas / gammas.sum(axis=1, keepdims=True)

    hidden = random.random((3, PEOPLE)) < 0.1
    columns = (
        np.where(is_hidden, -1, column) for is_hidden, column in zip(hidden, (genders, ages, occupations), strict=True)
    )
    return People.from_unsorted(np.arange(1, PEOPLE + 1), *columns), tastes


def _affinities(
    movies: list[Movie],
    popularity: NDArray[np.float64],
    people: People,
    tastes: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the affinity of each person to each movie, (p, m) float64, with mean 0 and standard deviation 1.

    Args:
        movies: m movies.
        popularity: (m,) from -1 to 1.
        people: p people.
        tastes: (p, tastes) each person's weights of the _TASTES.
        random: the random number generator.
    """
    genres = sorted({genre for movie in movies for genre in movie.genres})
    movie_genres = np.array([[genre in movie.genres for genre in genres] for movie in movies]) / np.sqrt(
        [[len(movie.genres)] for movie in movies]
    )
    genre_weights = np.array([[taste.get(genre, 0.0) for genre in genres] for taste in _TASTES])
    genre_preferences = tastes @ genre_weights + random.normal(0, 0.15, (len(tastes), len(genres)))
    popularity_preferences = tastes @ np.array([taste.get("popularity", 0.0) for taste in _TASTES])

    ages = np.where(people.ages < 0, 35, people.ages)
    years_from_youth = (
        np.array([movie.year or _CURRENT_YEAR for movie in movies]) - (_CURRENT_YEAR - ages + 20)[:, None]
    )
    quality = random.normal(0, 0.12, len(movies)) - 0.15 * popularity
    affinities = (
        genre_preferences @ movie_genres.T
        + 0.5 * (popularity_preferences - popularity_preferences.mean())[:, None] * popularity
        - 0.3 * np.tanh(np.abs(years_from_youth) / 30)
        + quality
    )
    scaled: NDArray[np.float64] = (affinities - affinities.mean()) / affinities.std()
    return scaled
