"""Cards of movies with details, and the message that opens from them."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import Settings
from bot.stores import open_stores
from handlers.callbacks import pack
from handlers.callbacks.buttons import ShowDetails
from handlers.texts import details, notices
from recsys.data import Dataset
from storage.records import Movie
from tests.flow.conversation.helpers import OpenBot, first_card, has, shown
from tests.flow.repeats import repeat

PLOT = "A crew answers a call from a distant moon. " + "What they find there is not what called them. " * 20


def with_details(movie: Movie) -> Movie:
    """Return a movie of the board with every detail."""
    return replace(
        movie,
        description=PLOT,
        directors=("Ann Ray",),
        actors=("Bo Li", "Cy Orr", "Di Poe"),
        certificate="PG-13",
        minutes=117,
        imdb_id=f"tt{movie.movie_id:07}",
    )


@pytest.fixture
async def detailed(open_bot: OpenBot, polling: Settings, board: Dataset) -> AsyncIterator[Services]:
    """The running bot, with details of every movie."""
    async with open_stores(polling) as stores:
        await stores.catalogue.put_many([with_details(movie) for movie in board.movies])
    async with open_bot() as services:
        yield services


def rows(message: Message) -> list[list[str]]:
    """Return the labels of the buttons of a message, row by row."""
    return [[button.text for button in row] for row in message.keyboard]


async def opened(person: Person, card: Message) -> Message:
    """Open the details of a card."""
    await person.press(card, details.MORE())
    return await person.wait_for(lambda message: message.from_bot and message.message_id > card.message_id)


@pytest.mark.usefixtures("detailed")
async def test_a_card_says_what_is_known(ann: Person) -> None:
    """Running time, certificate, one line of the plot, and who made it; "more" is beside "undo" once there is one."""
    card = await first_card(ann)
    _, facts, plot, made_by, _ = card.text.splitlines()
    assert facts.startswith("117 min · PG-13 · ")
    assert PLOT.startswith(f"{plot} What they find there")
    assert made_by == "By Ann Ray, with Bo Li, Cy Orr"
    assert rows(card)[2] == [details.MORE()]
    await ann.press(card, "👍")
    card = await ann.next_edit(card)
    assert rows(card)[2] == [details.MORE(), "↩ Undo"]
    assert [button.style for button in card.buttons[:3]] == ["success", "danger", None]


@pytest.mark.usefixtures("bot")
async def test_without_details_a_card_is_short(ann: Person) -> None:
    """Title, genres and reason, and no button for details."""
    card = await first_card(ann)
    assert len(card.text.splitlines()) == 3
    assert details.MORE() not in [button.text for button in card.buttons]


async def test_the_details_of_a_card(detailed: Services, ann: Person) -> None:
    """The whole plot, the cast, links and the title to copy. The card stays, and its buttons work."""
    card = await first_card(ann)
    more = await opened(ann, card)
    assert f"\n\n{PLOT.strip()}\n\nDirected by Ann Ray\nWith Bo Li, Cy Orr, Di Poe" in more.text
    imdb, tmdb, letterboxd, watch, copy = more.buttons
    assert imdb.url == f"https://www.imdb.com/title/tt{shown(card):07}/"
    assert letterboxd.url == f"https://letterboxd.com/imdb/tt{shown(card):07}/"
    for searched in (tmdb.url, watch.url):
        assert f"Movie+{shown(card)}" in (searched or "")
    assert copy.copy == card.text.splitlines()[0]
    await ann.press(card, "👍")
    assert shown(await ann.next_edit(card)) != shown(card)
    assert await detailed.conversation.stars(ann.id) == {shown(card): 5.0}


@pytest.mark.parametrize("kind", ["reply", "reaction"])
async def test_an_answer_to_the_details_is_about_the_movie(detailed: Services, ann: Person, kind: str) -> None:
    """A thumb by reply or reaction rates the movie, and brings the next card."""
    card = await first_card(ann)
    more = await opened(ann, card)
    if kind == "reply":
        await ann.reply(more, "👎")
    else:
        await ann.react(more, "👎")
    await ann.until(lambda chat: len([message for message in chat.messages if "⏭ Next" in str(rows(message))]) == 2)
    assert await detailed.conversation.stars(ann.id) == {shown(card): 1.0}


async def test_a_repeated_tap_sends_no_second_message(server: TelegramServer, detailed: Services, ann: Person) -> None:
    """An update that comes again is answered by the message that is there."""
    await opened(ann, await first_card(ann))
    await repeat(server, detailed)
    assert len([message for message in ann.messages if "Directed by" in message.text]) == 1


async def test_details_of_a_movie_that_left_the_catalogue(bot: Services, ann: Person) -> None:
    """The button is answered, and nothing is stored."""
    card = await first_card(ann)
    await ann.press_crafted(card.message_id, pack(ShowDetails(999)))
    await ann.wait_for(has(notices.STALE_BUTTON()))
    assert list((await bot.stores.marks.of(ann.id))["shown"]) == [shown(card)]
