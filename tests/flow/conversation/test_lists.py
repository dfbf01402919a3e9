"""Lists: /search page by page, the watchlist, and the movie for tonight."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person
from bot.settings import Settings
from bot.stores import open_stores
from handlers.texts import lists
from recsys.data import Dataset
from recsys.profile import Profile
from storage.records import Movie
from tests.flow.conversation.helpers import OpenBot, first_card, has, is_card, shown


def described(movie: Movie) -> Movie:
    """Return a movie of the board; every tenth one is with Al Pacino, and every twelfth is about chess."""
    number = movie.movie_id // 10
    return replace(
        movie,
        actors=("Al Pacino",) if number % 10 == 0 else (),
        description="A game of chess." if number % 12 == 0 else None,
    )


@pytest.fixture
async def bot(open_bot: OpenBot, polling: Settings, board: Dataset) -> AsyncIterator[Services]:
    """The running bot, with people and plots for some movies."""
    async with open_stores(polling) as stores:
        await stores.catalogue.put_many([described(movie) for movie in board.movies])
    async with open_bot() as services:
        yield services


def labels(message: Message) -> list[str]:
    """Return the labels of the buttons of a message."""
    return [button.text for button in message.buttons]


async def search(person: Person, words: str) -> Message:
    """Search, and return the first page."""
    await person.send(f"/search {words}")
    return await person.wait_for(has(f"“{words}”"))


@pytest.mark.usefixtures("bot")
async def test_a_search_shows_all_titles_in_pages(ann: Person) -> None:
    """Sixty movies are on eight pages; the pages lead to each other and back."""
    page = await search(ann, "movie")
    seen = [label for label in labels(page) if label.startswith("Movie")]
    assert page.text.startswith("60 movies for “movie”:")
    assert labels(page)[-1] == "More »"
    while "More »" in labels(page):
        await ann.press(page, "More »")
        page = await ann.next_edit(page)
        seen += [label for label in labels(page) if label.startswith("Movie")]
    assert len(seen) == len(set(seen)) == 60
    assert labels(page)[-1] == "« Back"
    await ann.press(page, "« Back")
    assert labels(await ann.next_edit(page))[:8] == seen[48:56]


@pytest.mark.usefixtures("bot")
async def test_a_search_finds_people_and_plots(ann: Person) -> None:
    """The movies with the person stand below their name, and those about the theme below theirs."""
    page = await search(ann, "pacino")
    assert page.text.splitlines()[:3] == ["6 movies for “pacino”:", "By or with Al Pacino:", "• Movie 100 (1960)"]
    assert len(page.buttons) == 6
    page = await search(ann, "chess")
    assert page.text.splitlines()[:3] == ["5 movies for “chess”:", "In the plot:", "• Movie 120 (1962)"]


@pytest.mark.usefixtures("bot")
async def test_an_exact_title_comes_first(ann: Person) -> None:
    """A result opens its card, whose buttons work."""
    page = await search(ann, "Movie 50")
    assert labels(page) == ["Movie 50 (1955)"]
    await ann.press(page, "Movie 50 (1955)")
    card = await ann.wait_for(is_card)
    assert shown(card) == 50
    await ann.press(card, "👍")
    assert shown(await ann.next_edit(card)) != 50


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("words", "shown_words"),
    [("a:b  c", "a b c"), ("x" * 99, "x" * 48), ("я" * 99, "я" * 24), ("zzzz " * 20, "zzzz " * 8 + "zzzz")],
)
async def test_a_search_for_nothing(ann: Person, words: str, shown_words: str) -> None:
    """Words that a button could not carry are cut, and what was searched for is shown."""
    await ann.send(f"/search {words}")
    assert (await ann.next_message()).text == f"I found nothing for “{shown_words}”: no title, no name and no plot."


async def test_the_watchlist_opens_cards_and_chooses_one_for_tonight(bot: Services, ann: Person) -> None:
    """An entry opens its card. "Tonight?" sends the card that the model ranks best, of the watchlist alone."""
    await first_card(ann)
    await bot.conversation.rate(ann.id, 10, 5.0, "stars")
    later = [20, 110, 40, 30, 60]
    for movie_id in later:
        await bot.conversation.mark(ann.id, movie_id, "later")
    await ann.send("/watchlist")
    watchlist = await ann.wait_for(has("5 movies to see:"))
    assert labels(watchlist)[-1] == lists.TONIGHT()
    await ann.press(watchlist, "3. Movie 40 (1954)")
    card = await ann.wait_for(lambda message: is_card(message) and message.message_id > watchlist.message_id)
    assert shown(card) == 40
    await ann.press(watchlist, lists.TONIGHT())
    chosen = await ann.wait_for(has(lists.HEAD_TONIGHT()))
    others = [movie.movie_id for movie in bot.conversation.state.movies.values() if movie.movie_id not in later]
    [best] = await bot.recommender.for_person(Profile(ratings={10: 5.0}), 1, others)
    assert shown(chosen) == best.movie.movie_id
    assert "⏭ Next" in labels(chosen)


async def test_nothing_for_tonight(bot: Services, ann: Person) -> None:
    """Everything on the watchlist has been seen or rated since."""
    await first_card(ann)
    for movie_id in (20, 30):
        await bot.conversation.mark(ann.id, movie_id, "later")
    await ann.send("/watchlist")
    watchlist = await ann.wait_for(has("2 movies to see:"))
    await bot.conversation.mark(ann.id, 20, "seen")
    await bot.conversation.rate(ann.id, 30, 2.0, "stars")
    await ann.press(watchlist, lists.TONIGHT())
    await ann.wait_for(has(lists.NOTHING_FOR_TONIGHT()))
