"""Records of usage statistics, which contain nothing about single people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """The numbers of new people and of ratings on one day, UTC."""

    date: date
    people: int
    ratings: int


@dataclass(frozen=True, slots=True)
class LikedTitle:
    """A title, such as "Alien (1979)", and the number of people who like it."""

    label: str
    people: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Usage statistics of the bot.

    Attributes:
        people: number of people.
        active: number of days -> number of people who came, rated or marked something within these days.
        reachable: number of people who can be sent announcements.
        ratings: number of current ratings.
        shown: number of pairs of a person and a movie that a card showed to the person, within the time for which the
            marks "shown" are kept.
        thumbs_up: number of shown pairs that the person gave a thumb up.
        thumbs_down: number of shown pairs that the person gave a thumb down.
        top_titles: the titles that most people like, the best first. None of them shows what a single person likes.
        misunderstood: kind -> how many messages were not understood within `days`, most first.
        days: the last days, the oldest first, without gaps. The last entry is today so far.
    """

    people: int
    active: Mapping[int, int]
    reachable: int
    ratings: int
    shown: int
    thumbs_up: int
    thumbs_down: int
    top_titles: tuple[LikedTitle, ...]
    misunderstood: Mapping[str, int]
    days: tuple[DailyCounts, ...]

    @property
    def thumb_share(self) -> float | None:
        """The fraction of shown movies that got a thumb up, 0..1; None if no movie was shown."""
        return self.thumbs_up / self.shown if self.shown else None
