"""The button classes of where movies can be watched: offers, the country and the services of a person."""

from handlers.callbacks.codec import CallbackData
from handlers.callbacks.fields import Country, Key, MovieId


class ShowOffers(CallbackData, code="of"):
    """Show where the movie can be watched, in the message with its details."""

    movie_id: MovieId


class CountryMenu(CallbackData, code="cm"):
    """Show the countries in the message with the settings."""


class ChooseCountry(CallbackData, code="cy"):
    """Choose the country in which the person watches movies.

    Attributes:
        country: the country.
        movie_id: the movie whose offers are shown then. None shows the settings.
    """

    country: Country
    movie_id: MovieId | None


class ServicesMenu(CallbackData, code="sm"):
    """Show the services of the person's country in the message with the settings."""


class SwitchService(CallbackData, code="sv"):
    """Say whether the person has the service with this key."""

    key: Key
    on: bool


class SwitchOnlyServices(CallbackData, code="oy"):
    """Say whether the person wants only movies that their services stream."""

    on: bool


class ShowSettings(CallbackData, code="sh"):
    """Show the settings again."""
