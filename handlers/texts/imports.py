"""Texts about histories from other services: what a file holds, what was imported, and what is wrong with a file."""

from collections.abc import Mapping, Sequence
from itertools import compress

from handlers.i18n import Html, Label, Text, clipped, gettext, html, joined, ngettext
from recsys.histories.problems import Problem
from recsys.histories.reading import MAX_BYTES
from recsys.histories.rows import Source
from recsys.histories.tables import MAX_ROWS
from recsys.services.histories.importing import Preview, Profiles
from storage.imports import ImportResult

LISTED = 25
"""A preview lists at most this many titles that were not found."""

_TITLE_LETTERS = 70
_PROFILE_LETTERS = 30

IMPORT = Label("✅ Import")
CANCEL = Label("✖ Cancel")
DROPPED = Text("Nothing was imported.")
TOAST_GONE = Label("That file was imported already, or is too old. Send it again.")
GO_ON = Text("Now I know you better. /recommend brings a movie at any time.")
NOT_LOADED = Text("I could not get that file from Telegram. Nothing was changed; please send it again.")
WHICH_PROFILE = Text("Several people's films are in this file. Which profile is yours? I import only that one.")
NO_PROFILE_NAME = Label("without a name")
NOTHING_KNOWN = Text("I know none of these films, so there is nothing to import.")

SOURCES: Mapping[Source, Label] = {
    Source.LETTERBOXD: Label("Letterboxd"),
    Source.IMDB: Label("IMDb"),
    Source.TRAKT: Label("Trakt"),
    Source.NETFLIX: Label("Netflix"),
    Source.TMDB: Label("TMDB"),
    Source.MOVIELENS: Label("MovieLens"),
    Source.REELMATE: Label("Your export"),
    Source.OTHER: Label("Your file"),
}

_PROBLEMS: Mapping[Problem, Text] = {
    Problem.TOO_LARGE: Text("That file is too large: I read files of up to {megabytes} MB. Nothing was changed."),
    Problem.EMPTY: Text("That file is empty. Nothing was changed."),
    Problem.DAMAGED: Text("That file is damaged or cut off; please download and send it again. Nothing was changed."),
    Problem.PASSWORD: Text("That archive has a password; please send it without one. Nothing was changed."),
    Problem.TOO_MANY_FILES: Text("That archive has too many files: I read up to 50. Nothing was changed."),
    Problem.TOO_BIG_UNPACKED: Text("That archive is too large when it is unpacked. Nothing was changed."),
    Problem.NESTED: Text("There is another archive in that archive; please send the inner one. Nothing was changed."),
    Problem.OUTSIDE: Text("That archive has names that lead out of it, so I don't open it. Nothing was changed."),
    Problem.SPREADSHEET: Text("That is a spreadsheet; please save it as CSV and send that. Nothing was changed."),
    Problem.WEB_PAGE: Text(
        "That is a web page and no table, maybe because you were logged out when it was saved; please export your data "
        "and send the file. Nothing was changed."
    ),
    Problem.BINARY: Text(
        "I can't read that file. I take ratings as CSV or ZIP from Letterboxd, IMDb, Trakt, Netflix, TMDB or "
        "MovieLens. Nothing was changed."
    ),
    Problem.UNKNOWN_LAYOUT: Text(
        "I find no films in that file. I take ratings as CSV or ZIP from Letterboxd, IMDb, Trakt, Netflix, TMDB or "
        "MovieLens, or any CSV whose first line names a title column. Nothing was changed."
    ),
    Problem.NO_ROWS: Text("There are no films in that file. Nothing was changed."),
    Problem.TOO_MANY_ROWS: Text("That file has too many rows: I read up to {rows}. Nothing was changed."),
    Problem.SEVERAL_PEOPLE: Text(
        "That file has the ratings of several people; please send only yours. Nothing was changed."
    ),
    Problem.TOO_SLOW: Text("Reading that file takes too long. Nothing was changed."),
}


def problem(problem: Problem) -> Html:
    """Return why a file is not imported."""
    return html(_PROBLEMS[problem](), megabytes=MAX_BYTES >> 20, rows=f"{MAX_ROWS:,}")


def preview(preview: Preview) -> Html:
    """Return what a file holds, with the titles that were not found."""
    head = html(
        gettext("<b>{source}</b>, {rows}: {counts}."),
        source=SOURCES[preview.source](),
        rows=_rows(preview.rows),
        counts=_counts(preview),
    )
    kinds = _kinds(preview.rated, preview.seen, preview.later)
    known = html(gettext("Known here: {kinds}."), kinds=joined(", ", kinds)) if kinds else NOTHING_KNOWN()
    return joined("\n\n", [head, known, _not_found(preview.not_found)])


def profiles(profiles: Profiles) -> Html:
    """Return what each profile of a file holds, with the question whose the file is."""
    rows = sum(preview.rows for preview in profiles.previews)
    head = html(gettext("<b>{source}</b>, {rows}."), source=SOURCES[profiles.source](), rows=_rows(rows))
    lines = [
        html(gettext("• {profile}: {counts}."), profile=_profile_name(preview), counts=_counts(preview))
        for preview in profiles.previews
    ]
    question = NOTHING_KNOWN() if profiles.number is None else WHICH_PROFILE()
    return joined("\n\n", [head, joined("\n", lines), question])


def profile(preview: Preview) -> str:
    """Return the button that imports a profile."""
    text = ngettext("{profile}: {n} film", "{profile}: {n} films", preview.known)
    return text.format(profile=_profile_name(preview), n=f"{preview.known:,}")


def _profile_name(preview: Preview) -> str:
    return clipped(preview.profile, _PROFILE_LETTERS) if preview.profile else NO_PROFILE_NAME()


def _rows(rows: int) -> Html:
    return html(ngettext("{n} row", "{n} rows", rows), n=f"{rows:,}")


def _counts(preview: Preview) -> Html:
    counts = [
        html(ngettext("{n} film known here", "{n} films known here", preview.known), n=f"{preview.known:,}"),
        html(ngettext("{n} series left out", "{n} series left out", preview.left_out), n=f"{preview.left_out:,}"),
        html(gettext("{n} not found"), n=f"{len(preview.not_found):,}"),
    ]
    is_counted = (True, preview.left_out > 0, bool(preview.not_found))
    return joined(", ", compress(counts, is_counted))


def imported(result: ImportResult) -> Html:
    """Return what was imported."""
    kinds = _kinds(result.rated, result.seen, result.later)
    lines = [
        html(gettext("Imported: {kinds}."), kinds=joined(", ", kinds)) if kinds else html(gettext("Nothing is new.")),
    ]
    if result.same:
        text = ngettext("{same} was here already.", "{same} were here already.", result.same)
        lines.append(html(text, same=f"{result.same:,}"))
    if result.kept:
        text = ngettext(
            "{kept} stays as you said it here, which is newer.",
            "{kept} stay as you said them here, which is newer.",
            result.kept,
        )
        lines.append(html(text, kept=f"{result.kept:,}"))
    return joined("\n", lines)


def _kinds(rated: int, seen: int, later: int) -> list[Html]:
    texts = (
        (rated, ngettext("{n} rating", "{n} ratings", rated)),
        (seen, ngettext("{n} seen", "{n} seen", seen)),
        (later, ngettext("{n} for your watchlist", "{n} for your watchlist", later)),
    )
    return [html(text, n=f"{number:,}") for number, text in texts if number]


def _not_found(titles: Sequence[str]) -> Html:
    if not titles:
        return Html()
    lines = [html("• {title}", title=clipped(title, _TITLE_LETTERS)) for title in titles[:LISTED]]
    if len(titles) > LISTED:
        more = len(titles) - LISTED
        lines.append(html(ngettext("and {more} more", "and {more} more", more), more=f"{more:,}"))
    return joined("\n", [html(gettext("Not found:")), *lines])
