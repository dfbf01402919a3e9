"""The words of wishes: which genres, years and requests people mean by what they write.

Phrases are words as `plain` makes them: lower case, without accents and apostrophes.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

Phrase = tuple[str, ...]

MAX_PHRASE = 5
"""Words of the longest phrase here."""

_WORD = re.compile(r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("'`\N{RIGHT SINGLE QUOTATION MARK}"))


def plain(word: str) -> str:
    """Lower case without accents and apostrophes: "Don't" -> "dont"."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_APOSTROPHES))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _phrases(listed: str) -> frozenset[Phrase]:
    return frozenset(tuple(phrase.split()) for phrase in listed.split(","))


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_GENRES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Action",), "action"),
    (("Adventure",), "adventure, adventures, adventurous"),
    (("Animation", "Animated"), "animation, animations, animated, cartoon, cartoons, anime"),
    (
        ("Children's", "Children", "Kids", "Family"),
        "children, childrens, child, kids, kid, family, kid friendly, family friendly",
    ),
    (("Comedy",), "comedy, comedies, funny, hilarious, humor, humour, humorous, amusing"),
    (("Crime",), "crime, gangster, gangsters, mafia, heist, heists"),
    (("Documentary",), "documentary, documentaries, docu, docs"),
    (("Drama",), "drama, dramas, dramatic"),
    (("Fantasy",), "fantasy, fantasies"),
    (("Film-Noir", "Noir"), "noir, noirs, film noir, films noirs, film noirs"),
    (("History", "Historical"), "history, historical"),
    (("Horror",), "horror, horrors, scary, frightening, creepy, spooky, terrifying, slasher, slashers"),
    (("Musical", "Music"), "musical, musicals, music"),
    (("Mystery",), "mystery, mysteries, mysterious, whodunit, whodunits, detective"),
    (("Romance",), "romance, romances, romantic, love story, love stories"),
    (("Sci-Fi", "Science Fiction"), "sci fi, scifi, sf, science fiction"),
    (("Thriller",), "thriller, thrillers, thrilling, suspense, suspenseful"),
    (("War",), "war, wars"),
    (("Western",), "western, westerns, cowboy, cowboys"),
)
"""(names that data sets give a genre, words that people have for it). Every genre is known by its own name as well."""

_MIXED = ((("romance", "comedy"), "romcom, romcoms, rom com, rom coms"), (("comedy", "drama"), "dramedy, dramedies"))
"""(words of genres, words that ask for a movie that has all of them)."""

DECADES: Mapping[str, int] = {
    **{
        name: 1900 + 10 * place
        for place, name in enumerate(
            ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"), start=2
        )
    },
    "noughties": 2000,
}

OLD: Mapping[Phrase, int] = {
    phrase: until
    for until, phrases in (
        (1979, _phrases("old, older, oldie, oldies, classic, classics, vintage")),
        # No data set says whether a movie is in black and white; much was until then.
        (1965, _phrases("black and white, b and w")),
        (1929, _phrases("silent")),
    )
    for phrase in phrases
}
"""What means an age -> the last year that it means."""

NEW: Mapping[Phrase, int] = {
    phrase: years
    for years, phrases in (
        (2, _phrases("newest, latest, most recent, brand new")),
        (5, _phrases("new, newer, recent, modern, contemporary")),
    )
    for phrase in phrases
}
"""What means an age -> how many of the catalogue's last years it means."""

REQUESTS = _phrases(
    "something, anything, recommend, recommendation, recommendations, suggest, suggestion, suggestions, show me, "
    "give me, find me, i want, i need, looking for, in the mood, mood for, feel like, i would like, id like, i d like, "
    "movies, films, flicks, to watch, tonight, please, more of"
)
"""What asks for movies and says nothing of which."""

FILLERS = _words(
    "a about all also am an and any are at be best bit but can could do else film flick for from get give good great "
    "have hello hey hi i id im in is it just kind kinds let like lot lots made maybe me mood more most movie much my "
    "nice nor now of oh ok okay on one ones only or other our out pretty quite rather really released set so some sort "
    "stuff that the them then these they thing things this those to today too us very want wants watch was we were "
    "what which with would year years yes you your"
)
"""Words that say nothing of which movies are meant."""

CONJUNCTIONS = frozenset(("and", "or", "nor"))

IN_BETWEEN = _words(
    "a an any film films flick flicks from more movie movies much of really so that the these this those to too very "
    "watch with"
)
"""Words between "no" or "like" and what it is about."""

ABOUT = frozenset(("with", "about", "set", "starring", "featuring", "where"))
"""Words that go on to tell of a movie behind its genre, and not behind a word of a title."""

ARTICLES = frozenset(("a", "an", "any", "some"))

NO_AGES = _phrases("new york, new orleans, new zealand, new england, year old, years old, old west")
"""What holds a word that elsewhere means an age."""

NEGATIONS = _phrases(
    "no, not, non, without, except, except for, excluding, minus, nothing, never, avoid, hate, dislike, dont like, "
    "do not like, dont want, do not want, not into, not in the mood for, cant stand, other than, anything but, nor, "
    "neither, skip, less"
)
"""What the genres behind it are unwanted by."""

LIKES = _phrases("like, similar to, in the style of, in the vein of, along the lines of")
"""What stands before a title that the movies shall resemble."""

BEFORE = _phrases("before, pre, older than, earlier than, prior to")
"""Up to the year before."""

UNTIL = _phrases(
    "until, till, up to, no later than, not later than, not after, nothing after, not newer than, no newer than, "
    "nothing newer than"
)
"""Up to that year."""

AFTER = _phrases("after, post, newer than, later than, past")
"""From the next year on."""

SINCE = _phrases(
    "since, starting from, starting in, not before, nothing before, no older than, not older than, nothing older than, "
    "no earlier than, not earlier than"
)
"""From that year on."""

AND_LATER = _phrases(
    "and later, or later, and newer, or newer, and after, and up, and on, and onwards, onwards, onward, on"
)
AND_EARLIER = _phrases("and earlier, or earlier, and older, or older, and before, or before")

Groups = tuple[tuple[str, ...], ...]
"""A movie shall have a genre of each group; names as the data set writes them."""


@lru_cache(maxsize=8)
def genre_phrases(genres: frozenset[str]) -> Mapping[Phrase, Groups]:
    """The phrases that mean genres, for those that a catalogue has.

    Args:
        genres: as the data set writes them.
    """
    names = {_own_phrase(genre): genre for genre in sorted(genres)}
    found: dict[Phrase, Groups] = {}
    for phrase, genre in names.items():
        found[phrase] = found[(*phrase[:-1], phrase[-1] + "s")] = ((genre,),)
    for known_as, words in _GENRES:
        present = tuple(names[phrase] for name in known_as if (phrase := _own_phrase(name)) in names)
        if present:
            found |= dict.fromkeys(_phrases(words), (present,))
    for parts, words in _MIXED:
        groups = [found.get((part,)) for part in parts]
        if all(groups):
            found |= dict.fromkeys(_phrases(words), tuple(group for one in groups if one for group in one))
    return found


def _own_phrase(genre: str) -> Phrase:
    return tuple(plain(word) for word in _WORD.findall(genre)) or (genre,)


def phrase_at(words: Sequence[str], start: int, phrases: Collection[Phrase]) -> int:
    """How many words the longest of the phrases that stands there has; 0 where none does."""
    for length in range(min(MAX_PHRASE, len(words) - start), 0, -1):
        if tuple(words[start : start + length]) in phrases:
            return length
    return 0
