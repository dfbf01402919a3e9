"""Types of the fields of callback data. The codec reads the allowed values from these annotations."""

from dataclasses import dataclass
from typing import Annotated

STARS: tuple[float, ...] = tuple(half / 2 for half in range(2, 11))
"""The ratings that buttons offer: 1 to 5 in steps of one half."""


@dataclass(frozen=True, slots=True)
class Within:
    """A range of integers, both ends included."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class UpTo:
    """Words on one line, without a colon, in UTF-8.

    Attributes:
        longest: the maximum number of bytes.
    """

    longest: int


MovieId = Annotated[int, Within(1, 2**63 - 1)]
JobId = Annotated[int, Within(1, 2**63 - 1)]
ChangeNumber = Annotated[int, Within(1, 2**63 - 1)]
"""The number of a change that a person made."""
ImportNumber = Annotated[int, Within(1, 2**63 - 1)]
"""The number of a file that a person wants to import."""
MAX_PAGE = 999_999
"""The largest number of a page."""
Page = Annotated[int, Within(0, MAX_PAGE)]
"""The number of a page, counted from 0."""
Choice = Annotated[int, Within(0, 99)]
"""An index into a list of choices. `steps.advance` checks that the list has such an entry."""
Stars = Annotated[float, STARS]
Key = Annotated[int, Within(0, 2**32 - 1)]
"""A checksum of a text that is too long for callback data. See `handlers.conditions.key_of`."""
Year = Annotated[int, Within(1, 9_999)]
"""A year of release."""
Country = Annotated[str, UpTo(2)]
"""The ISO 3166-1 code of a country."""
MAX_WORDS_BYTES = 48
"""The maximum length of words in callback data. With the number of a page, they fit into 64 bytes."""
Words = Annotated[str, UpTo(MAX_WORDS_BYTES)]
