"""A person as the user tower sees them: optional demographics plus signed ratings, and no id."""

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
"""(lowest age in years, name) of MovieLens 1M's seven groups."""

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
"""MovieLens 1M's 21 occupations; the position is the code."""

LIKE, SO_SO, DISLIKE = 5.0, 3.0, 1.0
"""Stars of 👍, 😐 and 👎."""

UP_FROM, DOWN_TO = 4.0, 2.0
"""Stars that are as good as a 👍, and as bad as a 👎."""

MIN_AGE, MAX_AGE = 1, 120
MIN_RATING, MAX_RATING = 1.0, 5.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a person; every part is optional.

    Attributes:
        gender: "F" or "M".
        age: in years, 1..120; only its group counts (data sets code "under 18" as 1).
        occupation: a position in OCCUPATIONS, 0..20.
        ratings: movie_id -> stars, any number from 1 to 5.
        unseen: movie ids that were shown and that the person has not seen.

    Raises:
        ValueError: a part is out of its range; the message names the range.
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
        """The same without gender, age and occupation."""
        return Profile(ratings=self.ratings, unseen=self.unseen)


def tapped(stars: ArrayLike) -> NDArray[np.float64]:
    """The stars of 👍, 😐 or 👎, whichever comes nearest to what was given; of the shape of `stars`."""
    stars = np.asarray(stars)
    return np.select([stars >= UP_FROM, stars <= DOWN_TO], [LIKE, DISLIKE], SO_SO)


def age_group(age: int) -> int:
    """Position of an age, in years, in AGE_GROUPS: 28 is in group 2, "25-34"."""
    return sum(age >= lowest for lowest, _ in AGE_GROUPS[1:])
