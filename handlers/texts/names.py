"""How movies, genres, stars and people are written."""

from collections.abc import Sequence

from handlers.i18n import Html, Label, clipped, gettext, html, joined
from storage.records import Movie

TITLE_LETTERS = 120
BUTTON_LETTERS = 48
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
"""By their position in `recsys.profile.AGE_GROUPS`."""

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
"""By their position in `recsys.profile.OCCUPATIONS`."""

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
"""The genres that a catalogue of translations holds; others are shown as the data set writes them."""


def genre(name: str) -> str:
    """A genre of a data set."""
    return gettext(name) if name else ""


def title(movie: Movie) -> Html:
    """A movie in a sentence: its title and year in bold."""
    return html("<b>{label}</b>", label=clipped(movie.label, TITLE_LETTERS))


def button(movie: Movie) -> str:
    """A movie on a button; the year stays where the title is cut."""
    if movie.year is None:
        return clipped(movie.title, BUTTON_LETTERS)
    year = f" ({movie.year})"
    return clipped(movie.title, BUTTON_LETTERS - len(year)) + year


def quoted(text: str) -> str:
    """The beginning of what a person wrote."""
    return clipped(text, QUOTED_LETTERS)


def stars(value: float) -> str:
    """Stars as a number and a sign."""
    return f"{value:g} ★"


def listed(items: Sequence[object], last: str) -> Html:
    """Several things in a sentence: "a, b and c".

    Args:
        items: at least one, escaped here unless Html.
        last: a translated template that joins what comes before with the last thing, "{items} and {last}".
    """
    if len(items) == 1:
        return joined("", items)
    return html(last, items=joined(", ", items[:-1]), last=items[-1])
