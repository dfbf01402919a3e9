"""Profiles and movies as arrays: the features of both towers.

Training and serving share this module. A release carries FEATURE_VERSION and is refused by any other version.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.models.movie_tokens import movie_tokens
from recsys.models.positions import positions_of
from recsys.profile import (
    GENDERS,
    LIKED_FROM,
    MAX_AGE,
    OCCUPATIONS,
    REJECTED_BELOW,
    SO_SO,
    Profile,
    age_group,
)
from storage.records import Movie

FEATURE_VERSION = 7
"""Version of the features and of the release format. It must be raised if equal inputs give other arrays or if the
files of a release change; releases of other versions are refused."""

UNKNOWN = 0
"""Code of an unknown gender, age group or occupation. The codes of known values start at 1."""

MIN_TOKEN_MOVIES = 2
"""A token enters the vocabulary if at least this many movies have it."""

MAX_TOKENS = 20_000
"""The vocabulary keeps this many tokens, the most frequent first."""

MAX_PLOT_WORDS = 12
"""Only the rarest words of a description become tokens of the movie."""

DEMOGRAPHIC_SIZES = (1 + len(GENDERS), 1 + age_group(MAX_AGE) + 1, 1 + len(OCCUPATIONS))
"""Number of codes of gender, age group and occupation, UNKNOWN included."""

DEMOGRAPHIC_STARTS = np.cumsum([0, *DEMOGRAPHIC_SIZES[:-1]])
"""Position of the first code of gender, age group and occupation if all codes are numbered in one sequence."""


class AnswerKind(IntEnum):
    """What an answer says about a movie. The value is the offset of the kind among the input columns of the movie.

    Ratings below REJECTED_BELOW have no kind: they bypass the network (see `recsys.models.network.UserTower`).
    """

    LIKED = 0
    """Rated LIKED_FROM stars or more."""

    NEUTRAL = 1
    """Rated SO_SO stars or fewer. A rating between SO_SO and LIKED_FROM is partly LIKED and partly NEUTRAL."""

    UNSEEN = 2
    """The person was shown the movie and has not seen it."""


ANSWER_KINDS = len(AnswerKind)
"""Number of input columns that each movie has, one for each kind of answer."""


@dataclass(frozen=True, slots=True)
class ProfileArrays:
    """`n` profiles as inputs of the user tower, over `m` movies.

    Attributes:
        inputs: (n, ANSWER_KINDS * m + demographic codes) sparse float32. Column ANSWER_KINDS * position + kind holds
            the answer of that kind to a movie; a rating between SO_SO and LIKED_FROM is split linearly between LIKED
            and NEUTRAL, so that any number of stars counts. The `k` ratings of a person are scaled by
            1 / sqrt(k + shrinkage), their `u` unseen movies by 1 / sqrt(u). The last columns are the one-hot codes of
            gender, age group and occupation.
        answers: (ANSWER_KINDS * n, m) sparse float32, the same answers by movie: row ANSWER_KINDS * i + kind holds the
            answers of that kind of person i.
        rejected: (n, m) sparse float32, 1 for each rating below REJECTED_BELOW. These ratings are in neither of the
            other arrays, and the scale of the ratings does not count them.
        ignored: number of ratings of movies that the model does not know.
    """

    inputs: csr_matrix
    answers: csr_matrix
    rejected: csr_matrix
    ignored: int = 0

    def of_people(self, rows: NDArray[np.int64]) -> "ProfileArrays":
        """Return the profiles of the people at (k,) rows."""
        answers = ANSWER_KINDS * rows[:, np.newaxis] + np.arange(ANSWER_KINDS)
        return ProfileArrays(self.inputs[rows], self.answers[answers.ravel()], self.rejected[rows])


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """The inputs of one person, complete and with one part left out at a time.

    Attributes:
        columns: (e,) int64, the columns of `ProfileArrays.inputs` that the variants use.
        weights: (2 + k, e) float32, the values of these columns: row 0 of the complete profile, row 1 of the profile
            without demographics, and the others of the profile without one of `k` ratings.
        rejected: (r,) int64, positions of the movies with a rating below REJECTED_BELOW.
    """

    columns: NDArray[np.int64]
    weights: NDArray[np.float32]
    rejected: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MoviesByPerson:
    """Movies that `n` people answered about, concatenated person by person.

    Attributes:
        movies: (e,) int, positions.
        sizes: (n,) int64, how many of the movies belong to each person; 0 is allowed.
    """

    movies: NDArray[np.integer[Any]]
    sizes: NDArray[np.int64]

    @property
    def owners(self) -> NDArray[np.int64]:
        """(e,) int64, the row of the person that each movie belongs to."""
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
    """Return the number of columns of `ProfileArrays.inputs`."""
    return ANSWER_KINDS * movie_count + sum(DEMOGRAPHIC_SIZES)


def profile_arrays(
    demographics: NDArray[np.int64],
    rated: MoviesByPerson,
    stars: NDArray[np.float32],
    unseen: MoviesByPerson,
    movie_count: int,
    shrinkage: float = 0.0,
) -> ProfileArrays:
    """Build the inputs of the user tower from coded profiles.

    Args:
        demographics: (n, 3) int64, codes of gender, age group and occupation.
        rated: the rated movies of n people.
        stars: (e,) float32, 1..5, of each rated movie.
        unseen: the movies that the people were shown and have not seen.
        movie_count: m.
        shrinkage: added to the number of ratings in their scale; it shrinks the influence of few ratings.
    """
    count = len(demographics)
    owners = rated.owners
    is_rejected = stars < REJECTED_BELOW
    rejections = np.ones(int(is_rejected.sum()))
    rejected = _sparse(owners[is_rejected], rated.movies[is_rejected], rejections, (count, movie_count))
    owners, movies, stars = owners[~is_rejected], rated.movies[~is_rejected], stars[~is_rejected]
    liked = np.clip((stars - SO_SO) / (LIKED_FROM - SO_SO), 0, 1)
    scale = 1 / np.sqrt(np.bincount(owners, minlength=count)[owners] + shrinkage)
    unseen_owners = unseen.owners
    answers = _sparse(
        np.concatenate(
            [
                ANSWER_KINDS * owners + AnswerKind.LIKED,
                ANSWER_KINDS * owners + AnswerKind.NEUTRAL,
                ANSWER_KINDS * unseen_owners + AnswerKind.UNSEEN,
            ]
        ),
        np.concatenate([movies, movies, unseen.movies]),
        np.concatenate([liked * scale, (1 - liked) * scale, 1 / np.sqrt(unseen.sizes[unseen_owners])]),
        (ANSWER_KINDS * count, movie_count),
    )
    rows = np.repeat(np.arange(ANSWER_KINDS * count), np.diff(answers.indptr))
    codes = ANSWER_KINDS * movie_count + DEMOGRAPHIC_STARTS + demographics
    inputs = _sparse(
        np.concatenate([rows // ANSWER_KINDS, np.repeat(np.arange(count), codes.shape[1])]),
        np.concatenate([ANSWER_KINDS * answers.indices + rows % ANSWER_KINDS, codes.ravel()]),
        np.concatenate([answers.data, np.ones(codes.size)]),
        (count, input_width(movie_count)),
    )
    return ProfileArrays(inputs, answers, rejected)


def leave_one_out(
    person: EncodedProfile, left_out: Sequence[int], movie_count: int, shrinkage: float = 0.0
) -> LeaveOneOut:
    """Return the inputs of one person with one part of the profile left out at a time.

    Each variant has the values that `profile_arrays` gives for the remaining profile: without a rating, the other
    ratings are scaled up, since there are fewer of them.

    Args:
        person: the profile.
        left_out: k positions of movies that the person rated, none of them rejected.
        movie_count: m.
        shrinkage: added to the number of ratings in their scale, as in `profile_arrays`.
    """
    positions = np.fromiter(person.answers, np.int64, len(person.answers))
    stars = np.fromiter(person.answers.values(), np.float32, len(person.answers))
    is_rejected = stars < REJECTED_BELOW
    rejected, positions, stars = positions[is_rejected], positions[~is_rejected], stars[~is_rejected]
    count, unseen = len(positions), np.array(person.unseen, np.int64)
    liked = np.clip((stars - SO_SO) / (LIKED_FROM - SO_SO), 0, 1)
    answers = np.concatenate([liked, 1 - liked])
    used = np.flatnonzero(answers)
    kinds = np.repeat((AnswerKind.LIKED, AnswerKind.NEUTRAL), count)[used]
    movies = np.concatenate([positions, positions])[used]
    codes = ANSWER_KINDS * movie_count + DEMOGRAPHIC_STARTS
    columns = np.concatenate(
        [
            ANSWER_KINDS * movies + kinds,
            ANSWER_KINDS * unseen + AnswerKind.UNSEEN,
            codes + person.demographics,
            codes + UNKNOWN,
        ]
    )
    weights = np.zeros((2 + len(left_out), len(columns)), np.float32)
    ratings, known, unknown = (
        weights[:, : len(used)],
        weights[:, -2 * len(codes) : -len(codes)],
        weights[:, -len(codes) :],
    )
    ratings[:] = answers[used] / np.sqrt(max(1, count) + shrinkage)
    if count > 1:
        ratings[2:] *= np.float32(np.sqrt((count + shrinkage) / (count - 1 + shrinkage)))
    ratings[2:][movies == np.array(left_out, np.int64)[:, np.newaxis]] = 0
    weights[:, len(used) : len(used) + len(unseen)] = 1 / np.sqrt(max(1, len(unseen)))
    known[:] = 1
    known[1], unknown[1] = 0, 1
    return LeaveOneOut(columns, weights, rejected)


def _sparse(
    rows: NDArray[np.int64], columns: NDArray[np.integer[Any]], weights: NDArray[Any], shape: tuple[int, int]
) -> csr_matrix:
    """Build a CSR matrix from coordinates, several times faster than scipy does for a single person."""
    used = np.flatnonzero(weights)
    used = used[np.argsort(rows[used], kind="stable")]
    # scipy would search int64 indices for a number that does not fit into int32.
    ends = np.zeros(shape[0] + 1, np.int32)
    np.cumsum(np.bincount(rows[used], minlength=shape[0]), out=ends[1:])
    return csr_matrix((weights[used].astype(np.float32), columns[used].astype(np.int32), ends), shape=shape)


def demographic_codes(genders: NDArray[Any], ages: NDArray[Any], occupations: NDArray[Any]) -> NDArray[np.int64]:
    """Return the (n, 3) int64 codes of columns in which -1 means unknown; ages are in years."""
    groups = np.array([age_group(age) if age >= 0 else -1 for age in ages.tolist()], np.int64)
    return np.stack([genders.astype(np.int64), groups, occupations.astype(np.int64)], axis=1) + 1


def demographics_of(profile: Profile) -> tuple[int, int, int]:
    """Return the codes of a profile's gender, age group and occupation."""
    return (
        UNKNOWN if profile.gender is None else 1 + GENDERS.index(profile.gender),
        UNKNOWN if profile.age is None else 1 + age_group(profile.age),
        UNKNOWN if profile.occupation is None else 1 + profile.occupation,
    )


@dataclass(frozen=True)
class Vocabulary:
    """The movies of a model, in the order of its vectors, and the tokens that describe movies.

    Attributes:
        movie_ids: (m,) int64, ascending.
        tokens: for example "genre:Comedy" or "actor:tom hanks". The position of a token is its code.
    """

    movie_ids: NDArray[np.int64]
    tokens: tuple[str, ...]
    _codes: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_codes", {token: code for code, token in enumerate(self.tokens)})

    @classmethod
    def build(cls, movies: Sequence[Movie]) -> "Vocabulary":
        """Collect the tokens that at least MIN_TOKEN_MOVIES of the movies have, the most frequent first."""
        counts = Counter(token for movie in movies for token in set(movie_tokens(movie)))
        frequent = [token for token, movies_with in counts.items() if movies_with >= MIN_TOKEN_MOVIES]
        frequent.sort(key=lambda token: (-counts[token], token))
        ids = np.array(sorted(movie.movie_id for movie in movies), np.int64)
        return cls(ids, tuple(frequent[:MAX_TOKENS]))

    @cached_property
    def positions(self) -> Mapping[int, int]:
        """movie_id -> position of its vector."""
        return positions_of(self.movie_ids)

    def movie_matrix(self, movies: Sequence[Movie]) -> csr_matrix:
        """Return the tokens of each movie as (n, t) sparse float32; the tokens of one field share a weight of 1."""
        columns: list[int] = []
        weights: list[float] = []
        owners: list[int] = []
        for owner, movie in enumerate(movies):
            coded = [
                (token.partition(":")[0], self._codes[token]) for token in movie_tokens(movie) if token in self._codes
            ]
            sizes = Counter(name for name, _ in coded)
            # Codes follow the frequency: the highest ones are the rarest words.
            plot_codes = sorted((code for name, code in coded if name == "plot"), reverse=True)[:MAX_PLOT_WORDS]
            sizes["plot"] = len(plot_codes)
            for name, code in coded:
                if name != "plot" or code in plot_codes:
                    columns.append(code)
                    weights.append(1 / sizes[name])
                    owners.append(owner)
        shape = (len(movies), len(self.tokens))
        return csr_matrix((np.array(weights, np.float32), (owners, columns)), shape=shape)

    def answers(self, ratings: Mapping[int, float]) -> dict[int, float]:
        """Return position -> stars from movie_id -> stars; movies that the model does not know are left out."""
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
        """Encode profiles and return their `encoded_arrays`."""
        return self.encoded_arrays([self.encode(profile) for profile in profiles], shrinkage)

    def encoded_arrays(self, profiles: Sequence[EncodedProfile], shrinkage: float = 0.0) -> ProfileArrays:
        """Return the inputs of the user tower for n encoded profiles; see the function `profile_arrays`."""
        codes = np.zeros((len(profiles), 3), np.int64)
        rated: list[int] = []
        stars: list[float] = []
        unseen: list[int] = []
        sizes = np.zeros((2, len(profiles)), np.int64)
        rating_count = 0
        for row, encoded in enumerate(profiles):
            codes[row] = encoded.demographics
            rated += encoded.answers
            stars += encoded.answers.values()
            unseen += encoded.unseen
            sizes[:, row] = len(encoded.answers), len(encoded.unseen)
            rating_count += len(encoded.profile.ratings)
        arrays = profile_arrays(
            codes,
            MoviesByPerson(np.array(rated, np.int64), sizes[0]),
            np.array(stars, np.float32),
            MoviesByPerson(np.array(unseen, np.int64), sizes[1]),
            len(self.movie_ids),
            shrinkage,
        )
        return replace(arrays, ignored=rating_count - len(rated))
