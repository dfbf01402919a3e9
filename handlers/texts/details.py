"""Texts of the details of a movie: its plot, who made it, and the buttons that lead to other sites."""

from handlers.i18n import Html, Label, clipped, gettext, html, joined
from handlers.texts import names
from storage.records import Movie

PLOT_LETTERS = 2_500
"""The whole plot is cut to this many UTF-16 code units."""

MAX_PEOPLE = 12
"""The maximum number of directors, and of actors."""

MORE = Label("ℹ️ More")  # noqa: RUF001 - the emoji
IMDB = Label("IMDb")
TMDB = Label("TMDB")
LETTERBOXD = Label("Letterboxd")
WHERE_TO_WATCH = Label("▶️ Where to watch")
COPY_TITLE = Label("📋 Copy the title")


def details(movie: Movie) -> Html:
    """Return everything that the catalogue knows about a movie: facts, the whole plot, and who made it."""
    facts = names.facts(movie)
    plot = clipped(movie.description or "", PLOT_LETTERS)
    directors, actors = (names.people(people[:MAX_PEOPLE]) for people in (movie.directors, movie.actors))
    made_by = [
        html(gettext("Directed by {people}"), people=directors) if directors else Html(),
        html(gettext("With {people}"), people=actors) if actors else Html(),
    ]
    head = joined("\n", [names.title(movie), html("<i>{facts}</i>", facts=facts) if facts else Html()])
    return joined("\n\n", [head, plot, joined("\n", made_by)])


def where_to_watch(title: str) -> str:
    """Return the words with which the web is searched for services that show a movie."""
    return gettext("where to watch {title}").format(title=title)
