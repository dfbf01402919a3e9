"""The vocabulary of wishes that details of movies answer: themes, moods, countries and people.

The lists are those of `en.toml`, which explains them. Phrases consist of words as `normalize` returns them.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recsys.text.wishes.words import Phrase, phrase_list

_LISTS: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "en.toml").read_text(encoding="utf-8"))


def _phrases(name: str) -> frozenset[Phrase]:
    return phrase_list(_LISTS[name])


def _words(name: str) -> frozenset[str]:
    return frozenset(phrase[0] for phrase in _phrases(name))


THEMES: Mapping[Phrase, str] = {
    phrase: _LISTS["hyphens"].get(" ".join(phrase), " ".join(phrase)) for phrase in _phrases("themes")
}
"""Phrase -> the theme that it means, as it is written."""

WEAK_THEMES, SERIES = _phrases("weak_themes"), _phrases("series")
"""Themes that are words of talk as well, and themes that are titles when they stand alone."""

WHOLE_THEMES: frozenset[Phrase] = frozenset(THEMES) - SERIES
"""The themes that are no titles."""

HIDDEN_GEMS: frozenset[str] = frozenset(THEMES[phrase] for phrase in _phrases("hidden_gems"))
WELL_KNOWN: frozenset[str] = frozenset(THEMES[phrase] for phrase in _phrases("well_known"))
"""Themes that say how well known a movie is."""


def says_popularity(theme: str) -> bool:
    """Return whether a theme says how well known a movie is, and nothing of what it is about."""
    return theme in HIDDEN_GEMS or theme in WELL_KNOWN


COUNTRIES: Mapping[str, str] = {
    theme.strip(): code for code, listed in _LISTS["countries"].items() for theme in listed.split(",")
}
"""Theme that means movies of a country, such as "french" -> the ISO 3166-1 code of the country.

Of several themes for a country, the first one is shown.
"""

GENRE_ADJECTIVES, BESIDE_BARE = _words("genre_adjectives"), _words("beside_bare")
"""Adjectives for genres, and words that change nothing beside a word that stands alone."""

AFTER_ABOUT, BY, WITH = _phrases("after_about"), _phrases("by"), _phrases("with")
"""Phrases before what a movie is about, before a person, and before either."""

MOVIE_WORDS, VAGUE_MOVIE_WORDS = _words("movie_words"), _words("vague_movie_words")
"""Words for movies, and words that may mean movies."""

NEGATIONS, HATES, DENIERS = _phrases("negations"), _phrases("hates"), _phrases("deniers")
"""Phrases that exclude what comes after them, those of them that can be denied, and the phrases that deny them."""

DENYING, DENIED_VERBS, LASTING_VERBS = _phrases("denying"), _phrases("denied_verbs"), _phrases("lasting_verbs")
"""Auxiliaries that deny a verb, the verbs that exclude what comes after them then, and those that mean always."""

DENIED_ADVERBS, ALWAYS = _words("denied_adverbs"), _words("always")
"""Words between the auxiliary and the verb, and words that mean always."""

HARMLESS_DENIALS, DENIALS = _phrases("harmless_denials"), _words("denials")
"""Phrases with a denial that excludes nothing, and words that deny something."""

OVERDOSES, REPEATED, WATCHED = _phrases("overdoses"), _phrases("repeated"), _words("watched")
"""Phrases before what there was too much of, those that mean so beside a wish for a change, and verbs before them."""

CHANGES = _phrases("changes")
"""Phrases that ask for a change."""

OPINIONS = _phrases("opinions")
"""Negations of an opinion; with a title, they are no wish."""

LASTING, FOR_NOW = _phrases("lasting"), _phrases("for_now")
"""Phrases that say for how long something is excluded."""

LASTING_AGAIN = _words("lasting_again")
"""Verbs beside which "again" says that something is excluded for ever."""

SUBJECTS, ADVERBS, DOUBTS = _words("subjects"), _words("adverbs"), _words("doubts")
"""Words before "like" that make it a verb, words between them and it, and words before "if I like" that doubt it."""

TAKEN_BACK = _phrases("taken_back")
"""Phrases after an exclusion that take it back."""

OTHERS = _words("others")
"""Others than the person who writes."""

NONEXISTENT = _phrases("nonexistent")
"""Phrases that say that something does not exist."""

ORIGINS = _phrases("origins")
"""Phrases before the place where a person is from, or works."""

ASIDES = _phrases("asides")
"""Phrases that say nothing about movies: denials that ask for what follows, and asides."""

PRONOUNS = _words("pronouns")
"""Words that stand for what was named before."""

NO_MOODS = _words("no_moods")
"""Words after "something" that say no kind of movie: "something happened"."""

SOMETHING, DEGREES, AFTER_MOODS = _words("something"), _words("degrees"), _words("after_moods") | {","}
"""Words before a mood, words between them and it, and words that may follow it."""

TOPICS = _phrases("topics")
"""Phrases that say what a movie is about only after "about"."""

LIKES = _phrases("likes")
"""Phrases before a title that the movies should resemble."""

FILLERS, AFTER_NEGATION, NOT_NAMES = _words("fillers"), _words("after_negation"), _words("not_names")
"""Words without a meaning of their own, those between a negation and its object, and surnames that are words."""

NARROWER: Mapping[Phrase, Phrase] = {
    tuple(theme.split()): tuple(genre.split()) for theme, genre in _LISTS["narrower"].items()
}
"""Theme -> the phrase of the genre that it also says: anime is animated."""

COUNTS: Mapping[str, int] = _LISTS["counts"]
"""Word for a number of movies -> the number."""

COUPLES, FEW, SEVERAL_MOVIES = _phrases("couples"), _phrases("few"), _words("several_movies")
"""Phrases for two and for a few, and words for several movies."""

REQUEST_WORDS, BEFORE_COUNTS = _words("request_words") | {","}, _phrases("before_counts")
"""Words before the number of movies that a text asks for, and phrases whose last word is before other numbers, too."""

BEFORE_OTHER_NUMBERS, AFTER_OTHER_NUMBERS = _words("before_other_numbers"), _words("after_other_numbers") | {","}
"""Words before and after a number that is no number of movies."""

COMPANY = _words("company_words")
"""Words after the number of those who watch."""

VICTIMS, HARMS = _words("victims"), _words("harms")
"""Those to whom something bad happens in a movie, and what happens."""

BEFORE_HARM, INSIDE_HARM, AFTER_HARM = _words("before_harm"), _words("inside_harm"), _words("after_harm")
"""Words that say nothing before, within and after a harm."""

SENSITIVE = _words("sensitive")
"""Words for what many people do not want to see."""

SCENES, NO_SCENES = _words("scenes"), _words("no_scenes")
"""Words for scenes, and words before them that say no kind of scene."""

TOLERANCES, TOLERATED_ENDS = _phrases("tolerances"), _words("tolerated_ends") | {","}
"""Phrases that say that what follows may be in a movie, and words that end it."""

ANYTHING, REQUEST_STARTS = _words("anything"), _words("request_starts")
"""Words for any movie, and words after "and" that begin a request."""

EXCEPTIONS = _phrases("exceptions") | _phrases("unless")
"""Phrases before an exception to an exclusion."""

LESS = _phrases("less")
"""Phrases that ask for less of what follows, and not for none of it."""

REFUSALS, AFTER_REFUSALS = _words("refusals"), _words("after_refusals")
"""Answers that refuse what was shown, and the words that begin what is asked for instead: "no, the 80s"."""

NOBODY = _phrases("nobody")
"""Phrases before what does not happen in a movie."""

UNSAID = _phrases("unsaid")
"""Phrases that deny the exclusion after them: "it is not that I hate horror"."""
