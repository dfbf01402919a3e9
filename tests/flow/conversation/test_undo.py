"""Undo takes back the last thing that the person did, of any kind, and brings its card back."""

import pytest

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from recsys.text.wishes import Wish
from storage.records import Movie
from tests.flow.conversation.helpers import first_card, greeted, has, shown
from tests.flow.repeats import repeat

TOO_LATE = "That was taken back already, or changed again since."


def movie_on(card: Message) -> int:
    """Return the movie id of a card with a head, from the line with its title."""
    [title] = [line for line in card.text.splitlines() if line.startswith("Movie ")]
    return int(title.split()[1])


async def answered(person: Person, button: str) -> tuple[Message, int]:
    """Answer a new card, and return the message with the next card and the movie that was answered."""
    card = await first_card(person)
    await person.press(card, button)
    return await person.next_edit(card), shown(card)


async def told(person: Person, title: str, verdict: str) -> Message:
    """Name a title, and tap what is to be stored about it. Return the confirmation."""
    await person.send(title)
    asked = await person.wait_for(has(f"{title} ("))
    await person.press(asked, verdict)
    return await person.next_edit(asked)


@pytest.mark.parametrize(
    ("button", "said"),
    [
        ("👍", "is not rated any more"),
        ("👎", "is not rated any more"),
        ("👀 Seen", "does not count as seen any more"),
        ("🔖 Later", "is not on your watchlist any more"),
        ("⏭ Next", "again"),
        ("🎯 More like this", "again"),
    ],
)
async def test_the_button_brings_the_card_back(
    server: TelegramServer, bot: Services, ann: Person, button: str, said: str
) -> None:
    """The same message shows the movie again, nothing is stored, and a repeated update and a second tap do nothing."""
    following, movie_id = await answered(ann, button)
    messages = len(ann.messages)
    await ann.press(following, "↩ Undo")
    back = await ann.next_edit(following)
    assert movie_on(back) == movie_id
    assert "Taken back" in back.text
    assert said in back.text
    await repeat(server, bot)
    late = await ann.press(following, "↩ Undo")
    assert (await late.answered()).text == TOO_LATE
    assert len(ann.messages) == messages
    assert await bot.conversation.stars(ann.id) == {}
    assert await bot.conversation.watchlist(ann.id) == []
    assert (await bot.stores.marks.of(ann.id))["seen"] == {}
    assert await bot.conversation.active_wish(ann.id) is None
    await ann.press(back, "👍")
    assert movie_on(await ann.next_edit(back)) != movie_id
    assert await bot.conversation.stars(ann.id) == {movie_id: 5.0}


async def test_the_command_goes_back_step_by_step(bot: Services, ann: Person) -> None:
    """A ban, a typed mark, a rating, and a card that was kept for later: each /undo takes back one of them."""
    assert bot.index.problem == ""
    _, kept = await answered(ann, "🔖 Later")
    await ann.send("/rate Movie 40 4")
    await ann.wait_for(has("4\N{NO-BREAK SPACE}★"))
    await told(ann, "Movie 50", "👀 seen")
    await ann.send("no odd, ever")
    await ann.wait_for(has("From now on: no Odd"))
    for said in (
        "nothing is left out of your picks any more",
        "Movie 50 (1955) does not count as seen any more",
        "Movie 40 (1954) is not rated any more",
        f"Movie {kept} ",
        "There is nothing to take back",
    ):
        await ann.send("/undo")
        await ann.wait_for(has(said))
    assert await bot.conversation.preferences(ann.id) == Wish()
    assert await bot.conversation.watchlist(ann.id) == []
    assert await bot.conversation.stars(ann.id) == {}


async def test_a_preference_that_was_allowed_again_comes_back(bot: Services, ann: Person) -> None:
    """Undo of a tap in /profile forbids it again, and says so with the buttons."""
    await bot.conversation.get_or_create_person(ann.id, "welcome")
    await ann.send("no odd, ever")
    await ann.wait_for(has("From now on: no Odd"))
    await ann.send("/profile")
    profile = await ann.wait_for(has("Always: no Odd"))
    await ann.press(profile, "✕ no Odd")
    await ann.next_edit(profile)
    await ann.send("/undo")
    restored = await ann.wait_for(has("Taken back. Always: no Odd"))
    assert [button.text for button in restored.buttons] == ["✕ no Odd"]
    assert await bot.conversation.preferences(ann.id) == Wish(genres_none=("Odd",))


async def test_a_movie_that_is_off_the_watchlist_comes_back(bot: Services, ann: Person) -> None:
    """It is on its old place."""
    for movie_id in (10, 20):
        await bot.conversation.get_or_create_person(ann.id, "ready")
        await bot.conversation.mark(ann.id, movie_id, "later")
    await ann.send("/watchlist")
    watchlist = await ann.wait_for(has("2 movies to see"))
    await ann.press(watchlist, "✕ 1")
    await ann.next_edit(watchlist)
    await ann.send("/undo")
    await ann.wait_for(has("is on your watchlist again"))
    assert [movie.movie_id for movie in await bot.conversation.watchlist(ann.id)] == [20, 10]


async def test_an_older_change_is_undone_by_its_button(bot: Services, ann: Person) -> None:
    """Other titles may have been rated since, but not the same one."""
    await greeted(bot, ann)
    first, _, third = [await told(ann, title, "👍 love it") for title in ("Movie 30", "Movie 40", "Movie 50")]
    await ann.send("/rate Movie 50 2")
    await ann.wait_for(has("2\N{NO-BREAK SPACE}★"))
    await ann.press(first, "↩ Undo")
    await ann.wait_for(has("Taken back: Movie 30"))
    late = await ann.press(third, "↩ Undo")
    assert (await late.answered()).text == TOO_LATE
    assert await bot.conversation.stars(ann.id) == {40: 5.0, 50: 2.0}


async def test_the_movie_left_the_catalogue(server: TelegramServer, bot: Services, ann: Person) -> None:
    """The rating is taken back in words, and the card that is on the screen goes on."""
    following, movie_id = await answered(ann, "👍")
    await server.delivered()
    movies = [movie for movie in bot.conversation.state.movies.values() if movie.movie_id != movie_id]
    bot.conversation.use(bot.conversation.state.build(movies, bot.conversation.state.recommender))
    await ann.press(following, "↩ Undo")
    await ann.wait_for(has(f"Taken back: {Movie(movie_id, f'Movie {movie_id}').label} is not rated any more"))
    assert await bot.conversation.stars(ann.id) == {}
    await ann.press(following, "👎")
    await ann.next_edit(following)
    assert await bot.conversation.stars(ann.id) == {movie_on(following): 1.0}


async def test_nothing_from_before_forget_is_undone(bot: Services, ann: Person) -> None:
    """An old button does not touch what the person stored after they came back."""
    following, _ = await answered(ann, "👍")
    await bot.conversation.forget(ann.id)
    await bot.conversation.get_or_create_person(ann.id, "ready")
    await bot.conversation.rate(ann.id, 10, 5.0, "stars")
    late = await ann.press(following, "↩ Undo")
    assert (await late.answered()).text == TOO_LATE
    assert await bot.conversation.stars(ann.id) == {10: 5.0}
