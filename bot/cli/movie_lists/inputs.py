"""Parse the values of options. An error is one line with the value and what was expected."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.errors import BadInput
from recsys.profile import GENDERS, MAX_AGE, MAX_RATING, MIN_RATING, OCCUPATIONS, Gender, Profile
from recsys.text.meaning import (
    AskedAboutMovie,
    Opinions,
    Preferred,
    ReaderCatalogue,
    Refined,
    Situation,
    Wished,
    read_meaning,
)
from recsys.text.titles import Ambiguous, Found, Match, TitleIndex
from recsys.text.wishes import Wish
from storage.records import Movie

MIN_PERSON_AGE = 13
"""The minimum age in years that can be typed. Data sets code "under 18" as 1, but nobody who types is that young."""

MAX_ERRORS = 10
"""At most this many invalid ratings are explained at once."""

_GENDER_WORDS: dict[str, Gender] = {"f": "F", "female": "F", "m": "M", "male": "M"}

_T = TypeVar("_T")


def person(gender_text: str | None, age_text: str | None, occupation_text: str | None) -> Profile:
    """Parse a person's demographics into a profile without ratings. None means that an option was not given.

    Raises:
        BadInput: some values are invalid; the message has a line for each of them.
    """
    errors: list[str] = []

    def read(parse: Callable[[str], _T], text: str | None) -> _T | None:
        try:
            return None if text is None else parse(text)
        except BadInput as error:
            errors.append(str(error))
            return None

    profile = Profile(read(gender, gender_text), read(age, age_text), read(occupation, occupation_text))
    if errors:
        raise BadInput("\n".join(errors))
    return profile


def gender(text: str) -> Gender:
    """Parse F, M, female or male, in upper or lower case.

    Raises:
        BadInput: the text is something else.
    """
    try:
        return _GENDER_WORDS[text.strip().lower()]
    except KeyError:
        raise BadInput(f"gender {text!r}: expected {' or '.join(GENDERS)}") from None


def age(text: str) -> int:
    """Parse an age in years.

    Raises:
        BadInput: the text is not a number from MIN_PERSON_AGE to MAX_AGE.
    """
    years = int(text) if text.strip().isdecimal() else -1
    if not MIN_PERSON_AGE <= years <= MAX_AGE:
        raise BadInput(f"age {text.strip()}: expected {MIN_PERSON_AGE} to {MAX_AGE}")
    return years


def occupation(text: str) -> int:
    """Parse an occupation into its code.

    Args:
        text: a code 0 to 20, a name from OCCUPATIONS, or the beginning of a word that only one of the names has.

    Raises:
        BadInput: no occupation matches, or several do; the message lists them.
    """
    typed = text.strip().lower()
    if typed.isdecimal() and int(typed) < len(OCCUPATIONS):
        return int(typed)
    names = [name.lower() for name in OCCUPATIONS]
    if typed in names:
        return names.index(typed)
    codes = [code for code, name in enumerate(names) if typed and any(word.startswith(typed) for word in name.split())]
    if len(codes) == 1:
        return codes[0]
    choices = codes or range(len(OCCUPATIONS))
    listed = ", ".join(f"{code} {OCCUPATIONS[code]}" for code in choices)
    raise BadInput(f"occupation {text!r}: expected {'one of' if codes else 'a code or a word of'} {listed}")


def ratings(texts: Sequence[str], titles: TitleIndex) -> dict[Movie, float]:
    """Parse ratings. If a movie is rated twice, the later rating counts.

    Args:
        texts: "TITLE=STARS" or "ID=STARS", split at the last "=".
        titles: finds the movies.

    Raises:
        BadInput: some ratings are invalid; the message has a line for each of them.
    """
    parsed: dict[Movie, float] = {}
    errors = []
    for text in texts:
        try:
            movie, stars = _rating(text, titles)
        except BadInput as error:
            errors.append(str(error))
        else:
            parsed[movie] = stars
    if len(errors) > MAX_ERRORS:
        errors[MAX_ERRORS:] = [f"... and {len(errors) - MAX_ERRORS:,} more ratings that are invalid"]
    if errors:
        raise BadInput("\n".join(errors))
    return parsed


def wish(text: str, catalogue: ReaderCatalogue) -> Wish:
    """Parse a wish, as the bot reads a message. A title is a movie to resemble.

    Args:
        text: for example "90s comedy, no horror", or "like Alien".
        catalogue: what the reader knows about the catalogue.

    Raises:
        BadInput: the text was not understood as a wish.
    """
    meaning = read_meaning(text, Situation(), catalogue)
    match meaning:
        case Wished() | Refined() | Preferred():
            read = meaning.wish
        case AskedAboutMovie():
            read = Wish(like=meaning.movie_ids[:1])
        case Opinions():
            read = Wish(like=tuple(opinion.movie_ids[0] for opinion in meaning.opinions if opinion.movie_ids))
        case _:
            read = Wish()
    if replace(read, leftover=(), unknown_titles=()) == Wish():
        raise BadInput(f'wish {text!r}: not understood; expected one such as "90s comedy, no horror" or "like Alien"')
    return read


def _rating(text: str, titles: TitleIndex) -> tuple[Movie, float]:
    title, separator, typed = text.rpartition("=")
    if not separator or not title.strip():
        raise BadInput(f'rating {text!r}: expected "TITLE=STARS", as in "Toy Story (1995)=5"')
    try:
        stars = float(typed)
    except ValueError:
        stars = float("nan")
    if not MIN_RATING <= stars <= MAX_RATING:
        raise BadInput(f"rating {text!r}: expected {MIN_RATING:g} to {MAX_RATING:g} stars, found {typed.strip()!r}")
    return movie(title, titles.find_or_id(title)), stars


def movie(text: str, match: Match) -> Movie:
    """Return the movie that a title or id was matched to.

    Args:
        text: the title or id as typed.
        match: the result of the search.

    Raises:
        BadInput: several movies match, or none; the message lists candidates with their ids.
    """
    if isinstance(match, Found):
        return match.movie
    candidates = match.candidates if isinstance(match, Ambiguous) else match.suggestions
    if isinstance(match, Ambiguous):
        sentence = f"{text.strip()!r} is more than one movie; write the year or the id:"
    else:
        sentence = f"no movie is called {text.strip()!r}" + ("; the nearest are:" if candidates else "")
    raise BadInput(
        "\n".join([sentence, *(f"  id:{candidate.movie_id}  {candidate.label}" for candidate in candidates)])
    )
