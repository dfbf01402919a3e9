"""Write a simulated data set in the form of MovieLens 32M, of any size.

    python benchmarks/synthetic_movielens.py --like path/to/ml-1m --out path/to/ml-synthetic-32m --ratings 32e6

The curve of popularity, how many movies people rate, genres, years and tastes come from MovieLens 1M, which is read
when the script runs. Titles are made of the words of its titles. Equal arguments write equal files.

- The logarithm of the number of ratings falls from the first to the last movie like (1 - q ** a) ** b, where q is the
  relative rank. The first movie is rated by the share of the people that the first of MovieLens 1M has, the last movie
  has one rating, and the total fixes a. b is fitted to MovieLens 1M and grows with the catalogue, because the larger
  sets have a long tail that 1M lacks: see LONG_TAIL.
- Each movie has the genres and the age of a movie of MovieLens 1M of about the same rank. The newest are of 2023.
- Each person has the tastes of two people of MovieLens 1M, in a factorisation of what is liked together there.
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds

from recsys.data import Dataset, read_dataset

SHORT_TAIL, LONG_TAIL = 0.45, 1.5
"""The exponent b of the curve for 3,883 movies, fitted to MovieLens 1M, and from 60,000 movies on. With the second one
6 % of 60,000 movies have 1,000 of 25 million ratings, 17 % have 100 and 40 % have 10, about as in MovieLens 25M."""

RATINGS_PER_PERSON = 160
"""The mean of all MovieLens sets from 1M on."""

LAST_YEAR, LAST_YEAR_OF_1M = 2023, 2000
FIRST_TIME, LAST_TIME = 789_652_009, 1_697_164_147
"""The first and the last rating of MovieLens 32M, in seconds since 1970."""

TASTES, FACTORS = 64, 16
TASTE_STRENGTH = 0.9
"""How much a taste changes the logarithm of the chance of a movie, in standard deviations of the taste."""

MIN_PER_PERSON = 20
MAX_SHARE_OF_MOVIES = 0.3
"""Nobody rates more than this share of the movies."""

PEOPLE_AT_ONCE = 2_000
DRAWS_PER_RATING = 4
"""A person gets fewer ratings than wanted if so many draws have too few different movies."""

CURVE_GROUPS = 64
CURVE_STEPS = 12


@dataclass(frozen=True, slots=True)
class Size:
    """How large the data set is."""

    movies: int
    people: int
    ratings: int

    @classmethod
    def of(cls, ratings: int, movies: int | None = None, people: int | None = None) -> "Size":
        """Return the size for a number of ratings: by default as MovieLens 1M and 32M, and between them, have them."""
        growth = np.log(87_585 / 3_883) / np.log(32_000_204 / 1_000_209)
        return cls(
            movies or round(3_883 * (ratings / 1_000_209) ** growth),
            people or round(ratings / RATINGS_PER_PERSON),
            ratings,
        )


def popularity_curve(size: Size, top_share: float) -> NDArray[np.float64]:
    """Return (m,) expected numbers of ratings, the largest first; see the docstring of this module."""
    top = max(2.0, top_share * size.people)
    relative_rank = np.arange(size.movies) / max(1, size.movies - 1)
    tail = float(np.interp(np.log(size.movies), np.log((3_883, 60_000)), (SHORT_TAIL, LONG_TAIL)))
    low, high = 1e-3, 20.0
    for _ in range(60):
        exponent = (low + high) / 2
        curve = top ** ((1 - relative_rank**exponent) ** tail)
        low, high = (exponent, high) if curve.sum() < size.ratings else (low, exponent)
    return curve


def movie_weights(curve: NDArray[np.float64], activity: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (m,) weights with which draws without repetition give the curve's numbers of ratings.

    A person with `t` weighted draws rates a movie of weight w with probability 1 - exp(-t * w). The weights are found
    by fixed-point iteration over groups of people with about equally many ratings.
    """
    groups = np.array([group.mean() for group in np.array_split(np.sort(activity), min(CURVE_GROUPS, len(activity)))])
    share = np.minimum(curve / len(activity), 0.98)
    weights = share / share.sum()
    for _ in range(CURVE_STEPS):
        expected = np.zeros_like(share)
        for rated in groups:
            draws = rated
            for _ in range(CURVE_STEPS):
                draws *= rated / -np.expm1(-draws * weights).sum()
            expected += -np.expm1(-draws * weights) / len(groups)
        weights *= share / np.maximum(expected, 1e-12)
        weights /= weights.sum()
    return weights


def taste_scores(dataset: Dataset, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (TASTES, m) float32 tastes of people of the data set for its movies, of variance 1."""
    shape = len(dataset.user_ids), len(dataset.movies)
    values = (dataset.rating_stars - 3) / 2
    matrix = csr_matrix((values.astype(np.float64), (dataset.rating_people, dataset.rating_movies)), shape=shape)
    popularity = np.sqrt(np.bincount(dataset.rating_movies, minlength=shape[1]) + 10)
    people, strengths, movies = svds(matrix.multiply(1 / popularity).tocsr(), FACTORS, v0=np.ones(min(shape)))
    # The strongest factor is popularity.
    chosen = rng.choice(len(people), TASTES, replace=False)
    scores = (people[chosen][:, :-1] * strengths[:-1]) @ movies[:-1]
    scores -= scores.mean(axis=0)
    scores /= np.maximum(scores.std(axis=1, keepdims=True), 1e-9)
    return np.clip(scores, -3, 3).astype(np.float32)


def write_movies(dataset: Dataset, models: NDArray[np.int64], folder: Path, rng: np.random.Generator) -> None:
    """Write movies.csv and links.csv: the movie at position i has the genres and the age of that at `models[i]`."""
    words = sorted({word for movie in dataset.movies for word in movie.title.split() if word.isalpha()})
    used: set[tuple[str, int]] = set()
    with (
        (folder / "movies.csv").open("w", encoding="utf-8", newline="") as movies_file,
        (folder / "links.csv").open("w", encoding="utf-8", newline="") as links_file,
    ):
        movies, links = csv.writer(movies_file), csv.writer(links_file)
        movies.writerow(["movieId", "title", "genres"])
        links.writerow(["movieId", "imdbId", "tmdbId"])
        for number, position in enumerate(models.tolist(), start=1):
            model = dataset.movies[position]
            year = (model.year or LAST_YEAR_OF_1M) + LAST_YEAR - LAST_YEAR_OF_1M
            title = " ".join(words[word] for word in rng.integers(len(words), size=int(rng.integers(1, 5))))
            while (title, year) in used:
                title = f"{title} {words[int(rng.integers(len(words)))]}"
            used.add((title, year))
            genres = "|".join(genre.replace("Children's", "Children") for genre in model.genres)
            movies.writerow([number, f"{title} ({year})", genres or "(no genres listed)"])
            links.writerow([number, f"{9_000_000 + number:07d}", 9_000_000 + number])


def write_ratings(
    weights: NDArray[np.float64],
    tastes: NDArray[np.float32],
    activity: NDArray[np.int64],
    path: Path,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Write ratings.csv, and return (m,) int64, how many ratings each movie has.

    Args:
        weights: (m,) of the movies.
        tastes: (TASTES, m) float32.
        activity: (p,) int64, number of ratings of each person.
        path: the file to write.
        rng: draws who rates what.
    """
    count = len(weights)
    lift = np.exp(TASTE_STRENGTH * tastes)
    chances = weights * (lift / lift.mean(axis=0))
    ends = np.cumsum(chances, axis=1)
    # One ascending row for all tastes: taste k takes the numbers from k to k + 1.
    ends = (ends / ends[:, -1:] + np.arange(len(ends))[:, np.newaxis]).ravel()
    quality = rng.normal(0, 0.4, count).astype(np.float32) + 0.3 * np.log10(weights / weights.mean())
    totals = np.zeros(count, np.int64)
    schema = pa.schema(
        [("userId", pa.int32()), ("movieId", pa.int32()), ("rating", pa.float32()), ("timestamp", pa.int64())]
    )
    options = pa_csv.WriteOptions(quoting_style="none")
    with pa_csv.CSVWriter(path, schema, write_options=options) as writer:
        for start in range(0, len(activity), PEOPLE_AT_ONCE):
            wanted = activity[start : start + PEOPLE_AT_ONCE]
            draws = DRAWS_PER_RATING * wanted
            owners = np.repeat(np.arange(len(wanted)), draws)
            pair = rng.integers(TASTES, size=(len(wanted), 2))
            taste = pair[owners, rng.integers(2, size=len(owners))]
            cells = np.searchsorted(ends, taste + rng.random(len(owners)), side="right")
            movies = np.minimum(cells - taste * count, count - 1)
            # The first `wanted` different movies of each person.
            _, first = np.unique(owners * count + movies, return_index=True)
            first.sort()
            owners, movies, taste = owners[first], movies[first], taste[first]
            rank = np.arange(len(owners)) - np.searchsorted(owners, owners)
            kept = rank < wanted[owners]
            owners, movies, taste, rank = owners[kept], movies[kept], taste[kept], rank[kept]
            stars = 3.5 + quality[movies] + 0.5 * tastes[taste, movies] + rng.normal(0, 0.9, len(owners))
            stars = np.clip(np.round(2 * stars) / 2, 0.5, 5).astype(np.float32)
            begun = rng.integers(FIRST_TIME, LAST_TIME - 40 * count, len(wanted))
            writer.write_table(
                pa.table(
                    [
                        start + 1 + owners.astype(np.int32),
                        1 + movies.astype(np.int32),
                        stars,
                        begun[owners] + 30 * rank,
                    ],
                    schema=schema,
                )
            )
            totals += np.bincount(movies, minlength=count)
    return totals


def write(like: Dataset, size: Size, folder: Path, seed: int) -> NDArray[np.int64]:
    """Write the data set into a folder, and return (m,) int64, how many ratings each movie has by its position."""
    rng = np.random.default_rng(seed)
    counts = np.bincount(like.rating_movies, minlength=len(like.movies))
    curve = popularity_curve(size, counts.max() / len(like.user_ids))
    # The ids say nothing about the popularity, so the ranks are shuffled.
    curve = curve[rng.permutation(size.movies)]
    activity = rng.choice(np.bincount(like.rating_people), size.people)
    most = max(MIN_PER_PERSON, int(MAX_SHARE_OF_MOVIES * size.movies))
    for _ in range(CURVE_STEPS):
        activity = np.clip(np.round(activity * (size.ratings / activity.sum())).astype(np.int64), MIN_PER_PERSON, most)
    by_rank, rank = np.argsort(-counts, kind="stable"), np.argsort(np.argsort(-curve))
    models = by_rank[np.minimum(rank * len(counts) // size.movies, len(counts) - 1)]
    folder.mkdir(parents=True, exist_ok=True)
    write_movies(like, models, folder, rng)
    tastes = taste_scores(like, rng)[:, models] + rng.normal(0, 0.7, (TASTES, size.movies)).astype(np.float32)
    return write_ratings(movie_weights(curve, activity), tastes, activity, folder / "ratings.csv", rng)


def main() -> None:
    """Write the data set and print its size and its curve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--like", type=Path, required=True, help="folder of MovieLens 1M")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--ratings", type=float, default=1e6, help="number of ratings (default 1e6)")
    parser.add_argument("--movies", type=int, help="number of movies (default by the number of ratings)")
    parser.add_argument("--people", type=int, help="number of people (default by the number of ratings)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    like = read_dataset(arguments.like)
    size = Size.of(round(arguments.ratings), arguments.movies, arguments.people)
    totals = np.sort(write(like, size, arguments.out, arguments.seed))[::-1]
    print(f"{size.movies:,} movies, {size.people:,} people, {totals.sum():,} ratings in {arguments.out}")
    real = np.sort(np.bincount(like.rating_movies, minlength=len(like.movies)))[::-1]
    own = popularity_curve(Size(len(real), len(like.user_ids), int(real.sum())), real[0] / len(like.user_ids))
    print("share of the ratings that the most rated movies have")
    for share in (0.01, 0.03, 0.1, 0.3):
        cells = [curve[: max(1, round(share * len(curve)))].sum() / curve.sum() for curve in (real, own, totals)]
        print(
            f"  {share:.0%} of the movies: {like.name} {cells[0]:.2f}, its curve {cells[1]:.2f}, written {cells[2]:.2f}"
        )


if __name__ == "__main__":
    main()
