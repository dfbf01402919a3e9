"""Reads what a text says about titles.

A text is split into parts at breaks and at "and" and "but". The longest run of parts that a template matches is a
sentence about its titles. An opinion is certain only if templates match every part of the text, so that no word is left
that could change what it says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recsys.profile import LIKE
from recsys.text.meaning.canonical import Piece, canonical_text, compose
from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.language import DOWN, SOSO, STARS, TITLE, UP, Language
from recsys.text.meaning.spans import TitleFinder, TitleSpan, without_overlaps
from recsys.text.meaning.values import Opinion

MAX_TYPO_SEARCHES = 6
"""Titles with typing errors are looked for at most this often in a text, because each search compares all titles."""

_MAX_RUN = 24
"""A sentence has at most this many parts."""

_YEAR = re.compile(r"\b(?:18|19|20)\d\d\b")
_MAX_UNHEARD_WORDS = 5
_ITEM_MARKS = ("", ",", ";", "and", "or")
_SMALL_WORDS = frozenset(("the", "a", "an", "of", "and", "in", "to", "part", "vol", "at", "on", "for", "with"))
_HARD_BREAKS = (";", "\n", "?")
_SOFT_BREAKS = ("and", "or", "nor", "but", "whereas", "while")
_WHOLE = frozenset(0.5 * halves for halves in range(2, 11))


@dataclass(frozen=True, slots=True)
class Statement:
    """A run of parts and what it says.

    Attributes:
        kind: "opinions", "bare", "neutral", "unheard" for a title that the catalogue does not have, or "unknown" if no
            template matches.
        effect: the stars, or whether it was seen, as in the language's file; "text" is a title that is not in the
            catalogue.
        pieces: the pieces of the parts.
        mark: the break before it.
    """

    kind: str
    effect: Mapping[str, Any]
    pieces: tuple[Piece, ...]
    mark: str

    @property
    def titles(self) -> list[TitleSpan]:
        """The titles of the statement."""
        return [piece.title for piece in self.pieces if piece.title is not None]


@dataclass(frozen=True, slots=True)
class Reading:
    """The opinions of a text.

    Attributes:
        opinions: in the order of the text.
        is_complete: whether templates match the whole text. Otherwise no opinion is certain.
        pieces: the pieces of the text.
        others: the pieces of the text if other words of it are read as titles.
        is_with_talk: whether a bare title and words of talk are all that it says: "stop making sense, bot".
    """

    opinions: tuple[Opinion, ...]
    is_complete: bool
    pieces: tuple[Piece, ...]
    others: tuple[tuple[Piece, ...], ...] = ()
    is_with_talk: bool = False

    @property
    def titles(self) -> list[TitleSpan]:
        """The titles in the order of the text."""
        return [piece.title for piece in self.pieces if piece.title is not None]

    @property
    def is_bare_title(self) -> bool:
        """Whether the text is one title of several words, and nothing else."""
        titles = [piece.title for piece in self.pieces]
        title = titles[0] if self.is_complete and len(titles) == 1 else None
        is_phrase = title is not None and (title.is_typo or title.is_theme)
        return title is not None and not is_phrase and len(title.text.split()) > 1

    @property
    def is_everyday(self) -> bool:
        """Whether the text is one title that is written like everyday words, and nothing else."""
        titles = [piece.title for piece in self.pieces if not piece.is_break]
        is_alone = len(titles) == 1 and titles[0] is not None and titles[0].is_everyday
        return is_alone or (self.is_with_talk and all(title.is_of_common_words for title in self.titles))

    @property
    def has_title(self) -> bool:
        """Whether a title is named that is certain, has capital letters, or does not consist of common words."""
        return self.has_strong_title or any(
            (title.is_certain and not title.is_common_word)
            or (not title.text.islower() and (title.is_certain or " " in title.text))
            for title in self.titles
        )

    @property
    def has_strong_title(self) -> bool:
        """Whether a title is named that does not consist of common words."""
        return any(title.is_strong and not title.may_be_talk and not title.is_common_word for title in self.titles)


def read_opinions(text: str, catalogue: ReaderCatalogue, language: Language, *, is_list: bool = False) -> Reading:
    """Read what a text says about titles.

    The longest titles win. Titles that consist of words of talk ("Big", "The Good, the Bad and the Ugly") are read as
    titles only if the text has no meaning otherwise, and titles with typing errors only after that.

    Args:
        text: what a person wrote, without bullets and numbers of lists.
        catalogue: the catalogue whose titles the text may name.
        language: of the text.
        is_list: whether the text has one item per line. A line of unknown words is a title that is not in the
            catalogue, and says nothing about the other lines.
    """
    finder = TitleFinder(text, catalogue, language)
    spans = finder.exact()
    strong = without_overlaps([span for span in spans if span.is_strong])
    readings = []
    for chosen in _variants(strong, spans):
        reading = _read(finder, chosen, language, is_list)
        if reading.is_complete and reading.opinions:
            return reading
        readings.append(reading)
    typos = [] if strong or (whole := finder.whole_typo()) is None else [whole]
    typos = typos or list(_typos(finder, strong))
    if typos:
        reading = _read(finder, without_overlaps([*typos, *strong]), language, is_list)
        if reading.is_complete and reading.opinions:
            return reading
        readings.append(reading)
    return replace(readings[0], others=tuple(reading.pieces for reading in readings[1:]))


def _variants(strong: list[TitleSpan], spans: list[TitleSpan]) -> Iterator[list[TitleSpan]]:
    yield strong
    every = without_overlaps([span for span in spans if span.has_word])
    if every != strong:
        yield every
    for span in spans[:8]:
        if span not in strong and span not in every:
            yield without_overlaps([span, *strong])


def _typos(finder: TitleFinder, strong: Sequence[TitleSpan]) -> Iterator[TitleSpan]:
    """Yield titles with typing errors.

    They are looked for in the runs of words that begin and end with an unknown word, together with the titles beside
    them at first: in "Blade Runer", "Blade" is a title.
    """
    taken = {place for span in strong for place in range(span.start, span.end)}
    starts, ends = {span.end: span.start for span in strong}, {span.start: span.end for span in strong}
    unknown = [place for place in range(len(finder.tokens)) if place not in taken and finder.is_unknown_word(place)]
    runs: list[list[int]] = []
    for place in unknown:
        if runs and place - runs[-1][1] <= 3 and taken.isdisjoint(range(runs[-1][1], place)):
            runs[-1][1] = place
        else:
            runs.append([place, place])
    for first, last in runs[: MAX_TYPO_SEARCHES // 2]:
        first, end = finder.start_of_article(first), finder.end_of_number(last + 1)
        whole = starts.get(first, first), ends.get(end, end)
        for start, stop in dict.fromkeys((whole, (max(first - 1, 0), end), (first, end))):
            if (start, stop) != whole and start in taken:
                continue
            span = finder.typo(start, stop)
            if span is not None:
                yield span
                break


def _read(finder: TitleFinder, titles: Sequence[TitleSpan], language: Language, is_list: bool) -> Reading:
    pieces = compose(finder.tokens, titles, language)
    statements = _statements(pieces, language)
    statements = _with_unheard_items(statements, finder, language, is_list=is_list)
    # A word of talk that is read as a title, or a title with doubtful typing errors, may change what a text says.
    is_complete = all(statement.kind != "unknown" for statement in statements)
    is_safe = is_complete and not any(_may_change_text(statement, is_list) for statement in statements)
    opinions: list[Opinion] = []
    named = [statement for statement in statements if statement.titles]
    has_numbers = len(named) > 1 and any(map(_is_numbered, named))
    all_numbered = has_numbers and all(_is_numbered(statement) or _ends_with_digit(statement) for statement in named)
    numbered = [title for statement in named if _is_numbered(statement) for title in statement.titles]
    has_sequels = any(map(finder.has_sequels, numbered))
    for line in _lines(statements):
        is_plain = all(statement.kind in ("bare", "neutral", "unheard") for statement in line)
        for statement in line:
            # "Heat 4, Rocky 3" gives three stars to Rocky, or loves Rocky III.
            may_be_rating = has_numbers and _ends_with_digit(statement)
            certain = is_safe and (statement.kind != "bare" or is_plain) and not may_be_rating
            opinions += _opinions(statement, certain, all_numbered=all_numbered, has_sequels=has_sequels)
    is_with_talk = len(named) == 1 < len(statements) and named[0].kind == "bare" and len(named[0].titles) == 1
    return Reading(
        tuple(_without_contradictions(opinions)), is_complete, tuple(pieces), is_with_talk=is_complete and is_with_talk
    )


def _may_change_text(statement: Statement, is_line: bool) -> bool:
    """Return whether a title of a statement may be talk.

    In a list, a title that is none stands between two others. On a line of its own it says nothing about other lines.
    """
    if _is_marked_rating(statement) or (is_line and statement.kind == "bare" and statement.mark in ("", "\n")):
        return False
    doubtful = [title for title in statement.titles if title.may_be_talk]
    is_list = len(statement.titles) - len(doubtful) > 1 and not any(title.is_typo for title in doubtful)
    return bool(doubtful) and not is_list


def _with_unheard_items(
    statements: list[Statement], finder: TitleFinder, language: Language, *, is_list: bool
) -> list[Statement]:
    """Return the statements of a list, in which some items are titles that the catalogue does not have.

    An item among two titles is one if it is written like a name, or in small letters with words of no list. In a list
    with an item per line, any words of no list are one. An item with words of talk may also say something about the
    others, so that nothing of the list is certain: "Alien, Fargo, Inside Out".
    """
    titles = sum(len(statement.titles) for statement in statements if statement.kind == "bare")
    items = []
    for statement in statements:
        is_line, is_among = is_list and statement.mark in ("", "\n"), titles > 1 and statement.mark in _ITEM_MARKS
        words = [piece for piece in statement.pieces if piece.value is None and piece.text not in _SMALL_WORDS]
        is_item = statement.kind == "unknown" and len(words) > 0 and len(statement.pieces) <= _MAX_UNHEARD_WORDS
        if is_item and not statement.titles and all(piece.text.replace(" ", "").isalpha() for piece in words):
            is_unheard = language.known_words.isdisjoint(word for piece in words for word in piece.text.split())
            is_name = all(finder.is_name(piece.start) for piece in words)
            effect = {"text": finder.written(statement.pieces[0].start, statement.pieces[-1].end)}
            is_written_so = is_name or finder.has_small_unknown_words([piece.start for piece in words])
            if is_unheard and (is_line or (is_among and is_written_so)):
                statement = replace(statement, kind="unheard", effect=effect)
            elif is_among and is_name and len(words) > 1:
                statement = replace(statement, effect=effect)
        items.append(statement)
    return items


def _ends_with_digit(statement: Statement) -> bool:
    return statement.kind == "bare" and any(title.ends_with_digit for title in statement.titles)


def _is_marked_rating(statement: Statement) -> bool:
    """Return whether a statement is a well known title, a sign that separates, and stars: "Shine = 4 stars"."""
    pieces = statement.pieces
    title = pieces[0].title if len(pieces) == 2 else None
    return (
        statement.effect.get("stars") == "said"
        and title is not None
        and pieces[1].is_marked
        and title.is_well_known
        and not title.is_typo
        and len(title.movie_ids) == 1
    )


def _is_numbered(statement: Statement) -> bool:
    return statement.effect.get("stars") == "number"


def _opinions(statement: Statement, is_certain: bool, *, all_numbered: bool, has_sequels: bool) -> Iterator[Opinion]:
    """Yield the opinions of a statement.

    A bare number after a title may be the number of a sequel: "Toy Story 4". It is a rating if it is a five, or if
    every title of a list has one, unless the title has sequels with numbers. After a year it is a rating.
    """
    stars = statement.effect.get("stars", LIKE if statement.kind == "bare" else None)
    if stars in ("said", "number"):
        stars = next(piece.value for piece in statement.pieces if piece.value is not None)
        is_certain = is_certain and stars in _WHOLE
    if _is_numbered(statement):
        has_year = any(_YEAR.search(title.text) for title in statement.titles)
        # "Rocky 4 5" is about Rocky IV, or gives Rocky four stars or five.
        is_sequel = any(title.ends_with_digit for title in statement.titles)
        is_clear = (all_numbered or (stars == LIKE and not is_sequel)) and not has_sequels
        is_certain = is_certain and (has_year or is_clear)
    if statement.effect.get("is_loose"):
        is_separated = any(piece.is_marked for piece in statement.pieces)
        is_certain = is_certain and (is_separated or not any(title.is_common_word for title in statement.titles))
    if "text" in statement.effect:
        yield Opinion(statement.effect["text"], ())
    for title in statement.titles:
        yield Opinion(
            title.text,
            title.movie_ids,
            None if stars is None else float(stars),
            statement.effect.get("seen"),
            is_certain and (title.is_certain or _is_marked_rating(statement)),
        )


def _without_contradictions(opinions: Sequence[Opinion]) -> Iterator[Opinion]:
    """Yield the opinions; those about one movie that contradict each other are uncertain."""
    statements_of: dict[tuple[int, ...], set[tuple[float | None, bool | None]]] = {}
    for opinion in opinions:
        statements_of.setdefault(opinion.movie_ids, set()).add((opinion.stars, opinion.is_seen))
    given = set()
    for opinion in opinions:
        is_consistent = len(statements_of[opinion.movie_ids]) == 1 or not opinion.movie_ids
        if not opinion.movie_ids or opinion.movie_ids not in given or not is_consistent:
            given.add(opinion.movie_ids)
            yield opinion if is_consistent else Opinion(opinion.text, opinion.movie_ids, opinion.stars, opinion.is_seen)


def _lines(statements: Sequence[Statement]) -> list[list[Statement]]:
    lines: list[list[Statement]] = [[]]
    for statement in statements:
        if statement.mark in _HARD_BREAKS:
            lines.append([])
        lines[-1].append(statement)
    return lines


def _statements(pieces: Sequence[Piece], language: Language) -> list[Statement]:
    """Split the pieces into statements, each as long as possible."""
    parts = _parts(pieces)
    statements = []
    first = 0
    while first < len(parts):
        statement, first = _longest_statement(parts, first, language)
        statements.append(statement)
    return statements


def _parts(pieces: Sequence[Piece]) -> list[tuple[str, list[Piece]]]:
    """Return (break before the part, pieces) of each part.

    An empty part counts only before a question mark and after a word: "Alien was great but ..." has more to say.
    """
    parts: list[tuple[str, list[Piece]]] = [("", [])]
    for piece in pieces:
        if piece.is_break or piece.text in _SOFT_BREAKS:
            parts.append((piece.text, []))
        elif piece.title is not None and _is_rated(parts[-1][1]):
            parts.append((",", [piece]))
        else:
            parts[-1][1].append(piece)
    return [part for part in parts if part[1] or part[0] == "?" or part[0] in _SOFT_BREAKS]


def _is_rated(pieces: Sequence[Piece]) -> bool:
    """Return whether a part ends with a rating of its title, as in "Die Hard 👍"."""
    has_title = any(piece.title is not None for piece in pieces)
    return has_title and pieces[-1].text in (UP, DOWN, SOSO, STARS)


def _longest_statement(
    parts: Sequence[tuple[str, list[Piece]]], first: int, language: Language
) -> tuple[Statement, int]:
    """Return the longest statement that begins with a part, and the number of the part after it."""
    mark = parts[first][0]
    end = first + 1
    while end < min(len(parts), first + _MAX_RUN) and parts[end][0] not in _HARD_BREAKS:
        end += 1
    for last in range(end, first, -1):
        is_question = last < len(parts) and parts[last][0] == "?"
        pieces = [piece for part in parts[first:last] for piece in (Piece(part[0], 0, 0), *part[1])][1:]
        statement = None if is_question else _match(pieces, mark, language)
        if statement is not None:
            return statement, last
    return Statement("unknown", {}, tuple(parts[first][1]), mark), first + 1


def _match(pieces: Sequence[Piece], mark: str, language: Language) -> Statement | None:
    canonical = canonical_text(pieces)
    has_title = TITLE in canonical
    for kind in ("bare", "opinions") if has_title else ("neutral",):
        effect = language.match(kind, canonical)
        if effect is not None:
            return Statement(kind, effect, tuple(pieces), mark)
    return None
