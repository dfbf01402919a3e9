"""Names of movies, genres, stars, age groups, genders and occupations, as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers.i18n import Html, Label, clipped, gettext, html, joined, language_code
from storage.records import Movie

TITLE_LETTERS = 120
GENRE_LETTERS = 40
BUTTON_LETTERS = 48
CERTIFICATE_LETTERS = 16
GENRES_LETTERS = 200
"""The genres of a movie are cut to this many UTF-16 code units."""
QUOTED_LETTERS = 60

AGE_GROUPS = (
    Label("under 18"),
    Label("18-24"),
    Label("25-34"),
    Label("35-44"),
    Label("45-49"),
    Label("50-55"),
    Label("56 or more"),
)
"""The names of `recsys.profile.AGE_GROUPS`, in the same order."""

GENDERS = {"F": Label("woman"), "M": Label("man")}

OCCUPATIONS = (
    Label("something else"),
    Label("academic or educator"),
    Label("artist"),
    Label("clerical or admin"),
    Label("college or grad student"),
    Label("customer service"),
    Label("doctor or health care"),
    Label("executive or managerial"),
    Label("farmer"),
    Label("homemaker"),
    Label("pupil"),
    Label("lawyer"),
    Label("programmer"),
    Label("retired"),
    Label("sales or marketing"),
    Label("scientist"),
    Label("self-employed"),
    Label("technician or engineer"),
    Label("tradesman or craftsman"),
    Label("unemployed"),
    Label("writer"),
)
"""The names of `recsys.profile.OCCUPATIONS`, in the same order."""

GENRES = (
    Label("Action"),
    Label("Adventure"),
    Label("Animation"),
    Label("Children"),
    Label("Children's"),
    Label("Comedy"),
    Label("Crime"),
    Label("Documentary"),
    Label("Drama"),
    Label("Family"),
    Label("Fantasy"),
    Label("Film-Noir"),
    Label("History"),
    Label("Horror"),
    Label("Music"),
    Label("Musical"),
    Label("Mystery"),
    Label("Romance"),
    Label("Sci-Fi"),
    Label("Thriller"),
    Label("War"),
    Label("Western"),
)
"""The genres that can be translated. Any other genre is shown as the data set spells it."""


def genre(name: str) -> str:
    """Return the translated name of a genre. A long name is cut."""
    return clipped(gettext(name), GENRE_LETTERS) if name else ""


def local_title(movie: Movie) -> str:
    """Return a movie's title in the current language, if it is known, or else the title of the catalogue."""
    code = language_code()
    if movie.net is None or code is None:
        return movie.title
    return in_language(dict(movie.net.titles), code) or movie.title


def in_language(texts: Mapping[str, str], code: str) -> str | None:
    """Return the text in a language; None if there is none, and for English, which the catalogue has.

    Args:
        texts: language -> text, as in `storage.net_details`.
        code: the code of the language as Telegram writes it, such as "de" or "pt-br".
    """
    language, _, country = code.partition("-")
    if language.lower() == "en":
        return None
    return texts.get(f"{language.lower()}-{country.upper()}") or texts.get(language.lower())


def title(movie: Movie, letters: int | None = None) -> Html:
    """Return a movie's title and year in bold.

    Args:
        movie: the movie.
        letters: the title without its year is cut to this many UTF-16 code units; None for no such limit.
    """
    shown = local_title(movie)
    label = replace(movie, title=shown if letters is None else clipped(shown, letters)).label
    return html("<b>{label}</b>", label=clipped(label, TITLE_LETTERS))


def button(movie: Movie) -> str:
    """Return the label of a movie's button. A long title is cut before the year."""
    if movie.year is None:
        return clipped(local_title(movie), BUTTON_LETTERS)
    year = f" ({movie.year})"
    return clipped(local_title(movie), BUTTON_LETTERS - len(year)) + year


def people(listed: Sequence[str]) -> str:
    """Return the names of people, each cut if it is long."""
    return ", ".join(clipped(name, GENRE_LETTERS) for name in listed)


def facts(movie: Movie) -> str:
    """Return the running time, the certificate and the genres of a movie in one line, as far as they are known."""
    minutes = gettext("{n} min").format(n=movie.minutes) if movie.minutes is not None else ""
    certificate = clipped(movie.certificate or "", CERTIFICATE_LETTERS)
    genres = clipped(", ".join(map(genre, movie.genres)), GENRES_LETTERS)
    return " · ".join(filter(None, [minutes, certificate, genres]))


def quoted(text: str) -> str:
    """Return the beginning of a text that a person typed."""
    return clipped(text, QUOTED_LETTERS)


def stars(value: float) -> str:
    """Return a rating such as "4.5 ★", which no line break divides."""
    return f"{value:g}\N{NO-BREAK SPACE}★"


def listed(items: Sequence[object], last: str) -> Html:
    """Return an enumeration such as "a, b and c".

    Args:
        items: at least one item. Items are escaped unless they are Html.
        last: the translated template that appends the last item, such as "{items} and {last}".
    """
    if len(items) == 1:
        return joined("", items)
    return html(last, items=joined(", ", items[:-1]), last=items[-1])
