"""Lasting preferences are switched by taps in /profile, and hold for all cards."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.settings import Settings
from bot.stores import open_stores
from recsys.data import Dataset
from recsys.text.wishes import Wish
from storage.records import Movie
from tests.flow.conversation.helpers import OpenBot, has
from tests.flow.repeats import repeat


def detailed(movie: Movie) -> Movie:
    """Return a movie with an actor, and with a certificate for each fifth of the movies."""
    actor = "Al Pacino" if movie.movie_id % 30 == 0 else "Meg Ryan"
    certificate = {0: "R", 50: "G"}.get(movie.movie_id % 100)
    return replace(movie, actors=(actor,), certificate=certificate)


@pytest.fixture
async def bot(open_bot: OpenBot, polling: Settings, board: Dataset) -> AsyncIterator[Services]:
    """The running bot, whose catalogue has actors and some certificates."""
    async with open_stores(polling) as stores:
        await stores.catalogue.put_many([detailed(movie) for movie in board.movies])
    async with open_bot() as services:
        yield services


def movie_on(card: Message) -> int:
    """Return the movie id of a card, which may have a head."""
    [title] = [line for line in card.text.splitlines() if line.startswith("Movie ")]
    return int(title.split()[1])


def labels(message: Message) -> list[str]:
    """Return the texts of the buttons below a message."""
    return [button.text for button in message.buttons]


async def card(person: Person) -> Message:
    """Ask for a card."""
    after = person.messages[-1].message_id if person.messages else 0
    await person.send("/recommend")
    return await person.wait_for(lambda message: message.message_id > after and "⏭ Next" in labels(message))


async def switch(person: Person, menu: str, *choices: str) -> Message:
    """Open a menu of /profile, tap some choices, and return the menu."""
    await person.send("/profile")
    message = await person.wait_for(lambda message: menu in labels(message))
    await person.press(message, menu)
    message = await person.next_edit(message)
    for choice in choices:
        await person.press(message, choice)
        message = await person.next_edit(message)
    return message


async def test_genres_people_and_years(bot: Services, server: TelegramServer, ann: Person) -> None:
    """Each menu shows what holds, a repeated tap changes nothing, and the profile lists everything."""
    first = await card(ann)
    menu = await switch(ann, "🚫 Genres", "⬜ no Odd")
    assert "✅ no Odd" in labels(menu)
    await repeat(server, bot)
    menu = await switch(ann, "📅 From a year on", "⬜ from 1980 on", "⬜ from 1990 on")
    assert [label for label in labels(menu) if label.startswith("✅")] == ["✅ from 1990 on"]
    actor = detailed(bot.conversation.movie(movie_on(first))).actors[0]
    menu = await switch(ann, "🚫 People", f"⬜ without {actor}")
    await ann.press(menu, "« Back")
    profile = await ann.next_edit(menu)
    assert f"Always: no Odd, without {actor}, from 1990 on" in profile.text
    assert await bot.conversation.preferences(ann.id) == Wish(
        genres_none=("Odd",), people_none=(actor,), year_from=1990
    )
    shown = await card(ann)
    for button in ("👎", "🎯 More like this", "⏭ Next"):
        movie = bot.conversation.movie(movie_on(shown))
        assert (movie.genres, movie.actors != (actor,), (movie.year or 0) >= 1990) == (("Even",), True, True)
        await ann.press(shown, button)
        shown = await ann.next_edit(shown)
    menu = await switch(ann, "🚫 Genres", "✅ no Odd")
    assert "⬜ no Odd" in labels(menu)
    await ann.send("/undo")
    await ann.wait_for(has("Taken back. Always: no Odd"))


async def test_a_series(bot: Services, ann: Person) -> None:
    """Titles that differ in a number only are a series; the whole series is left out."""
    await bot.conversation.get_or_create_person(ann.id, "ready")
    await bot.conversation.record_card(ann.id, 5, 30)
    menu = await switch(ann, "🚫 Series", "⬜ not like Movie 30 (1953)")
    assert "✅ not like Movie 30 (1953)" in labels(menu)
    await ann.send("before 1960")
    await ann.wait_for(has("Nothing that you haven't seen fits all of this"))


@pytest.mark.usefixtures("bot")
async def test_a_certificate_limit(ann: Person) -> None:
    """Movies that are known to suit the age come first, then those of unknown age, which say so, and no other ones."""
    await switch(ann, "🧒 For children", "⬜ for age 16")
    shown = await card(ann)
    movies = []
    for _ in range(8):
        movies.append(movie_on(shown))
        is_known = movies[-1] % 100 == 50
        assert ("I don't know for which age this is" in shown.text) == (not is_known)
        await ann.press(shown, "👍")
        shown = await ann.next_edit(shown)
    assert [movie_id % 100 for movie_id in movies[:6]] == [50] * 6
    assert all(movie_id % 100 not in (0, 50) for movie_id in movies[6:])


async def test_somebody_under_18(bot: Services, ann: Person) -> None:
    """The limit holds without a preference, and a child that a wish names may be younger."""
    await bot.conversation.get_or_create_person(ann.id, "ready")
    await bot.conversation.update_person(ann.id, age=1)
    shown = await card(ann)
    assert movie_on(shown) % 100 == 50
    await ann.send("for my 6 year old")
    named = await ann.wait_for(has("for age 6"))
    assert movie_on(named) % 100 == 50
    assert "cannot search" not in named.text
    # A movie that they name has no card either if its certificate forbids it; a button asks for one like it.
    await ann.send("is Movie 100 any good?")
    refused = await ann.wait_for(has("for people of 17 and older"))
    await ann.press(refused, "Movie 100 (1960)")
    like_it = await ann.wait_for(has("like Movie 100"))
    assert movie_on(like_it) % 100 == 50
