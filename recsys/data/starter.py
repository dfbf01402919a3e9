"""The starter set: real movies and made-up audiences, so that everything runs before anything is downloaded.

The titles, years, genres and directors are facts. No rating is real: people are drawn with tastes for genres, for the
years of their youth and for well-known or little-known films, see films that are known or to their taste, and give the
stars that follow from it, with noise. A model trained on it learns these tastes, and nothing about real people.
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
FEWEST_RATINGS, MOST_RATINGS = 20, 80
MEAN_STARS = 3.6
NAME = "starter set (simulated audiences)"

_TODAY = 2025
_TASTES: tuple[dict[str, float], ...] = (
    {"Action": 1.2, "Adventure": 0.9, "Sci-Fi": 0.8, "Romance": -0.8, "Drama": -0.5, "Documentary": -0.6, "known": 0.7},
    {"Sci-Fi": 1.6, "Horror": 0.6, "Thriller": 0.4, "Romance": -1.1, "Music": -1.0, "Family": -0.5, "known": 0.1},
    {"Horror": 1.7, "Thriller": 0.8, "Mystery": 0.6, "Family": -1.0, "Music": -0.8, "Romance": -0.6, "known": 0.0},
    {"Romance": 1.6, "Music": 0.6, "Comedy": 0.4, "Horror": -1.4, "Sci-Fi": -0.8, "War": -0.7, "Action": -0.6},
    {"Animation": 1.3, "Family": 1.3, "Fantasy": 0.7, "Music": 0.5, "Horror": -1.3, "Crime": -0.6, "known": 0.5},
    {"Crime": 1.4, "Thriller": 0.9, "Mystery": 0.7, "Family": -0.8, "Music": -0.6, "Fantasy": -0.4, "known": 0.1},
    {"Comedy": 1.6, "Romance": 0.2, "War": -0.8, "History": -0.6, "Horror": -0.4, "Drama": -0.4, "known": 0.5},
    {
        "Drama": 1.0,
        "Documentary": 1.2,
        "Mystery": 0.2,
        "Action": -1.0,
        "Adventure": -0.5,
        "Family": -0.5,
        "known": -1.2,
    },
    {"War": 1.2, "History": 1.2, "Western": 1.1, "Fantasy": -0.7, "Horror": -0.6, "Animation": -0.6, "known": 0.0},
)
"""What kinds of people like: weights of genres, and of being well known. Everybody is a mixture of them."""
_WOMEN = (0.7, 0.8, 0.9, 1.8, 1.3, 1.0, 1.1, 1.1, 0.7)
_MEN = (1.4, 1.3, 1.1, 0.6, 0.8, 1.1, 1.0, 0.9, 1.4)
_YOUNG = (1.4, 1.1, 1.4, 1.0, 1.4, 0.9, 1.2, 0.6, 0.5)
_OLD = (0.7, 0.9, 0.5, 1.0, 0.7, 1.2, 0.8, 1.5, 1.9)
"""How much likelier each taste is in a group of people; young is 15, old is 75, in between it blends."""


def starter_dataset(seed: int = 0) -> Dataset:
    """Make the starter set; equal seeds make equal sets.

    Args:
        seed: of everything that is drawn.

    Returns:
        About 500 movies; PEOPLE people with FEWEST_RATINGS to MOST_RATINGS ratings each, about MEAN_STARS on average,
        without times.
    """
    movies, known = _read_movies()
    random = np.random.default_rng(seed)
    people, tastes = _draw_people(random)
    liking = _liking(movies, known, people, tastes, random)

    draw = 1.3 * known + 1.2 * liking + random.gumbel(size=liking.shape)
    counts = random.integers(FEWEST_RATINGS, MOST_RATINGS + 1, size=PEOPLE)
    places = np.argsort(-draw, axis=1, kind="stable")
    seen = np.zeros(liking.shape, bool)
    np.put_along_axis(seen, places, np.arange(len(movies)) < counts[:, None], axis=1)
    person, movie = np.nonzero(seen)

    felt = liking[person, movie] + random.normal(0, 0.5, size=len(person))
    stars = np.clip(np.rint(MEAN_STARS + 0.9 * (felt - felt.mean())), 1, 5)
    ratings = Ratings(person.astype(np.int32), movie.astype(np.int32), stars.astype(np.float32), None)
    return assemble(NAME, movies, people, ratings, is_starter=True)


def _read_movies() -> tuple[list[Movie], NDArray[np.float64]]:
    """The movies, and how well known each is, (m,) from -1, for few, to 1, for nearly everybody."""
    text = (resources.files("recsys.data") / "starter_movies.csv").read_text(encoding="utf-8")
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
    """People, some of whom keep parts of their profile to themselves, and their mixtures of _TASTES, (p, tastes)."""
    genders = random.integers(0, 2, PEOPLE)
    ages = np.clip(np.rint(15 + random.gamma(2.2, 10.0, PEOPLE)), 15, 75).astype(int)
    occupations = random.integers(0, len(OCCUPATIONS), PEOPLE)
    occupations[ages < 18] = OCCUPATIONS.index("K-12 student")
    studies = (ages >= 18) & (ages < 25) & (random.random(PEOPLE) < 0.7)
    occupations[studies] = OCCUPATIONS.index("college or grad student")

    oldness = ((ages - 15) / 60)[:, None]
    of_age = (1 - oldness) * np.array(_YOUNG) + oldness * np.array(_OLD)
    shares = 0.15 * of_age * np.where(genders[:, None] == 0, _WOMEN, _MEN)
    drawn = random.standard_gamma(shares) + 1e-9
    tastes = drawn / drawn.sum(axis=1, keepdims=True)

    untold = random.random((3, PEOPLE)) < 0.1
    columns = (
        np.where(hidden, -1, column) for hidden, column in zip(untold, (genders, ages, occupations), strict=True)
    )
    return People.of(np.arange(1, PEOPLE + 1), *columns), tastes


def _liking(
    movies: list[Movie],
    known: NDArray[np.float64],
    people: People,
    tastes: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """(p, m) how much each person likes each movie: mean 0, standard deviation 1."""
    genres = sorted({genre for movie in movies for genre in movie.genres})
    has = np.array([[genre in movie.genres for genre in genres] for movie in movies]) / np.sqrt(
        [[len(movie.genres)] for movie in movies]
    )
    weights = np.array([[taste.get(genre, 0.0) for genre in genres] for taste in _TASTES])
    own = tastes @ weights + random.normal(0, 0.15, (len(tastes), len(genres)))
    for_known = tastes @ np.array([taste.get("known", 0.0) for taste in _TASTES])

    ages = np.where(people.ages < 0, 35, people.ages)
    from_youth = np.array([movie.year or _TODAY for movie in movies]) - (_TODAY - ages + 20)[:, None]
    quality = random.normal(0, 0.12, len(movies)) - 0.15 * known
    liking = (
        own @ has.T
        + 0.5 * (for_known - for_known.mean())[:, None] * known
        - 0.3 * np.tanh(np.abs(from_youth) / 30)
        + quality
    )
    scaled: NDArray[np.float64] = (liking - liking.mean()) / liking.std()
    return scaled
