"""The keyboards for the country and the services of a person."""

from collections.abc import Collection, Mapping, Sequence

from telegram import InlineKeyboardMarkup

from handlers.callbacks import watching as buttons
from handlers.keyboards import Row, button, in_rows, settings
from handlers.texts import watching
from handlers.wish_parts import key_of
from storage.records import Person

MAX_COUNTRIES = 95
"""Telegram shows at most 100 buttons."""

MAX_SERVICES = 40
"""The services with the most movies are offered."""


def settings_keyboard(person: Person, services: Mapping[str, Sequence[str]]) -> InlineKeyboardMarkup:
    """Return the keyboard of /settings, with where a person watches movies if anything is known about that.

    Args:
        person: the person.
        services: country -> the services there.
    """
    rows = _services_of(person) if services else []
    return InlineKeyboardMarkup([*settings(person).inline_keyboard, *rows])


def _services_of(person: Person) -> list[Row]:
    rows: list[Row] = [[button(watching.country_setting(person.country), buttons.CountryMenu())]]
    if person.country is not None:
        rows.append([button(watching.services_setting(person.services), buttons.ServicesMenu())])
    if person.country is not None and person.services:
        label = watching.ONLY_SERVICES_ON if person.only_services else watching.ONLY_SERVICES_OFF
        rows.append([button(label(), buttons.SwitchOnlyServices(not person.only_services))])
    return rows


def countries(codes: Collection[str], movie_id: int | None) -> InlineKeyboardMarkup:
    """Return the countries to choose from.

    Args:
        codes: of the countries.
        movie_id: the movie whose offers are shown then. None shows the settings.
    """
    keys = [
        button(watching.country(code), buttons.ChooseCountry(code, movie_id)) for code in sorted(codes)[:MAX_COUNTRIES]
    ]
    rows = in_rows(keys, 5)
    if movie_id is None:
        rows.append([button(watching.BACK(), buttons.ShowSettings())])
    return InlineKeyboardMarkup(rows)


def services(offered: Sequence[str], chosen: Collection[str]) -> InlineKeyboardMarkup:
    """Return the services of a country to choose from, those that the person has first.

    Args:
        offered: the services, those with the most movies first.
        chosen: those that the person has.
    """
    names = list(dict.fromkeys((*chosen, *offered)))[:MAX_SERVICES]
    keys = [
        button(
            watching.service(name, is_on=name in chosen),
            buttons.SwitchService(key_of(name), name not in chosen),
        )
        for name in names
    ]
    return InlineKeyboardMarkup([*in_rows(keys, 2), [button(watching.BACK(), buttons.ShowSettings())]])
