"""No answer is a dead end: what nothing fits can be loosened, and a wish can be ended in words."""

import pytest

from bot.app import Services
from bot.local_bot_api import Person
from handlers.steps import Step
from recsys.text.wishes import Wish
from tests.flow.conversation.helpers import first_card, greeted, has, shown


@pytest.fixture(autouse=True)
async def ready(bot: Services, ann: Person) -> None:
    """Ann has answered the questions and the titles."""
    await greeted(bot, ann)
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, {})


@pytest.mark.parametrize("text", ["before 1900", "give me five"])
async def test_where_nothing_fits_the_conditions_are_buttons(bot: Services, ann: Person, text: str) -> None:
    """The answer names what always holds, and a tap on a condition brings a card."""
    await bot.conversation.set_preferences(ann.id, Wish(year_from=1950))
    await bot.conversation.set_wish(ann.id, Wish(("Odd",), year_to=1899))
    await ann.send(text)
    answer = await ann.wait_for(has("Nothing that you haven't seen fits"))
    assert "from 1950 on" in answer.text
    assert [button.text for button in answer.buttons] == ["✕ Odd", "✕ up to 1899", "✕ Back to my picks"]
    await ann.press(answer, "✕ up to 1899")
    card = await ann.wait_for(lambda message: "Movie " in message.text)
    assert "✕ Back to my picks" in [button.text for button in card.buttons]
    assert await bot.conversation.active_wish(ann.id) == Wish(("Odd",))


async def test_a_wish_is_ended_in_words(bot: Services, ann: Person) -> None:
    """The words of the button end the wish and bring a card of the person's own picks."""
    await bot.conversation.set_wish(ann.id, Wish(year_to=1899))
    await ann.send("back to my picks")
    card = await ann.wait_for(has("Movie "))
    assert "Back to your own picks" in card.text
    assert await bot.conversation.active_wish(ann.id) is None


async def test_what_this_is_about(ann: Person) -> None:
    """After a card the question is about its movie, and before it about the bot."""
    await ann.send("what's this about?")
    assert "/recommend" in (await ann.next_message()).text
    card = await first_card(ann)
    sent = await ann.send("what's this about?")
    answer = await ann.wait_for(lambda message: message.message_id > sent.message_id)
    assert f"Movie {shown(card)} " in answer.text
    assert "/recommend" not in answer.text


async def test_a_chosen_card_has_the_conditions_that_it_fulfils(bot: Services, ann: Person) -> None:
    """A movie that was searched for is on a card of the wish, unless it is of another genre."""
    await bot.conversation.set_wish(ann.id, Wish(("Odd",)))
    for movie_id in (10, 20):
        await ann.send(f"/search Movie {movie_id}")
        page = await ann.wait_for(has(f"“Movie {movie_id}”"))
        await ann.press(page, 0)
        card = await ann.wait_for(lambda message, movie_id=movie_id: message.text.startswith(f"Movie {movie_id} "))
        is_odd = bot.conversation.movie(movie_id).genres == ("Odd",)
        assert [button.text for button in card.buttons][6:] == (["✕ Odd", "✕ Back to my picks"] if is_odd else [])
    genres = [bot.conversation.movie(movie_id).genres for movie_id in (10, 20)]
    assert sorted(genres) == [("Even",), ("Odd",)]
