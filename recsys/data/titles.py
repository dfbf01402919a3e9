"""Convert movie titles from the notation of data sets to the usual one."""

import html
import re

MIN_YEAR, MAX_YEAR = 1870, 2100
"""Valid years of release. The oldest film in any MovieLens is from 1874."""

_YEAR = re.compile(r"\s*\(\s?(\d{4})(?:\s?[-\N{EN DASH}]\s?(?:\d{4})?)?\s?\)+$")
"""A year or a range of years at the end. Some titles of MovieLens have a blank or a second parenthesis there."""

_IN_PARENTHESES = re.compile(r" ?\(([^()]*)\)")
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
    """Split off the year and move articles to the front: "Matrix, The (1999)" -> ("The Matrix", 1999).

    A range of years, as series have it, yields its first year: "(2006-2007)" yields 2006. Alternative titles stay in
    parentheses after the main title. Their articles move to the front too.

    Args:
        text: a title in the notation of a data set. It may contain HTML entities and extra whitespace.

    Returns:
        The title, and the year or None. The year is not validated against MIN_YEAR and MAX_YEAR.
    """
    text = " ".join(_unescape(text).split())
    match = _YEAR.search(text)
    if match is None or match.start() == 0:
        return _move_articles(text), None
    return _move_articles(text[: match.start()]), int(match[1])


def _unescape(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # A character reference has thousands of digits.
        return text


def _move_articles(title: str) -> str:
    """Move the article of the main title and of each alternative title to the front."""
    end = len(title)
    texts = []
    for match in reversed(list(_IN_PARENTHESES.finditer(title))):
        if match.end() != end or match.start() == 0:
            break
        end = match.start()
        texts.append(match[1].strip())
    alternatives = [_also_known_as(text) for text in reversed(texts)]
    return " ".join([_article_first(title[:end]), *(f"({title})" for title in alternatives if title)])


def _also_known_as(text: str) -> str:
    """Move articles in the text between parentheses: a title, or several titles that each follow "a.k.a."."""
    pieces = _ALSO_KNOWN_AS.split(text)
    return "".join(piece if index % 2 else _article_first(piece) for index, piece in enumerate(pieces))


def _article_first(title: str) -> str:
    match = _ARTICLE.fullmatch(title)
    if match is not None:
        title = f"{match[2]} {match[1]}"
    return re.sub(r"\bL' ", "L'", title)
