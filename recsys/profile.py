"""A person as the user tower sees them: optional demographics plus ratings, and no user id.

This module also holds every star threshold of the project, each with the reason for its value.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Gender = Literal["F", "M"]

GENDERS: tuple[Gender, ...] = ("F", "M")

AGE_GROUPS: tuple[tuple[int, str], ...] = (
    (1, "under 18"),
    (18, "18-24"),
    (25, "25-34"),
    (35, "35-44"),
    (45, "45-49"),
    (50, "50-55"),
    (56, "56 or more"),
)
"""(lowest age in years, name) of MovieLens 1M's seven age groups."""

OCCUPATIONS: tuple[str, ...] = (
    "other",
    "academic or educator",
    "artist",
    "clerical or admin",
    "college or grad student",
    "customer service",
    "doctor or health care",
    "executive or managerial",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales or marketing",
    "scientist",
    "self-employed",
    "technician or engineer",
    "tradesman or craftsman",
    "unemployed",
    "writer",
)
"""MovieLens 1M's 21 occupations. The position in this tuple is the code."""

OTHER_OCCUPATION = OCCUPATIONS.index("other")
"""The code of every occupation that the others do not name."""

MIN_AGE, MAX_AGE = 1, 120
"""Valid ages, in years. MovieLens 1M codes "under 18" as age 1."""

MIN_RATING, MAX_RATING = 1.0, 5.0
"""Valid ratings, in stars. Any number between them is valid, halves included."""

LIKE, SO_SO, DISLIKE = 5.0, 3.0, 1.0
"""Stars that 👍, 😐 and 👎 are stored as."""

LIKED_FROM = 4.0
"""A rating of at least this many stars is a like. It is the usual threshold for MovieLens (Liang et al., "Variational
autoencoders for collaborative filtering", WWW 2018). Training predicts these likes, and they are the metrics' hits."""

DISLIKED_TO = 2.0
"""A rating of at most this many stars is a dislike, which disliked@10 counts. It mirrors LIKED_FROM around 3 stars."""

REJECTED_BELOW = 2.0
"""A rating of fewer stars is a rejection: all that it does is to lower the movie and similar movies. Ratings of exactly
2 stars stay answers, because without them NDCG@10 falls by 0.5 % instead of 0.1 to 0.2 % (docs/decisions/009)."""

NAMED_FROM = 3.5
"""A rating of at least this many stars may be named as the reason for a recommendation. It is less than LIKED_FROM,
because the user tower reads 3.5 stars as half a like. Naming a lower rating as the reason would convince nobody."""

GENRE_LIKED_FROM, GENRE_DISLIKED_TO = 3.5, 2.5
"""Without a model, a rating counts for the genres of its movie from 3.5 stars on, against them up to 2.5 stars. Both
are half a star away from a neutral rating, because few ratings are known and a genre needs only a majority of them."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything the model may know about a person. Every part is optional.

    Attributes:
        gender: "F" or "M".
        age: in years, 1..120. The model reads only the age group.
        occupation: position in OCCUPATIONS, 0..20.
        ratings: movie_id -> stars, any number from 1 to 5.
        unseen: ids of movies that the person was shown and has not seen.

    Raises:
        ValueError: a value is out of its range; the message names the range.
    """

    gender: Gender | None = None
    age: int | None = None
    occupation: int | None = None
    ratings: Mapping[int, float] = field(default_factory=dict)
    unseen: Set[int] = frozenset()

    def __post_init__(self) -> None:
        if self.gender is not None and self.gender not in GENDERS:
            raise ValueError(f"gender is F or M, not {self.gender!r}")
        if self.age is not None and not MIN_AGE <= self.age <= MAX_AGE:
            raise ValueError(f"age is {MIN_AGE} to {MAX_AGE} years, not {self.age}")
        if self.occupation is not None and not 0 <= self.occupation < len(OCCUPATIONS):
            raise ValueError(f"occupation is 0 to {len(OCCUPATIONS) - 1}, not {self.occupation}")
        for movie_id, stars in self.ratings.items():
            if not MIN_RATING <= stars <= MAX_RATING:
                raise ValueError(
                    f"a rating is {MIN_RATING:g} to {MAX_RATING:g} stars, not {stars} for movie {movie_id}"
                )

    def anonymous(self) -> "Profile":
        """Return a copy without gender, age and occupation."""
        return Profile(ratings=self.ratings, unseen=self.unseen)


def round_to_thumb(stars: ArrayLike) -> NDArray[np.float64]:
    """Return the stars of the thumb that a rating corresponds to: 👍 for a like, 👎 for a dislike, else 😐.

    Args:
        stars: (...) float, 1..5.

    Returns:
        (...) float64, each LIKE, SO_SO or DISLIKE.
    """
    stars = np.asarray(stars)
    return np.select([stars >= LIKED_FROM, stars <= DISLIKED_TO], [LIKE, DISLIKE], SO_SO)


def age_group(age: int) -> int:
    """Return the position in AGE_GROUPS of an age in years; 28 is in group 2, "25-34"."""
    return sum(age >= lowest for lowest, _ in AGE_GROUPS[1:])
