"""Texts of the menus in which lasting preferences are switched on and off."""

from collections.abc import Mapping

from handlers.i18n import Html, Label, Text, clipped
from handlers.texts import names
from recsys.services.preferences import Preference

KINDS: Mapping[Preference, Label] = {
    Preference.GENRES: Label("🚫 Genres"),
    Preference.PEOPLE: Label("🚫 People"),
    Preference.SERIES: Label("🚫 Series"),
    Preference.COUNTRIES: Label("🚫 Countries"),
    Preference.YEARS: Label("📅 From a year on"),
    Preference.AGES: Label("🧒 For children"),
}
"""The buttons of /profile that open the menus."""

BACK = Label("« Back")
TOAST_CHANGED = Label("Changed. It holds for all picks.")
TOAST_GONE = Label("That one is gone already.")

_HEADS: Mapping[Preference, Text] = {
    Preference.GENRES: Text("Which genres shall I leave out of all picks?"),
    Preference.PEOPLE: Text("Which people shall I leave out? Here are those of the movies that I showed you."),
    Preference.SERIES: Text("Which series shall I leave out? Here are those of the movies that I showed you."),
    Preference.COUNTRIES: Text(
        "Movies of which countries shall I leave out? Here are those of the movies that I showed you."
    ),
    Preference.YEARS: Text("From which year on shall movies be?"),
    Preference.AGES: Text(
        "How old is the youngest who watches with you? I go by certificates, and by genres where I know none."
    ),
}
_NOTHING = Text(
    "There is nothing to choose from yet, as I have shown you too few movies or know too little of them. Typing works "
    "too: <i>no Tom Hanks, ever</i>, <i>enough of Star Wars</i>."
)


def menu(kind: Preference, *, is_empty: bool) -> Html:
    """Return the text of a menu.

    Args:
        kind: the kind of preferences.
        is_empty: whether there is nothing to choose from.
    """
    if is_empty:
        return _NOTHING()
    return _HEADS[kind]()


def choice(label: str, *, is_on: bool) -> str:
    """Return the button of a preference, with its present state."""
    return clipped(f"{'✅' if is_on else '⬜'} {label}", names.BUTTON_LETTERS)
