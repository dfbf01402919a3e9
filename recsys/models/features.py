"""Profiles, ratings and movies as arrays. One copy for training and serving; a release carries its version."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.profile import GENDERS, LIKED_FROM, MAX_AGE, OCCUPATIONS, REJECTED_BELOW, SO_SO, Profile, age_group
from storage.records import Movie

FEATURE_VERSION = 7
"""Raised whenever the same input would give other arrays or a release other files; other versions are refused."""

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


DEMOGRAPHIC_SIZES = (1 + len(GENDERS), 1 + age_group(MAX_AGE) + 1, 1 + len(OCCUPATIONS))
"""How many codes gender, age group and occupation have, UNKNOWN included."""

DEMOGRAPHIC_STARTS = np.cumsum([0, *DEMOGRAPHIC_SIZES[:-1]])
"""Where the codes of each begin when all of them stand in one row."""


class AnswerKind(IntEnum):
    """What an answer says of a movie: liked, neither liked nor rejected, or shown and not seen."""

    LIKED = 0
    NEUTRAL = 1
    UNSEEN = 2


KINDS = len(AnswerKind)


@dataclass(frozen=True, slots=True)
class ProfileArrays:
    """`n` profiles as the user tower reads them.

    Attributes:
        inputs: (n, KINDS * m + demographic codes) sparse float32. Column KINDS * position is "liked", then come
            "passable" and "unseen": 4 stars and more are all like, 3 and fewer all passable, with a straight line
            between, so that any number counts. The likes and passables of a row of `k` are scaled by
            1 / sqrt(k + shrinkage), the unseen among themselves by 1 / sqrt(k). Then comes one column for each code of
            gender, age and occupation.
        answers: (KINDS * n, m) sparse float32, the same answers by movie: row KINDS * i is what person i liked.
        rejected: (n, m) sparse float32, 1 where a movie got fewer than REJECTED_BELOW stars; those are no answers.
        ignored: how many ratings were of movies that the model does not know.
    """

    inputs: csr_matrix
    answers: csr_matrix
    rejected: csr_matrix
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class Entries:
    """What `n` people said of movies, person after person.

    Attributes:
        movies: (e,) positions.
        sizes: (n,) int64, how many of them are of each person, zero included.
    """

    movies: NDArray[np.integer[Any]]
    sizes: NDArray[np.int64]

    @property
    def owners(self) -> NDArray[np.int64]:
        """(e,) the person of each."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)


@dataclass(frozen=True, slots=True)
class EncodedProfile:
    """One profile in the terms of one model: everything that serving reads from a person, computed once per request.

    Attributes:
        profile: the profile itself.
        demographics: the codes of gender, age group and occupation.
        answers: position -> stars of the rated movies that the model knows, in the order of the ratings.
        unseen: positions of the known movies that were shown, not seen and not rated, by ascending movie id.
    """

    profile: Profile
    demographics: tuple[int, int, int]
    answers: Mapping[int, float]
    unseen: tuple[int, ...]


def input_width(movie_count: int) -> int:
    """Columns of the inputs of `ProfileArrays`."""
    return KINDS * movie_count + sum(DEMOGRAPHIC_SIZES)


def profile_arrays(
    demographics: NDArray[np.int64],
    rated: Entries,
    stars: NDArray[np.float32],
    unseen: Entries,
    movie_count: int,
    shrinkage: float = 0.0,
) -> ProfileArrays:
    """Coded people as the user tower reads them.

    Args:
        demographics: (n, 3) codes.
        rated: the rated movies.
        stars: (e,) 1..5, of each of them.
        unseen: the movies that were shown and not seen.
        movie_count: m.
        shrinkage: how many more answers their scale counts than there are.
    """
    count = len(demographics)
    owners = rated.owners
    is_rejected = stars < REJECTED_BELOW
    rejections = np.ones(int(is_rejected.sum()))
    rejected = _sparse(owners[is_rejected], rated.movies[is_rejected], rejections, (count, movie_count))
    owners, movies, stars = owners[~is_rejected], rated.movies[~is_rejected], stars[~is_rejected]
    like, scale = (
        np.clip((stars - SO_SO) / (LIKED_FROM - SO_SO), 0, 1),
        1 / np.sqrt(np.bincount(owners, minlength=count)[owners] + shrinkage),
    )
    not_seen = unseen.owners
    answers = _sparse(
        np.concatenate(
            [
                KINDS * owners + AnswerKind.LIKED,
                KINDS * owners + AnswerKind.NEUTRAL,
                KINDS * not_seen + AnswerKind.UNSEEN,
            ]
        ),
        np.concatenate([movies, movies, unseen.movies]),
        np.concatenate([like * scale, (1 - like) * scale, 1 / np.sqrt(unseen.sizes[not_seen])]),
        (KINDS * count, movie_count),
    )
    rows = np.repeat(np.arange(KINDS * count), np.diff(answers.indptr))
    codes = KINDS * movie_count + DEMOGRAPHIC_STARTS + demographics
    inputs = _sparse(
        np.concatenate([rows // KINDS, np.repeat(np.arange(count), codes.shape[1])]),
        np.concatenate([KINDS * answers.indices + rows % KINDS, codes.ravel()]),
        np.concatenate([answers.data, np.ones(codes.size)]),
        (count, input_width(movie_count)),
    )
    return ProfileArrays(inputs, answers, rejected)


def _sparse(
    rows: NDArray[np.int64], columns: NDArray[np.integer[Any]], weights: NDArray[Any], shape: tuple[int, int]
) -> csr_matrix:
    """Several times faster than scipy's own way from coordinates, which matters for a single person."""
    used = np.flatnonzero(weights)
    used = used[np.argsort(rows[used], kind="stable")]
    # scipy would look through larger numbers for one that does not fit into its own 32 bits.
    ends = np.zeros(shape[0] + 1, np.int32)
    np.cumsum(np.bincount(rows[used], minlength=shape[0]), out=ends[1:])
    return csr_matrix((weights[used].astype(np.float32), columns[used].astype(np.int32), ends), shape=shape)


def demographic_codes(genders: NDArray[Any], ages: NDArray[Any], occupations: NDArray[Any]) -> NDArray[np.int64]:
    """(n, 3) int64 codes from columns in which -1 stands for "not known"; ages in years."""
    groups = np.array([age_group(age) if age >= 0 else -1 for age in ages.tolist()], np.int64)
    return np.stack([genders.astype(np.int64), groups, occupations.astype(np.int64)], axis=1) + 1


def demographics_of(profile: Profile) -> tuple[int, int, int]:
    """The codes of one person's gender, age and occupation."""
    return (
        UNKNOWN if profile.gender is None else 1 + GENDERS.index(profile.gender),
        UNKNOWN if profile.age is None else 1 + age_group(profile.age),
        UNKNOWN if profile.occupation is None else 1 + profile.occupation,
    )


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

    def answers(self, ratings: Mapping[int, float]) -> dict[int, float]:
        """Position -> stars of the movies that the model knows, from movie_id -> stars."""
        positions = self.positions
        return {positions[movie_id]: stars for movie_id, stars in ratings.items() if movie_id in positions}

    def encode(self, profile: Profile) -> EncodedProfile:
        """Translate a profile's movie ids into positions; movies that the model does not know are left out."""
        positions = self.positions
        unseen = sorted(profile.unseen - profile.ratings.keys())
        return EncodedProfile(
            profile,
            demographics_of(profile),
            self.answers(profile.ratings),
            tuple(positions[movie_id] for movie_id in unseen if movie_id in positions),
        )

    def profile_arrays(self, profiles: Sequence[Profile], shrinkage: float = 0.0) -> ProfileArrays:
        """`encoded_arrays` of profiles that are not encoded yet."""
        return self.encoded_arrays([self.encode(profile) for profile in profiles], shrinkage)

    def encoded_arrays(self, profiles: Sequence[EncodedProfile], shrinkage: float = 0.0) -> ProfileArrays:
        """Profiles as the user tower reads them; ratings of unknown movies are left out and counted."""
        codes = np.zeros((len(profiles), 3), np.int64)
        rated: list[int] = []
        stars: list[float] = []
        unseen: list[int] = []
        sizes = np.zeros((2, len(profiles)), np.int64)
        given = 0
        for row, profile in enumerate(profiles):
            codes[row] = profile.demographics
            rated += profile.answers
            stars += profile.answers.values()
            unseen += profile.unseen
            sizes[:, row] = len(profile.answers), len(profile.unseen)
            given += len(profile.profile.ratings)
        arrays = profile_arrays(
            codes,
            Entries(np.array(rated, np.int64), sizes[0]),
            np.array(stars, np.float32),
            Entries(np.array(unseen, np.int64), sizes[1]),
            len(self.movie_ids),
            shrinkage,
        )
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
