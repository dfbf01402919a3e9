"""Profiles, ratings and movies as arrays. One copy for training and serving; a release carries its version."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.profile import GENDERS, OCCUPATIONS, Profile, age_group
from storage.records import Movie

FEATURE_VERSION = 2
"""Raised whenever the same input would give other arrays; a release of another version is refused."""

UNKNOWN = 0
"""Code of a demographic that is not known; known values follow from 1."""

MIN_TOKEN_MOVIES = 2
MAX_TOKENS = 20_000
MAX_ACTORS = 4
MAX_PLOT_WORDS = 12
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and are as at be been but by can for from get has have he her him his how "
        "i if in into is it its la le life man more new not of on one or out she so some than that the their "
        "them they this to two up was what when where which while who will with world you young ",
    )
)
"""Words that say nothing about a movie."""


DEMOGRAPHIC_SIZES = (1 + len(GENDERS), 1 + age_group(120) + 1, 1 + len(OCCUPATIONS))
"""How many codes gender, age group and occupation have, UNKNOWN included."""

_DEMOGRAPHIC_STARTS = np.cumsum([0, *DEMOGRAPHIC_SIZES[:-1]])


@dataclass(frozen=True, slots=True)
class ProfileArrays:
    """`n` profiles as the user tower reads them.

    Attributes:
        inputs: (n, 2 * m + demographic codes) sparse float32. Column 2 * position is "liked", the one after it
            "disliked": 4 stars and more are all like, 3 and fewer all dislike, with a straight line between, so that
            any number counts. The answers of a row of `k` are scaled by 1 / sqrt(k). Then comes one column for each
            code of gender, age group and occupation.
        answers: (2 * n, m) sparse float32, the same answers by movie: row 2 * i is what person i liked, the one after
            it what they disliked.
        ignored: how many ratings were of movies that the model does not know.
    """

    inputs: csr_matrix
    answers: csr_matrix
    ignored: int = 0


def input_width(movie_count: int) -> int:
    """Columns of the inputs of `ProfileArrays`."""
    return 2 * movie_count + sum(DEMOGRAPHIC_SIZES)


def profile_arrays(
    demographics: NDArray[np.int64],
    movies: NDArray[np.integer[Any]],
    stars: NDArray[np.float32],
    sizes: NDArray[np.int64],
    movie_count: int,
) -> ProfileArrays:
    """Coded people as the user tower reads them.

    Args:
        demographics: (n, 3) codes.
        movies: (e,) positions of the rated movies, person after person.
        stars: (e,) 1..5.
        sizes: (n,) how many ratings each person gave, zero included.
        movie_count: m.
    """
    people = np.arange(len(sizes))
    owners = np.repeat(people, sizes)
    like, scale = np.clip(stars - 3, 0, 1), 1 / np.sqrt(sizes[owners])
    rows = np.concatenate([2 * owners, 2 * owners + 1])
    weights = np.concatenate([like * scale, (1 - like) * scale])
    answers = _sparse(rows, np.concatenate([movies, movies]), weights, (2 * len(sizes), movie_count))
    sides = np.repeat(np.arange(2 * len(sizes)), np.diff(answers.indptr))
    codes = 2 * movie_count + _DEMOGRAPHIC_STARTS + demographics
    rows = np.concatenate([sides // 2, np.repeat(people, codes.shape[1])])
    columns = np.concatenate([2 * answers.indices + sides % 2, codes.ravel()])
    weights = np.concatenate([answers.data, np.ones(codes.size)])
    return ProfileArrays(_sparse(rows, columns, weights, (len(sizes), input_width(movie_count))), answers)


def _sparse(
    rows: NDArray[np.int64], columns: NDArray[np.integer[Any]], weights: NDArray[Any], shape: tuple[int, int]
) -> csr_matrix:
    """Several times faster than scipy's own way from coordinates, which matters for a single person."""
    used = np.flatnonzero(weights)
    used = used[np.argsort(rows[used], kind="stable")]
    ends = np.concatenate([[0], np.cumsum(np.bincount(rows[used], minlength=shape[0]))])
    return csr_matrix((weights[used].astype(np.float32), columns[used], ends), shape=shape)


def demographic_codes(genders: NDArray[Any], ages: NDArray[Any], occupations: NDArray[Any]) -> NDArray[np.int64]:
    """(n, 3) int64 codes from columns in which -1 stands for "not known"; ages in years."""
    groups = np.array([age_group(age) if age >= 0 else -1 for age in ages.tolist()], np.int64)
    return np.stack([genders.astype(np.int64), groups, occupations.astype(np.int64)], axis=1) + 1


@dataclass(frozen=True)
class Vocabulary:
    """What a model knows: its movies, in the order of its vectors, and the words that describe movies.

    Attributes:
        movie_ids: (m,) int64, ascending.
        tokens: the known descriptions, "genre:Comedy", "actor:tom hanks"; the position is the code.
    """

    movie_ids: NDArray[np.int64]
    tokens: tuple[str, ...]
    _codes: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_codes", {token: code for code, token in enumerate(self.tokens)})

    @classmethod
    def build(cls, movies: Sequence[Movie]) -> "Vocabulary":
        """Collect the tokens that describe at least two of the movies, the most frequent first."""
        counts = Counter(token for movie in movies for token in set(_tokens(movie)))
        kept = [token for token, movies_with in counts.items() if movies_with >= MIN_TOKEN_MOVIES]
        kept.sort(key=lambda token: (-counts[token], token))
        ids = np.array(sorted(movie.movie_id for movie in movies), np.int64)
        return cls(ids, tuple(kept[:MAX_TOKENS]))

    @cached_property
    def positions(self) -> dict[int, int]:
        """movie_id -> position of its vector."""
        return {int(movie_id): position for position, movie_id in enumerate(self.movie_ids)}

    def movie_matrix(self, movies: Sequence[Movie]) -> csr_matrix:
        """(n, t) sparse float32: the tokens of each movie; those of one field share a weight of 1."""
        columns: list[int] = []
        weights: list[float] = []
        owners: list[int] = []
        for owner, movie in enumerate(movies):
            known = [(token.partition(":")[0], self._codes[token]) for token in _tokens(movie) if token in self._codes]
            sizes = Counter(name for name, _ in known)
            plot_rank = sorted((code for name, code in known if name == "plot"), reverse=True)[:MAX_PLOT_WORDS]
            sizes["plot"] = len(plot_rank)
            for name, code in known:
                if name != "plot" or code in plot_rank:
                    columns.append(code)
                    weights.append(1 / sizes[name])
                    owners.append(owner)
        shape = (len(movies), len(self.tokens))
        return csr_matrix((np.array(weights, np.float32), (owners, columns)), shape=shape)

    def profile_arrays(self, profiles: Sequence[Profile]) -> ProfileArrays:
        """Profiles as the user tower reads them; ratings of unknown movies are left out and counted."""
        codes = np.zeros((len(profiles), 3), np.int64)
        rated: list[int] = []
        stars: list[float] = []
        sizes = np.zeros(len(profiles), np.int64)
        given = 0
        for row, profile in enumerate(profiles):
            codes[row] = (
                UNKNOWN if profile.gender is None else 1 + GENDERS.index(profile.gender),
                UNKNOWN if profile.age is None else 1 + age_group(profile.age),
                UNKNOWN if profile.occupation is None else 1 + profile.occupation,
            )
            before = len(rated)
            for movie_id, value in profile.ratings.items():
                position = self.positions.get(movie_id)
                if position is not None:
                    rated.append(position)
                    stars.append(value)
            sizes[row] = len(rated) - before
            given += len(profile.ratings)
        movies = np.array(rated, np.int64)
        arrays = profile_arrays(codes, movies, np.array(stars, np.float32), sizes, len(self.movie_ids))
        return replace(arrays, ignored=given - len(rated))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return [word for word in re.findall(r"[a-z0-9]+", plain) if len(word) > 1 and word not in STOP_WORDS]


def _names(names: Iterable[str]) -> list[str]:
    return [" ".join(_words(name)) for name in names]


def _tokens(movie: Movie) -> list[str]:
    found = [f"genre:{genre}" for genre in movie.genres]
    if movie.year is not None:
        found += [f"year:{movie.year}", f"decade:{movie.year // 10}0"]
    found += [f"title:{word}" for word in _words(movie.title)]
    found += [f"director:{name}" for name in _names(movie.directors)]
    found += [f"actor:{name}" for name in _names(movie.actors[:MAX_ACTORS])]
    found += [f"plot:{word}" for word in _words(movie.description or "")]
    return list(dict.fromkeys(found))
