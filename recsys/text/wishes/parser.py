"""Parse a typed text as a wish.

`parse_detailed_wish` is what the bot uses, after `recsys.text.meaning` has found that the text is no title.
`parse_wish` is for the evaluation of plain wishes, and also tells a wish from a title. Many texts could be a title or a
wish. These rules decide, in this order:

1. A single genre ("war", "romance", "a thriller") is a wish, even if a movie has that title. With "the" or the year
   ("The War", "Romance (1999)") it is the title.
2. A text that is a title, or a whole part of one, is that title: "1984", "Scary Movie", "Horror of Dracula".
3. A text that has words without a meaning in wishes, and that `TitleIndex.find` finds, is that title: "Comedy of
   Terors" has the word comedy in it and means The Comedy of Terrors.
4. Any other text is a wish if it says so: it excludes something, has "like", a decade or "before 1980", asks for movies
   ("something", "show me", "movies"), or says what a genre is about ("comedy with"), or if most of its words have a
   meaning in wishes. "Old School" does none of this.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from recsys.text.titles import TitleIndex, Unknown
from recsys.text.wishes.details import DetailedWishReader
from recsys.text.wishes.reader import MAX_WORDS, WishReader
from recsys.text.wishes.themes import HIDDEN_GEMS, WELL_KNOWN, says_popularity
from storage.records import MovieFilter, Popularity

MAX_LETTERS = 600
"""A text with more letters is not parsed as a wish."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to see; an empty wish accepts any movie.

    Attributes:
        genres_any: at least one of these genres, as the data set writes them.
        genres_all: every one of these genres: a "romantic comedy" is both.
        genres_none: none of these genres.
        year_from: released in this year or later.
        year_to: released in this year or earlier.
        like: ids of movies to resemble, in the order of the text.
        unknown_titles: texts after "like" that match no title, as they were written.
        leftover: other words that were not understood, as they were written.
        people: names of people by whom or with whom the movie is made, as the catalogue writes them; a name that the
            catalogue does not have is as it was written.
        people_none: names of people to exclude.
        themes: words about plot, theme or mood, in lower case: "chess", "time travel", "feel-good".
        themes_none: themes to exclude.
        unlike: ids of movies; these movies and their like are excluded.
        minutes_from: at least this long.
        minutes_to: at most this long.
        age_to_watch: age in years of the child for whom the movie must be suitable.
        people_any: names of people of whom any is enough: "Spielberg or Lucas".
        services: at least one of these services streams the movie, as in `MovieFilter`. No text says it: it is a
            setting of the person.
    """

    genres_any: tuple[str, ...] = ()
    genres_all: tuple[str, ...] = ()
    genres_none: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    like: tuple[int, ...] = ()
    unknown_titles: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    people_none: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    themes_none: tuple[str, ...] = ()
    unlike: tuple[int, ...] = ()
    minutes_from: int | None = None
    minutes_to: int | None = None
    age_to_watch: int | None = None
    people_any: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def filter(self) -> MovieFilter:
        """The part of the wish that a vector index filters by."""
        return MovieFilter(
            self.genres_any,
            self.genres_all,
            self.genres_none,
            self.year_from,
            self.year_to,
            services_any=self.services,
        )

    @property
    def popularity(self) -> Popularity | None:
        """How well known the movies should be; None if the wish does not say. What was said last counts."""
        for theme in reversed(self.themes):
            if says_popularity(theme):
                return Popularity.HIDDEN if theme in HIDDEN_GEMS else Popularity.WELL_KNOWN
        if not WELL_KNOWN.isdisjoint(self.themes_none):
            return Popularity.HIDDEN
        return None if HIDDEN_GEMS.isdisjoint(self.themes_none) else Popularity.WELL_KNOWN

    @property
    def named_people(self) -> tuple[str, ...]:
        """All people whom the wish asks for."""
        return (*self.people, *self.people_any)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The themes without those that say how well known the movies should be."""
        return tuple(theme for theme in self.themes if not says_popularity(theme))

    @property
    def subjects_none(self) -> tuple[str, ...]:
        """The excluded themes without those that say how well known the movies should be."""
        return tuple(theme for theme in self.themes_none if not says_popularity(theme))

    @property
    def is_empty(self) -> bool:
        """Whether the wish has neither a filter nor a movie to resemble."""
        return self.filter == MovieFilter() and not self.like


@dataclass(frozen=True, slots=True)
class NotAWish:
    """The text is a title, or it was not understood."""


def parse_wish(text: str, titles: TitleIndex, genres: Collection[str]) -> Wish | NotAWish:
    """Parse a text as a wish, unless it is a title; the module's docstring has the rules.

    Args:
        text: what the person wrote, without a command.
        titles: of the catalogue. They distinguish titles from wishes and resolve "like TITLE". An ambiguous title means
            the most popular movie.
        genres: every genre of the catalogue, as the data set writes them.
    """
    if len(text) > MAX_LETTERS:
        return NotAWish()
    reader = WishReader(text, titles, frozenset(genres))
    if not 0 < reader.length <= MAX_WORDS:
        return NotAWish()
    if not reader.is_single_genre() and not isinstance(titles.find_exact(text), Unknown):
        return NotAWish()
    reader.read()
    if reader.unexplained and not isinstance(titles.find_without_suggestions(text), Unknown):
        return NotAWish()
    has_meaning = reader.understood > 0 or reader.unknown_titles or (reader.asked and not reader.unexplained)
    says_so = reader.explicit or reader.asked or reader.understood > reader.unexplained
    if not (has_meaning and says_so):
        return NotAWish()
    return _wish(reader)


@dataclass(frozen=True, slots=True)
class DetailedWish:
    """A wish with its details, and how much of the text it explains.

    Attributes:
        wish: the wish; it may be empty.
        denied: exclusions that were not understood, as they were written.
        understood: the number of words that say which movies are meant.
        unexplained: the number of words without a meaning.
        asks: whether the text asks for movies, or excludes a genre.
        unread_denial: a denial of which nothing was understood, as it was written; empty if there is none.
        is_lasting: whether it excludes something for ever.
        cards: how many movies the text asks for; 1 if it does not say.
        excepted: exceptions to exclusions, as they were written: "except Grease" of "no musicals except Grease".
        tolerates: whether the text says that something may be in a movie, which is no condition.
    """

    wish: Wish
    denied: tuple[str, ...]
    understood: int
    unexplained: int
    asks: bool
    unread_denial: str = ""
    is_lasting: bool = False
    cards: int = 1
    excepted: tuple[str, ...] = ()
    tolerates: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether the text is a wish: most of its words say which movies are meant."""
        is_short = self.unexplained < self.understood or (self.asks and self.unexplained <= self.understood + 1)
        return self.understood > 0 and is_short


def parse_detailed_wish(
    text: str, titles: TitleIndex, genres: Collection[str], people: Mapping[str, str], common: frozenset[str]
) -> DetailedWish:
    """Parse a text as a wish, details included. Whether the text is a title is for the caller to decide.

    Args:
        text: what the person wrote, at most MAX_LETTERS letters.
        titles: of the catalogue.
        genres: every genre of the catalogue, as the data set writes them.
        people: normalized name -> name, for the people of the catalogue.
        common: common words of the language. Before "movies" they say what a movie is about.
    """
    reader = DetailedWishReader(text, titles, frozenset(genres), people, common)
    if len(text) > MAX_LETTERS or not 0 < reader.length <= MAX_WORDS:
        return DetailedWish(Wish(), (), 0, 0, False)
    reader.read()
    named = tuple(name for name in reader.people if name not in reader.people_none)
    are_alternatives = reader.are_alternatives and len(named) > 1
    wish = replace(
        _wish(reader),
        people=() if are_alternatives else named,
        people_any=named if are_alternatives else (),
        people_none=tuple(reader.people_none),
        themes=tuple(theme for theme in reader.themes if theme not in reader.themes_none),
        themes_none=tuple(reader.themes_none),
        unlike=tuple(reader.unlike),
        minutes_from=reader.minutes_from,
        minutes_to=reader.minutes_to,
        age_to_watch=reader.age_to_watch,
    )
    return DetailedWish(
        wish,
        tuple(reader.denied),
        understood=reader.understood + len(reader.unknown_titles),
        unexplained=len(reader.leftover),
        asks=reader.asked or bool(reader.unwanted),
        unread_denial=reader.unread_denial,
        is_lasting=reader.is_lasting,
        cards=reader.cards,
        excepted=tuple(reader.excepted),
        tolerates=reader.tolerates,
    )


def _wish(reader: WishReader) -> Wish:
    """Return the conditions that every reader of wishes reads, as a wish. What is excluded is not asked for."""
    genres_any, genres_all = (
        tuple(genre for genre in wanted if genre not in reader.unwanted) for wanted in reader.wanted_genres()
    )
    year_from, year_to = reader.years()
    return Wish(
        genres_any=genres_any,
        genres_all=genres_all,
        genres_none=tuple(reader.unwanted),
        year_from=year_from,
        year_to=year_to,
        like=tuple(reader.like),
        unknown_titles=tuple(reader.unknown_titles),
        leftover=tuple(reader.leftover),
    )
