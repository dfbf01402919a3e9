"""Reads wishes, refinements of the active wish, and lasting preferences."""

import re
from dataclasses import replace
from itertools import pairwise

from recsys.text.meaning.canonical import canonical_text, compose
from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.language import Language, phrases
from recsys.text.meaning.opinions import Reading
from recsys.text.meaning.rejecting import before_end, rejecting_form
from recsys.text.meaning.spans import TitleSpan
from recsys.text.meaning.tokens import tokenize
from recsys.text.meaning.values import (
    Meaning,
    Preferred,
    Refined,
    Requested,
    Situation,
    SmallTalk,
    Talk,
    Unclear,
    Wished,
)
from recsys.text.wishes import DetailedWish, Wish, parse_detailed_wish
from recsys.text.wishes.themes import (
    AFTER_ABOUT,
    BESIDE_BARE,
    BY,
    COUNTRIES,
    DENIALS,
    FOR_NOW,
    GENRE_ADJECTIVES,
    LASTING,
    LASTING_AGAIN,
    LESS,
    OTHERS,
    TAKEN_BACK,
    WITH,
)
from recsys.text.wishes.words import Phrase, normalize, phrase_at

_MAX_BARE_WORDS = 3
_MAX_CHANGE_WORDS = 8
"""A change of the active wish has at most this many words."""

_WORD = re.compile(r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+")
_YEARS = re.compile(r"\d0s\b")
_MOVIES = frozenset(("movie", "movies", "film", "films", "flick", "something", "anything", "watch"))
_NEGATIVE_QUESTIONS = ("is not ", "was not ", "are not ", "does not ", "did not ")
_WATCHERS = frozenset(("my", "our", "me", "us", "a", "the"))


def read_wish(
    text: str, situation: Situation, reading: Reading, catalogue: ReaderCatalogue, language: Language
) -> Meaning | None:
    """Return the wish, refinement or preference of a text; Unclear for an exclusion that was not understood.

    Args:
        text: what a person wrote.
        situation: the situation in which they wrote it.
        reading: what the text says about titles. A wish that does not use these titles is none.
        catalogue: the catalogue.
        language: of the text.
    """
    if head := before_end(text, language):
        named = _parsed(head, catalogue).wish
        excluded = ruled_out(named)
        if only_excludes(named):
            text = head
        elif only_excludes(excluded):
            return Wished(excluded) if situation.wish is None else Refined(excluded)
    if like := _read_like_it(reading, language):
        return like
    written, (text, is_all_ruled_out) = text, rejecting_form(text, language)
    parsed = _parsed(text, catalogue)
    if text != written and not parsed.understood and not _YEARS.search(text):
        text, parsed, is_all_ruled_out = written, _parsed(written, catalogue), False
    text, parsed = _without_reason(text, parsed, catalogue, language)
    change = _read_change(text, situation, parsed, language)
    if change is not None:
        return change
    if parsed.tolerates and not parsed.understood and not parsed.denied and not reading.has_title:
        return SmallTalk(Talk.YES)
    # "The remake of Psycho is awful" is about a movie.
    is_opinion = text != written and any(_is_left_over(title.text, parsed) for title in reading.titles)
    if not parsed.is_clear or is_opinion or _is_about_titles(text, reading, parsed, language):
        denied = " ".join(parsed.denied) or (parsed.unread_denial if parsed.understood else "")
        return Unclear(denied=denied) if denied else None
    if (parsed.unread_denial or is_all_ruled_out) and not only_excludes(parsed.wish):
        # What was denied never becomes what is asked for.
        return Unclear(denied=parsed.unread_denial or written)
    rejects = not language.word_list("negative").isdisjoint(_words_of(" ".join(parsed.wish.leftover)))
    if rejects and not only_excludes(parsed.wish):
        # "Hugh Grant annoys me in everything" does not ask for Hugh Grant.
        return Unclear(denied=written)
    if only_excludes(parsed.wish) and _has_phrase(_words_of(text), TAKEN_BACK):
        return Unclear(denied=text)
    if _only_limits(parsed.wish) and _is_lasting(written, text, parsed):
        return Preferred(parsed.wish, " ".join(parsed.excepted))
    if situation.wish is not None and (_refines(text, parsed, language) or _narrows(text, situation.wish, parsed)):
        is_alternative = _words_of(text)[0] == "or"
        added = _as_alternative(parsed.wish, situation.wish) if is_alternative else parsed.wish
        return Refined(added, cards=parsed.cards)
    return Wished(parsed.wish, parsed.cards)


def rule_out(text: str, catalogue: ReaderCatalogue) -> Preferred | None:
    """Return that what a text names is never wanted; None if it names nothing."""
    excluded = ruled_out(_parsed(text, catalogue).wish)
    return Preferred(excluded) if only_excludes(excluded) else None


def _parsed(text: str, catalogue: ReaderCatalogue) -> DetailedWish:
    return parse_detailed_wish(text, catalogue.titles, catalogue.genres, catalogue.people, catalogue.words)


def _read_like_it(reading: Reading, language: Language) -> Wished | None:
    """Return the wish of "saw Alien yesterday, now something like that"; None if no praised title stands before it."""
    words = canonical_text([piece for piece in reading.pieces if not piece.is_break])
    titles = reading.titles
    is_named = len(titles) == 1 and titles[0].is_strong and not titles[0].may_be_talk
    denies = not DENIALS.union(language.word_list("negative")).isdisjoint(words.split())
    if not is_named or denies or language.match("like_it", words) is None:
        return None
    return Wished(Wish(like=titles[0].movie_ids[:1]))


def ruled_out(wish: Wish) -> Wish:
    """Return a wish that excludes what a wish asks for, beside what it excludes."""
    return Wish(
        genres_none=tuple(dict.fromkeys((*wish.genres_none, *wish.genres_any, *wish.genres_all))),
        people_none=tuple(dict.fromkeys((*wish.people_none, *wish.named_people))),
        themes_none=tuple(dict.fromkeys((*wish.themes_none, *wish.themes))),
        unlike=tuple(dict.fromkeys((*wish.unlike, *wish.like))),
        leftover=wish.leftover,
    )


def _without_reason(
    text: str, parsed: DetailedWish, catalogue: ReaderCatalogue, language: Language
) -> tuple[str, DetailedWish]:
    """Return a text that rules something out, and its wish, without the reason after it: "we are a church family"."""
    wish = parsed.wish
    if only_excludes(wish) or not (wish.genres_none or wish.people_none or wish.themes_none or wish.unlike):
        return text, parsed
    tokens = tokenize(text)
    pieces = compose(tokens, (), language)
    for place, piece in enumerate(pieces[1:-1], start=1):
        rest = canonical_text([after for after in pieces[place + 1 :] if not after.is_break])
        asks = not language.word_list("asking").isdisjoint(rest.split())
        if piece.is_break and not asks and language.match("reason", rest) is not None:
            head = text[: tokens[piece.start].start]
            ruled_out = _parsed(head, catalogue)
            if only_excludes(ruled_out.wish):
                return head, ruled_out
    return text, parsed


def _read_change(text: str, situation: Situation, parsed: DetailedWish, language: Language) -> Refined | None:
    """Return a change of the active wish in words that are no wish by themselves: "less violent", "scarier"."""
    pieces = [piece for piece in compose(tokenize(text), (), language) if not piece.is_break]
    if language.match("too_much", canonical_text(pieces)) is not None and not _says_less(text, situation, parsed):
        return Refined(not_possible=(text.strip(" .!?"),))
    if situation.wish is None and situation.card is None:
        return None
    says_kind = (
        not parsed.wish.is_empty or parsed.wish.themes_none or parsed.wish.named_people or parsed.wish.minutes_to
    )
    says_kind = says_kind or parsed.wish.popularity is not None
    if _says_less(text, situation, parsed):
        return Refined(not_possible=(text.strip(" .!?"),))
    if canonical_text(pieces).startswith(_NEGATIVE_QUESTIONS):
        return None
    is_change = language.match("change", canonical_text(pieces)) is not None
    is_short = len(pieces) <= _MAX_CHANGE_WORDS
    return Refined(not_possible=(text.strip(" .!?"),)) if is_change and is_short and not says_kind else None


def _says_less(text: str, situation: Situation, parsed: DetailedWish) -> bool:
    """Return whether a text asks for less of what the active wish asks for: "not that scary" is no end of horror."""
    wish, words = situation.wish or Wish(), _words_of(text)
    wanted = {*wish.genres_any, *wish.genres_all}
    says_less = any(phrase_at(words, start, LESS) for start in range(len(words)))
    return says_less and bool(parsed.wish.genres_none) and wanted.issuperset(parsed.wish.genres_none)


def _narrows(text: str, active: Wish, parsed: DetailedWish) -> bool:
    """Return whether a text is a bare word that narrows the active wish: "british", "vampires", "funny".

    The name of a genre is another wish, and so is a theme after a wish that asks for nothing but themes. A country
    narrows any wish.
    """
    wish, words = parsed.wish, [word for word in _words_of(text) if word not in BESIDE_BARE]
    if len(words) > _MAX_BARE_WORDS or wish.leftover:
        return False
    if wish.themes and wish == Wish(themes=wish.themes):
        has_kind = bool(active.filter != Wish().filter or active.named_people or active.like)
        return has_kind or all(theme in COUNTRIES for theme in wish.themes)
    genres = Wish(genres_any=wish.genres_any, genres_all=wish.genres_all)
    return wish == genres and all(word in GENRE_ADJECTIVES for word in words)


def _as_alternative(change: Wish, wish: Wish) -> Wish:
    """Return the change of a wish that adds alternatives to what it asks for: "or a drama", "or Meg Ryan"."""
    genres = (*wish.genres_any, *wish.genres_all, *change.genres_any)
    people = (*wish.named_people, *change.named_people)
    return replace(
        change,
        genres_any=tuple(dict.fromkeys(genres)) if change.genres_any else (),
        people=(),
        people_any=tuple(dict.fromkeys(people)) if change.named_people else (),
    )


def _is_about_titles(text: str, reading: Reading, parsed: DetailedWish, language: Language) -> bool:
    """Return whether a text names titles that the wish does not use."""
    used = {*parsed.wish.like, *parsed.wish.unlike}
    strong = [title for piece in reading.pieces if (title := piece.title) is not None and not title.may_be_talk]
    comparatives = phrases(language.table("classes")["COMPARATIVE"])
    unexplained = parsed.unexplained - sum(word in comparatives for word in parsed.wish.leftover)
    if used and unexplained > sum(len(denied.split()) + 1 for denied in parsed.denied):
        # "They told me not to watch Showgirls", "nobody hates The Princess Bride".
        return True
    unused = [title for title in strong if used.isdisjoint(title.movie_ids)]
    judged = [after.title for piece, after in pairwise(reading.pieces) if piece.text in language.word_list("judged")]
    if any(title is not None and used.isdisjoint(title.movie_ids) for title in judged):
        # "I loved Ghost but not Titanic."
        return True
    return any(
        _is_left_over(title.text, parsed)
        or _is_surname(text, title, parsed)
        or (not parsed.asks and _is_theme(text, title, parsed))
        for title in unused
    )


def _is_theme(text: str, title: TitleSpan, parsed: DetailedWish) -> bool:
    """Return whether a wish takes a word of a title for a theme, as in "Batman made me cry".

    A title of one common word may be a theme: "a murder mystery" does not name the movie Murder!.
    """
    if title.is_common_word or _has_phrase(_words_of(text), AFTER_ABOUT):
        return False
    words = {word for theme in parsed.wish.themes for word in _words_of(theme)}
    return any(word in words for word in _words_of(title.text))


def _is_surname(text: str, title: TitleSpan, parsed: DetailedWish) -> bool:
    """Return whether a wish takes a title for the surname of a person: "my dad's favourite is Patton"."""
    words, named, people = _words_of(text), _words_of(title.text), parsed.wish.named_people
    is_likely = title.is_certain and title.is_strong and len(named) == len(people) == 1 < len(words)
    if not is_likely or parsed.asks or named[0] not in words or normalize(people[0]) in " ".join(words):
        return False
    place = words.index(named[0])
    is_after_by = any(phrase_at(words, start, BY | WITH) == place - start for start in range(max(place - 4, 0), place))
    return normalize(people[0]).split()[-1] == named[0] and not is_after_by


def _is_left_over(title: str, parsed: DetailedWish) -> bool:
    leftover = {normalize(word) for word in parsed.wish.leftover}.difference(_words_of(" ".join(parsed.excepted)))
    return any(word in leftover for word in _words_of(title))


def asks_for_kind(wish: Wish) -> bool:
    """Return whether a wish says what kind of movies it asks for."""
    return bool(wish.genres_any or wish.genres_all or wish.like or wish.named_people or wish.themes)


def wish_beside_seen(
    seen: str, rest: Meaning, situation: Situation, catalogue: ReaderCatalogue, language: Language
) -> Meaning | None:
    """Return the wish of a text that asks for movies other than those that were seen: "seen all of Disney, what else?".

    Args:
        seen: what says that they were seen.
        rest: what the text says after it.
        situation: the situation in which it was written.
        catalogue: the catalogue.
        language: of the text.

    Returns:
        None if the rest asks for no movies, or what was seen is no theme and no person.
    """
    words, quantities = seen.split(), language.word_list("quantities")
    named = max((place for place, word in enumerate(words) if word.casefold() in quantities), default=-1) + 1
    wish = _parsed(" ".join(words[named:]), catalogue).wish
    asked = rest.wish if isinstance(rest, Wished | Refined) else Wish()
    asks = isinstance(rest, Requested) or (isinstance(rest, Unclear) and not rest.denied)
    asks = asks or (isinstance(rest, Wished | Refined) and not only_excludes(rest.wish))
    if not asks or not (wish.themes or wish.named_people):
        return None
    without = replace(
        asked,
        themes=tuple(theme for theme in asked.themes if theme not in wish.themes),
        themes_none=tuple(dict.fromkeys((*asked.themes_none, *wish.themes))),
        people_none=tuple(dict.fromkeys((*asked.people_none, *wish.named_people))),
    )
    return Wished(without) if situation.wish is None or asks_for_kind(asked) else Refined(without)


def _only_limits(wish: Wish) -> bool:
    """Return whether a wish says only what is excluded, which years, and how long the movies are."""
    if wish.minutes_from is None and wish.minutes_to is None:
        return only_excludes(wish)
    rest = replace(wish, minutes_from=None, minutes_to=None, leftover=())
    return rest == Wish() or only_excludes(rest)


def only_excludes(wish: Wish) -> bool:
    """Return whether a wish says only what is excluded, or which years."""
    return (
        not (wish.genres_any or wish.genres_all or wish.like or wish.named_people or wish.themes)
        and wish.minutes_from is None
        and wish.minutes_to is None
        and bool(
            wish.genres_none or wish.people_none or wish.themes_none or wish.unlike or wish.year_from or wish.year_to
        )
    )


def _is_lasting(written: str, text: str, parsed: DetailedWish) -> bool:
    """Return whether something is excluded for ever, and by the person who writes.

    Args:
        written: the text as it was written.
        text: the text as `rejecting_form` returns it.
        parsed: its wish.
    """
    words, said = _words_of(text), _words_of(written)
    if said[0] in OTHERS or (said[0] in ("my", "our", "the") and said[1:2] and said[1] in OTHERS):
        return False
    says_so = _has_phrase(said, LASTING) or ("again" in said and not LASTING_AGAIN.isdisjoint(said))
    if text == written or (parsed.wish.minutes_from is None and parsed.wish.minutes_to is None):
        # "I have no time for a long movie" is about today, and "I have no time for musicals" is not.
        says_so |= parsed.is_lasting or _has_phrase(words, LASTING)
    return says_so and not _has_phrase(words, FOR_NOW)


def _words_of(text: str) -> list[str]:
    return [normalize(word) for word in _WORD.findall(text)]


def _has_phrase(words: list[str], phrases: frozenset[Phrase]) -> bool:
    return any(phrase_at(words, start, phrases) for start in range(len(words)))


def _refines(text: str, parsed: DetailedWish, language: Language) -> bool:
    """Return whether a wish changes the active one: it begins with "and", or asks for no kind of movie."""
    words, wish = _words_of(text), parsed.wish
    if language.match("change", " ".join(words) + " ") is not None:
        return True
    # "A movie for my son, he is 6" is another wish, and "suitable for a 6 year old" a change of this one.
    is_for_child = wish.age_to_watch is not None and not _MOVIES.isdisjoint(words)
    asks_for_kind = wish.genres_any or wish.genres_all or wish.like or wish.named_people or wish.themes or is_for_child
    # "Something like Alien" is another wish, and "something older" a change of this one.
    starts_over = (bool(wish.like or wish.unknown_titles) and words[:2] == ["something", "like"]) or (
        is_for_child and words[:2] == ["something", "for"] and not _WATCHERS.isdisjoint(words[2:4])
    )
    return not asks_for_kind or (bool(words) and words[0] in language.word_list("connectors") and not starts_over)
