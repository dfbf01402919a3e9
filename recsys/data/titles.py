"""Movie titles as data sets write them -> as people write them."""

import html
import re

MIN_YEAR, MAX_YEAR = 1870, 2100
"""Years of release that are believed; the oldest film in any MovieLens is of 1874."""

_YEAR = re.compile(r"\s*\((\d{4})(?:\s*[-\N{EN DASH}]\s*(?:\d{4})?)?\)$")
_PARTS = re.compile(r"(.+?)((?:\s*\([^()]*\))*)")
_ALSO_KNOWN_AS = re.compile(r"((?:^|, )a\.?k\.?a\.? )", re.IGNORECASE)
_ARTICLE = re.compile(
    r"(.+), (The|An?"
    r"|Les?|La|L'|Une?"
    r"|Il|Lo|I|Gli|Uno|Una"
    r"|Der|Die|Das|Eine?"
    r"|El|Los|Las|Os?"
    r"|De[tn]?|Het)"
)


def split_title(text: str) -> tuple[str, int | None]:
    """Split the year off and put articles in front: "Matrix, The (1999)" -> ("The Matrix", 1999).

    A span of years, as of series, counts by its first: "(2006-2007)" is 2006. Titles in other languages stay behind
    the main one, in parentheses, with their articles in front too.

    Args:
        text: a title in a data set's way of writing, HTML entities and stray blanks allowed.

    Returns:
        The title, and the year where there is one. The year is not checked against MIN_YEAR and MAX_YEAR.
    """
    text = " ".join(html.unescape(text).split())
    found = _YEAR.search(text)
    if found is None or found.start() == 0:
        return _tidy(text), None
    return _tidy(text[: found.start()]), int(found[1])


def _tidy(title: str) -> str:
    parts = _PARTS.fullmatch(title)
    if parts is None:
        return title
    others = [_also_known_as(other.strip()) for other in re.findall(r"\(([^()]*)\)", parts[2])]
    return " ".join([_article_first(parts[1]), *(f"({other})" for other in others if other)])


def _also_known_as(other: str) -> str:
    """The inside of a parenthesis: one title, or several that each follow "a.k.a."."""
    pieces = _ALSO_KNOWN_AS.split(other)
    return "".join(piece if place % 2 else _article_first(piece) for place, piece in enumerate(pieces))


def _article_first(title: str) -> str:
    moved = _ARTICLE.fullmatch(title)
    if moved is not None:
        title = f"{moved[2]} {moved[1]}"
    return re.sub(r"\bL' ", "L'", title)
