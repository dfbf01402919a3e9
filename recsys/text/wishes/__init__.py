"""From what a person writes to what they wish: "90s comedy, no horror" -> filters, "like Alien" -> a direction.

A text is a title or a wish, and many could be both. What decides, in this order:

1. A single genre ("war", "romance", "a thriller") is a wish, whatever movie bears that name. Its title with "the" or
   the year ("The War", "Romance (1999)") means the movie.
2. A text that is a title, or a whole part of one, is that title: "1984", "Scary Movie", "Horror of Dracula".
3. A text with words that no wish explains, and close enough to a title for `TitleIndex.find`, is that title: "Comedy of
   Terors" has the word comedy in it, and means The Comedy of Terrors all the same.
4. Otherwise it is a wish if it says so: it denies something, says "like", a decade or "before 1980", asks for movies
   ("something", "show me", "movies"), says what a genre is about ("comedy with"), or most of its words are explained.
   "Old School" does none of this.
"""

from collections.abc import Collection
from dataclasses import dataclass

from recsys.text.titles import TitleIndex, Unknown
from recsys.text.wishes.reader import MAX_WORDS, Reader
from storage.records import MovieFilter

MAX_LETTERS = 600
"""A longer text is a story, not a wish."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to see; an empty one wants anything.

    Attributes:
        genres_any: at least one of these, as the data set writes them.
        genres_all: every one of these: a "romantic comedy" is both.
        genres_none: none of these.
        year_from: released in this year or later.
        year_to: released in this year or earlier.
        like: movie ids that the picks shall resemble, in the order of the text.
        unknown_titles: what stood behind "like" and is no title that is known, as it was written.
        leftover: other words that were not understood, as they were written.
    """

    genres_any: tuple[str, ...] = ()
    genres_all: tuple[str, ...] = ()
    genres_none: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    like: tuple[int, ...] = ()
    unknown_titles: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()

    @property
    def filter(self) -> MovieFilter:
        """The part of the wish that an index filters by."""
        return MovieFilter(self.genres_any, self.genres_all, self.genres_none, self.year_from, self.year_to)

    @property
    def is_empty(self) -> bool:
        """Nothing narrows the choice down, neither a filter nor a direction."""
        return self.filter == MovieFilter() and not self.like


@dataclass(frozen=True, slots=True)
class NotAWish:
    """The text is a title, or nothing that is understood."""


def parse_wish(text: str, titles: TitleIndex, genres: Collection[str]) -> Wish | NotAWish:
    """Understand a text as a wish, unless it is a title; see the rules at the head of this module.

    Args:
        text: what was written, without a command.
        titles: of the catalogue: they tell titles from wishes, and resolve "like TITLE", of several to the most rated.
        genres: all that occur in the catalogue, as the data set writes them.
    """
    if len(text) > MAX_LETTERS:
        return NotAWish()
    reader = Reader(text, titles, frozenset(genres))
    if not 0 < reader.length <= MAX_WORDS:
        return NotAWish()
    if not reader.is_one_genre() and not isinstance(titles.exactly(text), Unknown):
        return NotAWish()
    reader.read()
    if reader.unexplained and not isinstance(titles.find(text), Unknown):
        return NotAWish()
    says_something = reader.understood > 0 or reader.unknown_titles or (reader.asked and not reader.unexplained)
    says_so = reader.explicit or reader.asked or reader.understood > reader.unexplained
    if not (says_something and says_so):
        return NotAWish()
    genres_any, genres_all = reader.wanted_genres()
    year_from, year_to = reader.years()
    return Wish(
        genres_any,
        genres_all,
        tuple(reader.unwanted),
        year_from,
        year_to,
        tuple(reader.like),
        tuple(reader.unknown_titles),
        tuple(reader.leftover),
    )
