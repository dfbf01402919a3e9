"""Trailers, offers and services: what a person sees of the details from TMDB, and what their settings change."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from bot.stores import open_stores
from handlers.texts import account, details, watching
from recsys.data import Dataset
from storage.net_details import TMDB, FoundDetails, MoreDetails, Offers, ReadDetails
from storage.records import Movie
from tests.flow.conversation.helpers import OpenBot, cards, first_card, has, second_card, shown
from tests.flow.repeats import repeat

RARE = {110, 220, 330}
"""The movies that one service has alone, and that are French. The others are British and American."""


def found(movie: Movie) -> FoundDetails:
    """Return details of a movie of the board."""
    service = "Rare Films" if movie.movie_id in RARE else "Netflix"
    return FoundDetails(
        facts={"description": "A plot from the net."},
        services=(f"DE:{service}", "US:Hulu"),
        more=MoreDetails(
            countries=("FR",) if movie.movie_id in RARE else ("GB", "US"),
            trailer_url="https://www.youtube.com/watch?v=abcdefghijk",
            offers={"DE": Offers((service,), link="https://www.themoviedb.org/movie/1/watch")},
        ),
    )


@pytest.fixture
async def bot_with_offers(open_bot: OpenBot, polling: Settings, board: Dataset) -> AsyncIterator[Services]:
    """The running bot, with details of every movie from TMDB."""
    today = datetime.now(UTC).date()
    async with open_stores(polling) as stores:
        answers = [ReadDetails(movie.movie_id, movie.label, TMDB, today, found(movie)) for movie in board.movies]
        await stores.details.put_many(answers)
        await stores.catalogue.mark_changed()
    async with open_bot() as services:
        yield services


@pytest.mark.usefixtures("bot_with_offers")
async def test_trailer_and_offers_are_behind_more(ann: Person) -> None:
    """The trailer is a link. The first time, "where" asks for the country; then the details say what is offered."""
    card = await first_card(ann)
    assert "A plot from the net." in card.text
    await ann.press(card, details.MORE())
    more = await ann.wait_for(lambda message: message.from_bot and message.message_id > card.message_id)
    trailer = next(button for button in more.buttons if button.text == watching.TRAILER())
    assert trailer.url == "https://www.youtube.com/watch?v=abcdefghijk"
    await ann.press(more, watching.WHERE())
    question = await ann.next_edit(more)
    assert [button.text for button in question.buttons] == ["🇩🇪 DE", "🇺🇸 US"]
    await ann.press(question, "🇩🇪 DE")
    offers = await ann.next_edit(question)
    assert "📺 In 🇩🇪 DE, says JustWatch:\nStream: " in offers.text
    assert watching.ALL_OFFERS() in [button.text for button in offers.buttons]
    await ann.send("/help")
    await ann.wait_for(has("This product uses the TMDB API but is not endorsed or certified by TMDB."))
    await ann.send("/privacy")
    await ann.until(lambda chat: sum(account.TMDB_CREDIT()[-20:] in message.text for message in chat.messages) == 2)


async def test_only_what_my_services_have(server: TelegramServer, bot_with_offers: Services, ann: Person) -> None:
    """With the setting, all cards are of the service, and a repeated tap changes nothing."""
    await ann.send("/settings")
    settings = await ann.wait_for(has("Settings"))
    await ann.press(settings, watching.country_setting(None))
    countries = await ann.next_edit(settings)
    await ann.press(countries, "🇩🇪 DE")
    settings = await ann.next_edit(countries)
    await ann.press(settings, watching.services_setting(()))
    services = await ann.next_edit(settings)
    assert [button.text for button in services.buttons] == ["⬜ Netflix", "⬜ Rare Films", watching.BACK()]
    await ann.press(services, "⬜ Rare Films")
    services = await ann.next_edit(services)
    await repeat(server, bot_with_offers)
    await ann.press(services, watching.BACK())
    settings = await ann.next_edit(services)
    await ann.press(settings, watching.ONLY_SERVICES_OFF())
    settings = await ann.next_edit(settings)
    assert watching.ONLY_SERVICES_ON() in [button.text for button in settings.buttons]
    person = await bot_with_offers.conversation.get_person(ann.id)
    assert person is not None
    assert (person.country, person.services, person.only_services) == ("DE", ("Rare Films",), True)

    card = await first_card(ann)
    assert shown(card) in RARE
    await ann.send("/recommend")
    await second_card(ann)
    assert {shown(card) for card in cards(ann)} < RARE
