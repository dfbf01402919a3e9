"""What the fields of callback data can be; `codec` writes them by these annotations."""

from dataclasses import dataclass
from typing import Annotated

STARS: tuple[float, ...] = tuple(half / 2 for half in range(2, 11))
"""What a rating button offers: 1 to 5 by halves."""


@dataclass(frozen=True, slots=True)
class Within:
    """The whole numbers of a range, both ends included."""

    lowest: int
    highest: int


MovieId = Annotated[int, Within(1, 2**63 - 1)]
JobId = Annotated[int, Within(1, 2**63 - 1)]
Page = Annotated[int, Within(0, 999_999)]
"""From 0."""
Choice = Annotated[int, Within(0, 99)]
"""A position in a list of choices; whether it is one that is offered is for `steps.advance` to say."""
Stars = Annotated[float, STARS]
