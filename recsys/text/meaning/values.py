"""The values of meanings: what a text can say, and the situation in which it was written."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from recsys.text.wishes import Wish


class Question(StrEnum):
    """A question of the bot that a text may answer."""

    GREETING = "greeting"
    """Whether to begin."""
    AGE = "age"
    GENDER = "gender"
    OCCUPATION = "occupation"
    TITLES = "titles"
    """Which titles the person loves; a text may end this question, too."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The situation in which a person writes.

    Attributes:
        question: the question of the onboarding that waits for an answer; None if none does.
        card: id of the movie on the card that the text replies to; None if it replies to no card.
        wish: the wish that is active; None if there is none.
        expects_titles: whether the bot has just asked for titles of movies.
        this_year: the year in which they write. A year of birth is an age then; None if it is not known.
    """

    question: Question | None = None
    card: int | None = None
    wish: Wish | None = None
    expects_titles: bool = False
    this_year: int | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a text says about one title.

    Attributes:
        text: the title as it was written; empty if the text replies to a card.
        movie_ids: the movies that it may mean, the likeliest first; empty if no movie is alike.
        stars: the stars that it gives, as in `recsys.profile`; None if it gives none.
        is_seen: whether the person says that they have, or have not, seen it; None if the text does not say.
        is_certain: whether it may be stored without a question. It names the whole title of a single movie, and no word
            is left that could change what it says.
    """

    text: str
    movie_ids: tuple[int, ...]
    stars: float | None = None
    is_seen: bool | None = None
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Opinions:
    """The person says what they think of titles.

    Attributes:
        opinions: in the order of the text.
        then: what the text asks for beside them; None if it asks for nothing.
    """

    opinions: tuple[Opinion, ...]
    then: "Wished | Requested | None" = None


@dataclass(frozen=True, slots=True)
class Wished:
    """The person wishes for a kind of movie; this replaces the active wish.

    Attributes:
        wish: the wish.
        cards: how many movies they ask for.
    """

    wish: Wish
    cards: int = 1


@dataclass(frozen=True, slots=True)
class Refined:
    """The person changes the active wish, or asks for another card of it.

    Attributes:
        wish: the conditions to add to the active wish.
        direction: "newer" or "older" than the card that was shown; None if neither.
        like_shown: which of the cards of this wish the next one should resemble, counted from 1; -1 for the last one.
        not_possible: words that ask for a change that the catalogue does not support, as they were written.
        cards: how many movies they ask for.
    """

    wish: Wish = field(default_factory=Wish)
    direction: Literal["newer", "older"] | None = None
    like_shown: int | None = None
    not_possible: tuple[str, ...] = ()
    cards: int = 1


class Move(StrEnum):
    """An answer that gives no information about the person, such as "skip"."""

    BEGIN = "begin"
    MORE = "more"
    DONE = "done"
    SKIP = "skip"
    BACK = "back"
    NOT_SAID = "not said"


@dataclass(frozen=True, slots=True)
class Answered:
    """The person answers the question of the bot.

    Attributes:
        question: the question.
        value: the age in years, "F" or "M", or an index into `recsys.profile.OCCUPATIONS`; or a move.
    """

    question: Question
    value: int | str | Move


@dataclass(frozen=True, slots=True)
class Preferred:
    """The person says what they never want to see, from now on.

    Attributes:
        wish: the conditions that hold for all cards: the genres, titles and people that are excluded, and the years.
        excepted: the exception that the person makes, as it was written, which no condition can say; often empty.
    """

    wish: Wish
    excepted: str = ""


class Topic(StrEnum):
    """What a question about a movie asks."""

    OPINION = "opinion"
    PLOT = "plot"
    PEOPLE = "people"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class AskedAboutMovie:
    """The person asks about a movie.

    Attributes:
        topic: what they ask.
        movie_ids: the movies that they may mean; empty for the movie on the last card.
        shown: which movie of the list that was shown last, counted from 1; -1 for its last one, None for none of them.
    """

    topic: Topic
    movie_ids: tuple[int, ...] = ()
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class Requested:
    """The person asks for movies without saying which.

    Attributes:
        cards: how many.
        is_surprise: whether they ask for something unexpected.
    """

    cards: int = 1
    is_surprise: bool = False


class Talk(StrEnum):
    """Small talk."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    YES = "yes"
    NO = "no"
    PRAISE = "praise"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """The person makes small talk, which changes nothing."""

    talk: Talk


class HelpTopic(StrEnum):
    """What a person wants to know about the bot, or wants it to do about their data, or which list they want to see."""

    BOT = "bot"
    PRIVACY = "privacy"
    DELETION = "deletion"
    EXPORT = "export"
    UNDO = "undo"
    SETTINGS = "settings"
    PROFILE = "profile"
    RATINGS = "ratings"
    WATCHLIST = "watchlist"
    HISTORY = "history"
    PICKS = "picks"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class AskedForHelp:
    """The person asks about the bot or about their data, or names a command in words.

    Attributes:
        topic: what it is about.
        is_order: whether every word of the text belongs to the order to do it.
    """

    topic: HelpTopic
    is_order: bool = False


@dataclass(frozen=True, slots=True)
class Foreign:
    """The text is in a language that the bot does not read.

    Attributes:
        language: ISO 639-1 code of the likeliest language; empty if it is not known.
    """

    language: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nothing certain was understood.

    Attributes:
        movie_ids: movies with titles that are really alike, the likeliest first; often empty.
        denied: words of a denial that was not understood, as they were written; empty if there is none.
        many_seen: whether the text says that many movies at once were seen, which nothing can store.
    """

    movie_ids: tuple[int, ...] = ()
    denied: str = ""
    many_seen: bool = False


Meaning = (
    Opinions
    | Wished
    | Refined
    | Answered
    | Preferred
    | AskedAboutMovie
    | Requested
    | SmallTalk
    | AskedForHelp
    | Foreign
    | Unclear
)
