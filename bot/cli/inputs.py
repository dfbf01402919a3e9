"""What a person types after an option -> values, or one line that says what was expected."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.errors import BadInput
from recsys.profile import GENDERS, MAX_AGE, MAX_RATING, MIN_RATING, OCCUPATIONS, Gender, Profile
from recsys.text.titles import Ambiguous, Found, Match, TitleIndex
from storage.records import Movie

MIN_PERSON_AGE = 13
"""Years; data sets code "under 18" as 1, but a person who is asked is at least this old."""

_GENDER_WORDS: dict[str, Gender] = {"f": "F", "female": "F", "m": "M", "male": "M"}


_T = TypeVar("_T")


def person(gender_text: str | None, age_text: str | None, occupation_text: str | None) -> Profile:
    """A person without ratings; None is "not told".

    Raises:
        BadInput: some part cannot be used; the message has a line for each of them.
    """
    faults: list[str] = []

    def read(parse: Callable[[str], _T], text: str | None) -> _T | None:
        try:
            return None if text is None else parse(text)
        except BadInput as error:
            faults.append(str(error))
            return None

    profile = Profile(read(gender, gender_text), read(age, age_text), read(occupation, occupation_text))
    if faults:
        raise BadInput("\n".join(faults))
    return profile


def gender(text: str) -> Gender:
    """F or M, also written out, in any case."""
    try:
        return _GENDER_WORDS[text.strip().lower()]
    except KeyError:
        raise BadInput(f"gender {text!r}: expected {' or '.join(GENDERS)}") from None


def age(text: str) -> int:
    """Years, 13 to 120."""
    years = int(text) if text.strip().isdecimal() else -1
    if not MIN_PERSON_AGE <= years <= MAX_AGE:
        raise BadInput(f"age {text.strip()}: expected {MIN_PERSON_AGE} to {MAX_AGE}")
    return years


def occupation(text: str) -> int:
    """A code 0 to 20, a name from OCCUPATIONS, or the beginning of a word that only one of them has: "engineer"."""
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
    """Ratings "TITLE=STARS" or "ID=STARS", split at the last "="; the later of two for one movie counts.

    Raises:
        BadInput: some cannot be used; the message has a line for each of them.
    """
    found: dict[Movie, float] = {}
    faults = []
    for text in texts:
        try:
            movie, stars = _rating(text, titles)
        except BadInput as error:
            faults.append(str(error))
        else:
            found[movie] = stars
    if faults:
        raise BadInput("\n".join(faults))
    return found


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
    """The movie that a title or id was matched to.

    Raises:
        BadInput: several movies or none; the message lists the candidates with their ids.
    """
    if isinstance(match, Found):
        return match.movie
    near = match.candidates if isinstance(match, Ambiguous) else match.nearest
    if isinstance(match, Ambiguous):
        sentence = f"{text.strip()!r} is more than one movie; write the year or the id:"
    else:
        sentence = f"no movie is called {text.strip()!r}" + ("; the nearest are:" if near else "")
    raise BadInput("\n".join([sentence, *(f"  id:{one.movie_id}  {one.label}" for one in near)]))
