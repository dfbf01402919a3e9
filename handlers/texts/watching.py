"""Texts about where movies can be watched: offers, the country and the services of a person."""

from collections.abc import Sequence

from handlers.i18n import Html, Label, Text, clipped, gettext, html, joined
from storage.net_details import Offers

MAX_SERVICES = 8
"""At most this many services of each kind are listed."""

SERVICE_LETTERS = 32

TRAILER = Label("▶ Trailer")
WHERE = Label("📺 Where")
ALL_OFFERS = Label("All offers")
BACK = Label("⬅ Back")
ONLY_SERVICES_ON = Label("✅ Only what my services have")
ONLY_SERVICES_OFF = Label("⬜ Only what my services have")

CHOOSE_COUNTRY = Text("<b>Where do you watch movies?</b>\nServices differ from country to country.")
CHOOSE_SERVICES = Text(
    "<b>Which services do you have?</b>\nWith <i>Only what my services have</i>, I recommend nothing else. The data is "
    "JustWatch's."
)
TOAST_NO_DETAILS = Label("I do not know where movies are shown.")


def country(code: str) -> str:
    """Return a country as its flag and its code, which people of every language read."""
    flag = "".join(chr(ord("\N{REGIONAL INDICATOR SYMBOL LETTER A}") + ord(letter) - ord("A")) for letter in code)
    return f"{flag} {code}"


def country_setting(code: str | None) -> str:
    """Return the button of the settings that leads to the countries."""
    if code is None:
        return gettext("🌍 Where do you watch movies?")
    return gettext("🌍 Country: {country}").format(country=country(code))


def services_setting(services: Sequence[str]) -> str:
    """Return the button of the settings that leads to the services."""
    if not services:
        return gettext("📺 Which services do you have?")
    return gettext("📺 My services: {services}").format(services=clipped(", ".join(services), SERVICE_LETTERS))


def service(name: str, *, is_on: bool) -> str:
    """Return the button of a service."""
    return f"{'✅' if is_on else '⬜'} {clipped(name, SERVICE_LETTERS)}"


def offers(code: str, offered: Offers | None) -> Html:
    """Return where a movie can be watched in a country.

    Args:
        code: of the country.
        offered: the offers there; None if there are none.
    """
    if offered is None or not (offered.stream or offered.rent or offered.buy):
        return html(gettext("📺 I know no service that has it in {country}."), country=country(code))
    lines = [
        html(template, services=", ".join(clipped(name, SERVICE_LETTERS) for name in names[:MAX_SERVICES]))
        for template, names in (
            (gettext("Stream: {services}"), offered.stream),
            (gettext("Rent: {services}"), offered.rent),
            (gettext("Buy: {services}"), offered.buy),
        )
        if names
    ]
    head = html(gettext("📺 In {country}, says JustWatch:"), country=country(code))
    return joined("\n", [head, *lines])
