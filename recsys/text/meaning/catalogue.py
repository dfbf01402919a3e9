"""What the reader knows about a catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.text.titles import TitleIndex
from storage.records import Movie


@dataclass(frozen=True, slots=True)
class ReaderCatalogue:
    """What the reader knows about a catalogue.

    Attributes:
        titles: the index of titles.
        genres: every genre of the catalogue, as the data set writes it.
    """

    titles: TitleIndex
    genres: frozenset[str]

    @classmethod
    def build(cls, movies: Sequence[Movie]) -> "ReaderCatalogue":
        """Collect what the reader needs from the movies of a catalogue."""
        return cls(TitleIndex(movies), frozenset(genre for movie in movies for genre in movie.genres))
