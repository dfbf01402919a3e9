"""When several cards in a row do not please, the bot asks for a loved movie and offers clusters that are far apart."""

from bot.app import Services
from bot.local_bot_api import Message, Person
from tests.flow.conversation.helpers import first_card, has

ASKED = "Not much luck so far"


def movie_on(card: Message) -> int:
    """Return the movie id of a card, which may have a head."""
    [title] = [line for line in card.text.splitlines() if line.startswith("Movie ")]
    return int(title.split()[1])


def number_of_questions(person: Person) -> int:
    """Return how often the bot has asked where to look."""
    return len([message for message in person.messages if has(ASKED)(message)])


async def answer(person: Person, card: Message, button: str, count: int) -> Message:
    """Answer this many cards in one message, and return the next card."""
    for _ in range(count):
        await person.press(card, button)
        card = await person.next_edit(card)
    return card


async def test_three_thumbs_down_bring_a_far_card_and_an_offer(bot: Services, ann: Person) -> None:
    """The next card says that it comes from far away. A cluster becomes the active wish, whose card follows."""
    assert bot.index.problem == ""
    card = await answer(ann, await first_card(ann), "👎", 2)
    assert number_of_questions(ann) == 0
    card = await answer(ann, card, "👎", 1)
    assert "Now something from far away" in card.text
    asked = await ann.wait_for(has(ASKED))
    assert asked.buttons
    assert all(button.text.startswith("🧭 ") for button in asked.buttons)
    assert len({button.text for button in asked.buttons}) == len(asked.buttons)
    await ann.press(asked, 0)
    chosen = await ann.wait_for(has("From another corner"))
    wish = await bot.conversation.active_wish(ann.id)
    assert wish is not None
    assert len(wish.like) == 3
    assert wish.filter.matches(bot.conversation.movie(movie_on(chosen)))
    assert any("Back to my picks" in button.text for button in chosen.buttons)
    following = await answer(ann, chosen, "👍", 1)
    assert wish.filter.matches(bot.conversation.movie(movie_on(following)))


async def test_six_skipped_cards_bring_an_offer(bot: Services, ann: Person) -> None:
    """Not five. A like in between begins anew, and an undone answer does not count."""
    assert bot.index.problem == ""
    card = await answer(ann, await first_card(ann), "⏭ Next", 5)
    card = await answer(ann, card, "👍", 1)
    card = await answer(ann, card, "⏭ Next", 5)
    card = await answer(ann, card, "↩ Undo", 1)
    card = await answer(ann, card, "⏭ Next", 1)
    assert number_of_questions(ann) == 0
    await answer(ann, card, "⏭ Next", 1)
    await ann.wait_for(has(ASKED))
    assert number_of_questions(ann) == 1


async def test_sixteen_thumbs_down_are_noticed(bot: Services, ann: Person) -> None:
    """The bot asks after each three of them, and within a wish the cards go on fulfilling it."""
    await bot.conversation.get_or_create_person(ann.id, "welcome")
    await ann.send("before 1990")
    card = await ann.wait_for(has("Understood: up to 1989"))
    movies = []
    for _ in range(16):
        await ann.press(card, "👎")
        card = await ann.next_edit(card)
        movies.append(movie_on(card))
    assert number_of_questions(ann) == 5
    assert all((bot.conversation.movie(movie_id).year or 0) < 1990 for movie_id in movies)


async def test_thumbs_by_reply_and_reaction_count(bot: Services, ann: Person) -> None:
    """A rating of 5 stars after the question ends the row."""
    await first_card(ann)
    for number in range(3):
        card = [message for message in ann.messages if any("Next" in button.text for button in message.buttons)][-1]
        await (ann.react(card, "👎") if number % 2 else ann.reply(card, "👎"))
        await ann.wait_for(lambda message, after=card.message_id: message.message_id > after and message.from_bot)
    await ann.wait_for(has(ASKED))
    await ann.send("/rate Movie 30 5")
    await ann.wait_for(has("Movie 30 (1953): 5\N{NO-BREAK SPACE}★"))
    assert await bot.conversation.memory.find_stuck(ann.id) is None
