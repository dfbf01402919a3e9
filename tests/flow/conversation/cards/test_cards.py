"""Cards, thumbs by button, by reply and by reaction, and the rights of the person."""

import json

import pytest
from sqlalchemy import select

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from handlers.callbacks import pack
from handlers.callbacks.buttons import SetStars
from recsys.profile import Profile
from storage.sql.models import Base
from tests.flow.conversation.helpers import first_card, greeted, has, second_card, shown


async def test_a_thumb_is_stored_and_the_next_card_replaces_the_card(bot: Services, ann: Person) -> None:
    """Each button puts another movie into the same message, and no movie is shown twice."""
    card = await first_card(ann)
    seen = [shown(card)]
    for button in ("👍", "👎", "⏭ Next", "👀 Seen"):
        await ann.press(card, button)
        card = await ann.next_edit(card)
        seen.append(shown(card))
    assert len(set(seen)) == 5
    assert await bot.conversation.stars(ann.id) == {seen[0]: 5.0, seen[1]: 1.0}
    assert list((await bot.stores.marks.of(ann.id))["seen"]) == [seen[3]]


async def test_every_thumb_changes_the_very_next_card(bot: Services, ann: Person) -> None:
    """The card after a thumb is the best movie for a profile with exactly the ratings so far."""
    card = await first_card(ann)
    ratings: dict[int, float] = {}
    for thumb, stars in (("👎", 1.0), ("👍", 5.0), ("👎", 1.0), ("👍", 5.0)):
        ratings[shown(card)] = stars
        (best,) = await bot.recommender.for_person(Profile(ratings=ratings), 1)
        await ann.press(card, thumb)
        card = await ann.next_edit(card)
        assert shown(card) == best.movie.movie_id


@pytest.mark.usefixtures("bot")
async def test_thumbs_down_lead_to_another_kind(ann: Person) -> None:
    """After fewer than fifteen 👎 on movies of one kind, of which there are thirty, a movie of the other kind comes."""
    card = await first_card(ann)
    kinds = [shown(card) // 10 % 2]
    while len(kinds) < 15 and len(set(kinds)) == 1:
        await ann.press(card, "👎")
        card = await ann.next_edit(card)
        kinds.append(shown(card) // 10 % 2)
    assert len(set(kinds)) == 2


async def test_the_same_tap_twice_counts_once(bot: Services, ann: Person) -> None:
    """Two taps on one card cause one rating and one next card, and the second tap gets a toast."""
    card = await first_card(ann)
    await ann.press(card, "👍")
    second = await ann.press(card, "👍")
    assert "moved on" in (await second.answered()).text
    await ann.next_edit(card)
    assert await bot.conversation.stars(ann.id) == {shown(card): 5.0}


@pytest.mark.parametrize(("thumb", "stars"), [("👍", 5.0), ("👎🏽", 1.0), ("👍\N{VARIATION SELECTOR-16}", 5.0)])
async def test_a_reply_with_a_thumb_rates_the_card(bot: Services, ann: Person, thumb: str, stars: float) -> None:
    """Skin tones and variation selectors are accepted."""
    card = await first_card(ann)
    await ann.reply(card, thumb)
    await second_card(ann)
    assert await bot.conversation.stars(ann.id) == {shown(card): stars}


async def test_a_reaction_rates_the_card_and_undo_takes_it_back(bot: Services, ann: Person) -> None:
    """A 👎 on the card is a rating of 1, and /undo removes it."""
    card = await first_card(ann)
    await ann.react(card, "👎")
    await second_card(ann)
    assert await bot.conversation.stars(ann.id) == {shown(card): 1.0}
    await ann.send("/undo")
    await ann.wait_for(has("Taken back"))
    assert await bot.conversation.stars(ann.id) == {}


async def test_a_reaction_that_is_taken_back_takes_its_rating_along(bot: Services, ann: Person) -> None:
    """The rating from before the reactions is back, and the person is told so."""
    card = await first_card(ann)
    await ann.send(f"/rate Movie {shown(card)} 3")
    await ann.wait_for(has("3\xa0★"))
    for thumb, messages in (("👍", 5), ("👎", 6)):
        await ann.react(card, thumb)
        await ann.until(lambda chat, messages=messages: len(chat.messages) == messages)
    assert await bot.conversation.stars(ann.id) == {shown(card): 1.0}
    await ann.react(card)
    await ann.wait_for(has("3\xa0★ again"))
    assert await bot.conversation.stars(ann.id) == {shown(card): 3.0}


@pytest.mark.parametrize(
    ("reactions", "stars"),
    [
        ([["👍"], ["❤"]], 5.0),
        ([["👍"], ["🤔"]], None),
        ([["😢"], ["😍"]], 5.0),
        ([["👍"], ["💩"]], 1.0),
        ([["❤"], ["👍"]], 5.0),
        ([["👍"], ["👎"]], 1.0),
        ([["👍"], ["👍", "👎"]], 1.0),
        ([["👍", "👎"], ["👍"]], 5.0),
        ([["👍"], ["👍", "❤"]], 5.0),
        ([["👍"], [], ["👎"]], 1.0),
        ([["👍"], ["👎"], []], None),
        ([["❤"], []], None),
    ],
)
async def test_the_latest_thumb_among_the_reactions_counts(
    server: TelegramServer, bot: Services, ann: Person, reactions: list[list[str]], stars: float | None
) -> None:
    """Reactions replace each other, and whatever is on the card at the end is the rating."""
    card = await first_card(ann)
    for emoji in reactions:
        await ann.react(card, *emoji)
    await ann.send("/cancel")
    await ann.wait_for(has("Stopped"))
    await server.delivered()
    assert await bot.conversation.stars(ann.id) == ({} if stars is None else {shown(card): stars})


async def test_a_reaction_that_is_taken_back_leaves_a_later_rating(
    server: TelegramServer, bot: Services, ann: Person
) -> None:
    """After the reaction the person has rated the movie with stars."""
    card = await first_card(ann)
    await ann.react(card, "👍")
    await second_card(ann)
    await ann.send(f"/rate Movie {shown(card)} 3")
    await ann.wait_for(has("3\xa0★"))
    await ann.react(card)
    await ann.send("/cancel")
    await ann.wait_for(has("Stopped"))
    await server.delivered()
    assert await bot.conversation.stars(ann.id) == {shown(card): 3.0}


async def test_a_command_may_be_followed_by_a_new_line(bot: Services, ann: Person) -> None:
    """The first word of the next line belongs to the text of the command, and to the wish of the card."""
    assert bot.index.problem == ""
    await ann.send("/recommend\nbefore 1960, no odd")
    card = await ann.wait_for(has("Understood: up to 1959"))
    await ann.press(card, "⏭ Next")
    assert shown(await ann.next_edit(card)) < 100
    await ann.send("/rate\nMovie 40 3.5")
    await ann.wait_for(has("Movie 40 (1954): 3.5\xa0★"))
    await ann.send("/similar@reelmate_bot\n\nMovie 30")
    await ann.wait_for(has("Like Movie 30 (1953): Odd"))
    await ann.send("/search\nMovie 50")
    await ann.wait_for(lambda message: [button.text for button in message.buttons] == ["Movie 50 (1955)"])


async def test_a_wish_filters_and_stays_with_the_card(bot: Services, ann: Person) -> None:
    """A wish for a movie from before 1960 filters its card, and the card that ⏭ brings."""
    assert bot.index.problem == ""
    await greeted(bot, ann)
    await ann.send("before 1960")
    card = await ann.wait_for(has("Understood: up to 1959"))
    assert shown(card) < 100
    await ann.press(card, "⏭ Next")
    assert shown(await ann.next_edit(card)) < 100


async def test_the_last_movie_that_fits_a_wish_says_so(bot: Services, ann: Person) -> None:
    """Only one movie is from before 1952, so ⏭ gets a toast that there is nothing else."""
    assert bot.index.problem == ""
    await greeted(bot, ann)
    await ann.send("before 1952")
    card = await ann.wait_for(has("Movie 10"))
    press = await ann.press(card, "⏭ Next")
    assert (await press.answered()).text == "There is nothing else."


async def test_the_movie_of_a_request_is_not_called_liked(bot: Services, ann: Person) -> None:
    """A person may ask for movies like a movie that they disliked or never rated."""
    await ann.send("/rate Movie 30 1")
    await ann.send("like Movie 30")
    card = await ann.wait_for(has("Like Movie 30 (1953): Odd"))
    await ann.press(card, "🎯 More like this")
    again = (await ann.next_edit(card)).text
    assert "Like Movie" in again
    assert "Like Movie 30" not in again
    assert await bot.conversation.stars(ann.id) == {30: 1.0}


async def test_a_crafted_button_changes_only_ratings_of_its_sender(
    bot: Services, server: TelegramServer, ann: Person
) -> None:
    """Bob sends the callback data of Ann's rating button: his rating changes, hers does not."""
    await ann.send("/rate Movie 30 5")
    await ann.next_message()
    bob = server.person(8, "Bob")
    await bob.send("/start")
    greeting = await bob.next_message()
    press = await bob.press_crafted(greeting.message_id, pack(SetStars(30, 1.0, 0)))
    await press.answered()
    await bob.wait_for(has("1\xa0★"))
    assert await bot.conversation.stars(ann.id) == {30: 5.0}
    assert await bot.conversation.stars(bob.id) == {30: 1.0}


@pytest.mark.parametrize(
    "sent",
    [
        *["/help", "/privacy", "/profile", "/settings", "/ratings", "/watchlist", "/undo", "/cancel", "/forget"],
        *[
            "/similar",
            "/similar Movie 30",
            "/search",
            "/search movie",
            "/rate",
            "/rate Movie 40 3.5",
            "/rate Movie 40 9",
        ],
        *["/recommend odd", "/recommend no odd", "/nonsense", "Movie 50", "like Movie 30", "zzzz qqqq", "👍", "🙂"],
        "x" * 10_000,
    ],
)
async def test_everything_gets_a_helpful_answer(bot: Services, ann: Person, sent: str) -> None:
    """Every text is answered, and never by the apology for an error."""
    assert bot.index.problem == ""
    await ann.send(sent)
    assert "went wrong" not in (await ann.next_message()).text


async def test_stickers_voice_messages_and_edits_get_a_helpful_answer(bot: Services, ann: Person) -> None:
    """Each gets the answer of its kind."""
    assert bot.index.problem == ""
    await ann.send_sticker("🙂")
    assert "words" in (await ann.next_message()).text
    await ann.send_voice(3)
    assert "listen" in (await ann.next_message()).text
    await greeted(bot, ann)
    message = await ann.send("zzzz")
    await ann.next_message()
    await ann.edit(message, "Movie 30")
    assert "anew" in (await ann.next_message()).text


async def test_export_has_everything_and_forget_leaves_nothing(bot: Services, ann: Person) -> None:
    """The exported file contains the rating. After /forget no table has a row of the person."""
    card = await first_card(ann)
    await ann.press(card, "👍")
    await ann.next_edit(card)
    await ann.send("/export")
    file = await ann.wait_for(lambda message: message.document is not None)
    assert file.document is not None
    exported = await bot.conversation.export(ann.id)
    assert exported is not None
    assert [rating["movie_id"] for rating in json.loads(json.dumps(exported))["ratings"]] == [shown(card)]
    await ann.send("/forget")
    asked = await ann.wait_for(has("Delete all of it?"))
    await ann.press(asked, "Yes, delete everything")
    await ann.next_edit(asked)
    async with bot.stores.database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            if "person_id" in table.columns:
                assert (await connection.execute(select(table))).all() == []
