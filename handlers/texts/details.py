"""Texts of the details of a movie: its plot, who made it, and the buttons that lead to other sites."""

from handlers.i18n import Html, Label, clipped, gettext, html, joined, language_code
from handlers.texts import names, watching
from storage.net_details import MoreDetails
from storage.records import Movie

PLOT_LETTERS = 2_500
"""The whole plot is cut to this many UTF-16 code units."""

MAX_PEOPLE = 12
"""The maximum number of directors, and of actors."""

MAX_COUNTRIES = 5
"""The maximum number of countries that a movie was made in."""

MORE = Label("ℹ️ More")  # noqa: RUF001 - the emoji
IMDB = Label("IMDb")
TMDB = Label("TMDB")
LETTERBOXD = Label("Letterboxd")
WHERE_TO_WATCH = Label("▶️ Where to watch")
COPY_TITLE = Label("📋 Copy the title")


def details(movie: Movie, more: MoreDetails | None = None, country: str | None = None) -> Html:
    """Return everything that is known about a movie: facts, the whole plot, and who made it.

    Args:
        movie: the movie.
        more: its details from TMDB; None if there are none.
        country: the country whose offers are listed; None for none.
    """
    more = more or MoreDetails()
    facts = names.facts(movie)
    code = language_code()
    plot = clipped((code and names.in_language(more.plots, code)) or movie.description or "", PLOT_LETTERS)
    directors, actors = (names.people(people[:MAX_PEOPLE]) for people in (movie.directors, movie.actors))
    made_by = [
        html(gettext("Directed by {people}"), people=directors) if directors else Html(),
        html(gettext("With {people}"), people=actors) if actors else Html(),
    ]
    head = joined("\n", [names.title(movie), html("<i>{facts}</i>", facts=facts) if facts else Html()])
    offered = watching.offers(country, more.offers.get(country)) if country is not None else Html()
    return joined("\n\n", [head, plot, joined("\n", [*made_by, *_origin(movie, more)]), offered])


def _origin(movie: Movie, more: MoreDetails) -> list[Html]:
    """Return the titles that the movie has elsewhere, its series, and where it was made."""
    shown = names.local_title(movie)
    others = [title for title in dict.fromkeys((more.original_title, movie.title)) if title and title != shown]
    titles = ", ".join(clipped(title, names.TITLE_LETTERS) for title in others)
    countries = " ".join(map(watching.country, more.countries[:MAX_COUNTRIES]))
    series = clipped(more.collection or "", names.TITLE_LETTERS)
    return [
        html(gettext("Also known as {titles}"), titles=titles) if titles and movie.net is not None else Html(),
        html(gettext("Part of {series}"), series=series) if series else Html(),
        html(gettext("Made in {countries}"), countries=countries) if countries else Html(),
    ]


def where_to_watch(title: str) -> str:
    """Return the words with which the web is searched for services that show a movie."""
    return gettext("where to watch {title}").format(title=title)
