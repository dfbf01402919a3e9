"""Texts about wishes: their conditions, how they were understood, lasting preferences, and lists of movies."""

from collections.abc import Sequence

from handlers.i18n import Html, Label, Text, clipped, gettext, html, joined, ngettext
from handlers.texts import names
from recsys.text.wishes import Wish, says_popularity
from recsys.text.wishes.themes import COUNTRIES
from storage.records import Movie

PART_LETTERS = 40
"""The maximum length of a name or theme in a condition, in UTF-16 code units."""

CONDITIONS_LETTERS = 1_000
"""The maximum length of a list of conditions, in UTF-16 code units."""

END_WISH = Label("✕ Back to my picks")
TOAST_WISH_ENDED = Label("Back to your own picks.")
TOAST_PART_GONE = Label("Removed from your wish.")
TOAST_ALLOWED = Label("Allowed again.")

HEAD_SURPRISE = Text("Here is one from further away:")
HEAD_PICKS = Text("Here are some picks. Tap one to see its card:")
GENRES = Text("Which genre?")
DECADES = Text("Which decade?")
NOT_UNDERSTOOD_BAN = Text("I did not understand what you never want to see. A genre works: <i>no horror, ever</i>.")


def genre(name: str) -> str:
    """Return a wanted genre."""
    return names.genre(name)


def no_genre(name: str) -> str:
    """Return an excluded genre."""
    return gettext("no {genre}").format(genre=names.genre(name))


def like(movie: Movie) -> str:
    """Return a movie to resemble."""
    return gettext("like {title}").format(title=names.button(movie))


def unlike(movie: Movie) -> str:
    """Return a movie that is excluded with its like."""
    return gettext("not like {title}").format(title=names.button(movie))


def person(name: str) -> str:
    """Return a person by whom or with whom a movie is."""
    return gettext("with {person}").format(person=clipped(name, PART_LETTERS))


def no_person(name: str) -> str:
    """Return an excluded person."""
    return gettext("without {person}").format(person=clipped(name, PART_LETTERS))


def theme(words: str) -> str:
    """Return a theme."""
    if says_popularity(words) or words in COUNTRIES:
        return _kind(words)
    return gettext("about {theme}").format(theme=clipped(words, PART_LETTERS))


def no_theme(words: str) -> str:
    """Return an excluded theme."""
    if says_popularity(words) or words in COUNTRIES:
        return gettext("not {theme}").format(theme=_kind(words))
    return gettext("not about {theme}").format(theme=clipped(words, PART_LETTERS))


def _kind(words: str) -> str:
    """Return a theme that says of which kind a movie is, and not what it is about."""
    return clipped(words.title() if words in COUNTRIES else words, PART_LETTERS)


def for_age(years: int) -> str:
    """Return the age of the child for whom a movie must be suitable."""
    return gettext("for age {years}").format(years=years)


def minutes(shortest: int | None, longest: int | None) -> str:
    """Return a running time; empty if there is none."""
    if shortest is not None and longest is not None:
        return gettext("{shortest} to {longest} minutes").format(shortest=shortest, longest=longest)
    if longest is not None:
        return gettext("at most {n} minutes").format(n=longest)
    return "" if shortest is None else gettext("at least {n} minutes").format(n=shortest)


def years(first: int | None, last: int | None) -> str:
    """Return a period; empty if there is none."""
    if first is not None and last is not None:
        if first == last:
            return gettext("from {year}").format(year=first)
        if first % 10 == 0 and last == first + 9:
            return gettext("from the {decade}s").format(decade=first)
        return gettext("from {first} to {last}").format(first=first, last=last)
    if first is not None:
        return gettext("from {year} on").format(year=first)
    return "" if last is None else gettext("up to {year}").format(year=last)


def decade(first_year: int) -> str:
    """Return the button of a decade."""
    return gettext("{decade}s").format(decade=first_year)


def drop(label: str) -> str:
    """Return the button that removes a condition."""
    return clipped(f"✕ {label}", names.BUTTON_LETTERS)


def understood(
    wish: Wish, liked: Sequence[Movie], unliked: Sequence[Movie] = (), not_known: Sequence[str] = ()
) -> Html:
    """Return the summary of a wish: how it was understood, and what could not be considered.

    Args:
        wish: the wish.
        liked: the movies of `wish.like`.
        unliked: the movies of `wish.unlike`.
        not_known: conditions that the catalogue has no details for, in words.
    """
    parts: list[object] = []
    if wish.genres_any:
        parts.append(names.listed([*map(names.genre, wish.genres_any)], gettext("{items} or {last}")))
    if wish.genres_all:
        parts.append(names.listed([*map(names.genre, wish.genres_all)], gettext("{items} and {last}")))
    parts += [years(wish.year_from, wish.year_to)]
    parts += [minutes(wish.minutes_from, wish.minutes_to)]
    parts += map(no_genre, wish.genres_none)
    parts += [html(gettext("like {title}"), title=names.title(movie)) for movie in liked]
    parts += [html(gettext("not like {title}"), title=names.title(movie)) for movie in unliked]
    parts += map(person, wish.people)
    if wish.people_any:
        people = [clipped(name, PART_LETTERS) for name in wish.people_any]
        parts.append(html(gettext("with {person}"), person=names.listed(people, gettext("{items} or {last}"))))
    parts += [*map(no_person, wish.people_none)]
    parts += [*map(theme, wish.themes), *map(no_theme, wish.themes_none)]
    if wish.age_to_watch is not None:
        parts.append(for_age(wish.age_to_watch))
    summary = joined(", ", parts) or gettext("anything you may like")
    sentences = [html(gettext("Understood: {wish}."), wish=summary)]
    if wish.unknown_titles:
        quoted = ", ".join(map(names.quoted, wish.unknown_titles))
        sentences.append(html(gettext("I know no movie called “{titles}”."), titles=quoted))
    unsearched = dict.fromkeys((" ".join(wish.leftover), *not_known))
    words = ", ".join(names.quoted(words) for words in unsearched if words)
    if words:
        sentences.append(html(gettext("I cannot search for “{words}”."), words=words))
    return joined("\n", sentences)


def preferred(labels: Sequence[str], not_known: Sequence[str], excepted: str = "") -> Html:
    """Return the confirmation of a lasting preference.

    Args:
        labels: the conditions that hold from now on, at least one.
        not_known: conditions that the catalogue has no details for, in words.
        excepted: the exception that the person made, as it was written; empty for none. It is not kept.
    """
    stored = html(
        gettext("From now on: {conditions}. This holds for all picks; the buttons below or /profile take it back."),
        conditions=clipped(", ".join(labels), CONDITIONS_LETTERS),
    )
    words = clipped(", ".join(map(names.quoted, not_known)), CONDITIONS_LETTERS)
    unsearched = html(gettext("I cannot search for “{words}”."), words=words) if words else Html()
    exception = clipped(names.quoted(excepted), CONDITIONS_LETTERS)
    exceptions = html(gettext("I cannot consider the exception “{words}”."), words=exception)
    return joined("\n", [stored, unsearched, exceptions if excepted else Html()])


def preferences(labels: Sequence[str]) -> Html:
    """Return the line of /profile with the lasting preferences; empty if there are none."""
    conditions = clipped(", ".join(labels), CONDITIONS_LETTERS)
    return html(gettext("Always: {conditions}"), conditions=conditions) if labels else Html()


def preferences_hold(labels: Sequence[str]) -> Html:
    """Return the reminder, where no movie fits, that the lasting preferences hold too; empty if there are none."""
    conditions = clipped(", ".join(labels), CONDITIONS_LETTERS)
    text = gettext("What you always want counts too: {conditions}. /profile changes it.")
    return html(text, conditions=conditions) if labels else Html()


def picks(movies: Sequence[Movie], head: Html) -> Html:
    """Return a list of movies, which are offered as buttons too."""
    return joined("\n", [head, *(html("• {title}", title=names.title(movie)) for movie in movies)])


def at_most(count: int) -> Html:
    """Return the note that a list is shorter than what was asked for.

    Args:
        count: the maximum number of movies in one message.
    """
    return html(ngettext("I send at most {n} title at once.", "I send at most {n} titles at once.", count), n=count)
