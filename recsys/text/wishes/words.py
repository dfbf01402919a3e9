"""The vocabulary of wishes: the phrases that mean genres, years and requests.

Phrases consist of words as `normalize` returns them: in lower case, without accents and apostrophes.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from recsys.text.accents import without_accents

Phrase = tuple[str, ...]
"""Normalized words."""

MAX_PHRASE = 5
"""The longest phrase of this module has this many words."""

_WORD = re.compile(r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("'`\N{RIGHT SINGLE QUOTATION MARK}"))


def normalize(word: str) -> str:
    """Return a word in lower case without accents and apostrophes: "Don't" becomes "dont"."""
    return without_accents(word.casefold().translate(_APOSTROPHES))


def phrase_list(listed: str) -> frozenset[Phrase]:
    """Return the phrases of a list that is separated by commas."""
    return frozenset(tuple(phrase.split()) for phrase in listed.split(","))


def word_list(listed: str) -> frozenset[str]:
    """Return the words of a list that is separated by spaces."""
    return frozenset(listed.split())


_GENRES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Action",), "action"),
    (("Adventure",), "adventure, adventures, adventurous"),
    (("Animation", "Animated"), "animation, animations, animated, cartoon, cartoons, anime"),
    (
        ("Children's", "Children", "Kids", "Family"),
        (
            "children, childrens, child, kids, kid, family, kid friendly, family friendly, little ones, little one, "
            "young ones, wee ones, kiddos, kiddies, youngsters, tots, family viewing, all ages, "
            "fam movie, fam movies, fam film, fam friendly"
        ),
    ),
    (
        ("Comedy",),
        (
            "comedy, comedies, funny, funnier, hilarious, humor, humour, humorous, amusing, make me laugh, "
            "makes me laugh, make us laugh, makes us laugh, need a laugh, want a laugh, laugh out loud, want to laugh, "
            "need to laugh, comedic, i need a laugh, i want a laugh, i need a good laugh, need a good laugh, "
            "i need to laugh, i want to laugh, to laugh"
        ),
    ),
    (("Crime",), "crime, gangster, gangsters, mafia, heist, heists"),
    (("Documentary",), "documentary, documentaries, docu, docs"),
    (("Drama",), "drama, dramas, dramatic"),
    (("Fantasy",), "fantasy, fantasies"),
    (("Film-Noir", "Noir"), "noir, noirs, film noir, films noirs, film noirs"),
    (("History", "Historical"), "history, historical"),
    (
        ("Horror",),
        (
            "horror, horrors, scary, scarier, frightening, creepy, creepier, spooky, terrifying, slasher, slashers, "
            "to be scared, to get scared, scare the hell out, scare the shit out"
        ),
    ),
    (("Musical", "Music"), "musical, musicals, music"),
    (("Mystery",), "mystery, mysteries, mysterious, whodunit, whodunits, detective"),
    (("Romance",), "romance, romances, romantic, love story, love stories"),
    (("Sci-Fi", "Science Fiction"), "sci fi, scifi, sf, science fiction"),
    (("Thriller",), "thriller, thrillers, thrilling, suspense, suspenseful"),
    (("War",), "war, wars"),
    (("Western",), "western, westerns, cowboy, cowboys"),
)
"""(names of a genre in data sets, phrases that mean it). The genre's own name means it as well."""

_MIXED = ((("romance", "comedy"), "romcom, romcoms, rom com, rom coms"), (("comedy", "drama"), "dramedy, dramedies"))
"""(phrases of several genres, phrases that mean a movie with all of these genres)."""

DECADES: Mapping[str, int] = {
    **{
        name: 1900 + 10 * number
        for number, name in enumerate(
            ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"), start=2
        )
    },
    "noughties": 2000,
}
"""Name of a decade -> its first year."""

OLD: Mapping[Phrase, int] = {
    phrase: last_year
    for last_year, phrases in (
        (1979, phrase_list("old, older, oldie, oldies, classic, classics, vintage")),
        # Data sets do not say whether a movie is in black and white; most movies were until then.
        (1965, phrase_list("black and white, b and w")),
        (1929, phrase_list("silent")),
    )
    for phrase in phrases
}
"""Phrase for an age -> the last year that it includes."""

NEW: Mapping[Phrase, int] = {
    phrase: years
    for years, phrases in (
        (2, phrase_list("newest, latest, most recent, brand new")),
        (5, phrase_list("new, newer, recent, modern, contemporary")),
    )
    for phrase in phrases
}
"""Phrase for an age -> how many of the catalogue's last years it includes."""

REQUESTS = phrase_list(
    "something, anything, recommend, recommendation, recommendations, suggest, suggestion, suggestions, show me, "
    "give me, find me, i want, i need, looking for, in the mood, mood for, feel like, i would like, id like, i d like, "
    "movies, films, flicks, a film, a movie, a flick, to watch, tonight, please, more of, whats that movie, "
    "whats that film, what was that movie, what was that film, whats the movie, whats the film, name of the movie, "
    "name of the film, that one movie, that one film, can i show him, can i show her, can i show them, "
    "should i show him, should i show her, should i show them"
)
"""Phrases that ask for movies without saying which."""

FILLERS = word_list(
    "a about all also am an and any are at be best bit but can could do else film flick for from get give good great "
    "have hello hey hi i id im in is it just kind kinds let like lot lots made maybe me mood more most movie much my "
    "nice nor now of oh ok okay on one ones only or other our out pretty quite rather really released set so some sort "
    "stuff that the them then these they thing things this those to today too us very want wants watch was we were "
    "what which with would year years yes you your"
)
"""Words without a meaning of their own in a wish."""

CONJUNCTIONS = frozenset(("and", "or", "nor"))

IN_BETWEEN = word_list(
    "a an any film films flick flicks from more movie movies much of really so that the these this those to too very "
    "watch with"
)
"""Words that may occur between "no" or "like" and the genre, year or title."""

ABOUT = frozenset(("with", "about", "set", "starring", "featuring", "where"))
"""Words after which a wish says what the movie is about. They follow a genre, and seldom a word of a title."""

ARTICLES = frozenset(("a", "an", "any", "some"))

NO_AGES = phrase_list(
    "new york, new orleans, new zealand, new england, new jersey, new mexico, year old, years old, old west, "
    "old lady, old ladies, old man, old men, old woman, old women, old couple, old friend, old friends, old people, "
    "old folks, old person, old dog, old house, old enough, old flame, old age, old mother, old father, old dad, "
    "old mum, old mom, older brother, older sister, older people, older kids, new year, new years, "
    "new to this, new here, new job, new baby, new boyfriend, new girlfriend, new mum, new mom, old parents, old soul, "
    "old chap, old boy, old fella, old timer"
)
"""Phrases with a word that means an age elsewhere."""

NEGATIONS = phrase_list(
    "no, not, non, without, except, except for, excluding, minus, nothing, never, avoid, hate, dislike, dont like, "
    "do not like, dont want, do not want, not into, not in the mood for, cant stand, other than, anything but, nor, "
    "neither, skip, less"
)
"""Phrases that exclude the genres after them."""

LIKES = phrase_list("like, similar to, in the style of, in the vein of, along the lines of")
"""Phrases before a title that the movies should resemble."""

BEFORE = phrase_list("before, pre, older than, earlier than, prior to")
"""Phrases that mean "up to the year before"."""

UNTIL = phrase_list(
    "until, till, up to, no later than, not later than, not after, nothing after, not newer than, no newer than, "
    "nothing newer than"
)
"""Phrases that mean "up to that year"."""

AFTER = phrase_list("after, post, newer than, later than, past")
"""Phrases that mean "from the year after"."""

SINCE = phrase_list(
    "since, starting from, starting in, not before, nothing before, no older than, not older than, nothing older than, "
    "no earlier than, not earlier than"
)
"""Phrases that mean "from that year on"."""

AND_LATER = phrase_list(
    "and later, or later, and newer, or newer, and after, and up, and on, and onwards, onwards, onward, on"
)
AND_EARLIER = phrase_list("and earlier, or earlier, and older, or older, and before, or before")
"""Phrases after a period that extend it to all years before; AND_LATER extends it to all years after."""

Groups = tuple[tuple[str, ...], ...]
"""A movie must have a genre of each group; the names are those of the data set."""


@lru_cache(maxsize=8)
def genre_phrases(genres: frozenset[str]) -> Mapping[Phrase, Groups]:
    """Return phrase -> genres, for all phrases that mean genres of a catalogue.

    Args:
        genres: every genre of the catalogue, as the data set writes it.
    """
    genre_of = {_own_phrase(genre): genre for genre in sorted(genres)}
    meanings: dict[Phrase, Groups] = {}
    for phrase, genre in genre_of.items():
        plural = (*phrase[:-1], phrase[-1] + "s")
        meanings[phrase] = meanings[plural] = ((genre,),)
    for data_set_names, words in _GENRES:
        present = tuple(genre_of[phrase] for name in data_set_names if (phrase := _own_phrase(name)) in genre_of)
        if present:
            meanings |= dict.fromkeys(phrase_list(words), (present,))
    for parts, words in _MIXED:
        part_meanings = [meanings.get((part,), ()) for part in parts]
        if all(part_meanings):
            meanings |= dict.fromkeys(phrase_list(words), tuple(group for groups in part_meanings for group in groups))
    return meanings


def _own_phrase(genre: str) -> Phrase:
    """Return the name of a genre as normalized words."""
    return tuple(normalize(word) for word in _WORD.findall(genre)) or (genre,)


def phrase_at(words: Sequence[str], start: int, phrases: Collection[Phrase]) -> int:
    """Return the number of words of the longest of the phrases that begins at `start`; 0 if there is none."""
    for length in range(min(MAX_PHRASE, len(words) - start), 0, -1):
        if tuple(words[start : start + length]) in phrases:
            return length
    return 0
