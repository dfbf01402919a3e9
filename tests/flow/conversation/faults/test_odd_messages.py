"""Every kind of message that Telegram has gets exactly one answer."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.app import Services
from bot.local_bot_api import Message, Person, TelegramServer
from handlers.texts import account, notices
from handlers.texts.notices import Odd, odd
from recsys.text.wishes import Wish
from tests.flow.conversation.helpers import greeted, has

FILE = {"file_id": "x-1", "file_unique_id": "u1"}
ANYBODY = {"id": 9, "is_bot": False, "first_name": "Zoe"}
OTHER_BOT = {"id": 10, "is_bot": True, "first_name": "Films", "username": "films_bot"}
HIDDEN = {"type": "hidden_user", "date": 1, "sender_user_name": "Zoe"}
PLACE = {"latitude": 1.5, "longitude": 2.5}
POLL = {
    "id": "1",
    "question": "Alien?",
    "options": [{"persistent_id": option, "text": option, "voter_count": 0} for option in ("yes", "no")],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}
SCREEN = {**FILE, "width": 1, "height": 1, "duration": 1}

CONTENTS: dict[str, tuple[Odd, dict[str, Any]]] = {
    "location": (Odd.PLACE, {"location": PLACE}),
    "venue": (Odd.PLACE, {"venue": {"location": PLACE, "title": "Kino", "address": "1 Road"}, "location": PLACE}),
    "contact": (Odd.CONTACT, {"contact": {"phone_number": "1", "first_name": "Zoe"}}),
    "poll": (Odd.POLL, {"poll": POLL}),
    "dice": (Odd.OTHER, {"dice": {"emoji": "🎲", "value": 3}}),
    "audio": (Odd.VOICE, {"audio": {**FILE, "duration": 1}}),
    "video": (Odd.VIDEO, {"video": SCREEN, "caption": "Movie 30"}),
    "round video": (Odd.VIDEO, {"video_note": {**FILE, "length": 1, "duration": 1}}),
    "animation": (Odd.VIDEO, {"animation": SCREEN, "document": FILE}),
    "photo": (Odd.PHOTO, {"photo": [{**FILE, "width": 1, "height": 1}], "caption": "/help"}),
    "story": (Odd.OTHER, {"story": {"chat": {"id": 9, "type": "private"}, "id": 1}}),
    "game": (Odd.OTHER, {"game": {"title": "Chess", "description": "x", "photo": []}}),
    "what no library knows yet": (Odd.OTHER, {"hologram": {"depth": 3}}),
    "forwarded text": (Odd.FORWARDED, {"text": "Movie 30", "forward_origin": HIDDEN}),
    "forwarded thumb": (Odd.THUMB_WITHOUT_CARD, {"text": "👍", "forward_origin": HIDDEN}),
    "forwarded poll": (Odd.FORWARDED, {"poll": POLL, "forward_origin": HIDDEN}),
}


async def only_answer(person: Person) -> Message:
    """Return the bot's answer to the last message, and check that it is the only answer."""
    answer = await person.next_message()
    await person.send("/cancel")
    assert (await person.next_message()).text == account.CANCELLED()
    return answer


@pytest.mark.parametrize("kind", CONTENTS)
async def test_every_kind_of_message_is_answered_once(bot: Services, ann: Person, kind: str) -> None:
    """Each kind gets its own text, and captions are ignored."""
    expected, content = CONTENTS[kind]
    await greeted(bot, ann)
    await ann.send_other(**content)
    answer = await only_answer(ann)
    plain = odd(expected).replace("<i>", "").replace("</i>", "")
    assert answer.text == plain
    assert await bot.conversation.stars(ann.id) == {}


async def test_a_text_sent_via_an_inline_bot_is_read(bot: Services, ann: Person) -> None:
    """A wish that was picked from an inline bot counts as typed."""
    await greeted(bot, ann)
    await ann.send_other(text="before 1960", via_bot=OTHER_BOT)
    assert "Understood: up to 1959" in (await only_answer(ann)).text
    assert await bot.conversation.active_wish(ann.id) == Wish(year_to=1959)


async def test_a_live_location_is_answered_once(server: TelegramServer, bot: Services, ann: Person) -> None:
    """Telegram sends an edit for every movement of a live location. These edits get no answer."""
    message = await ann.send_other(location={**PLACE, "live_period": 900})
    await ann.wait_for(has(notices.odd(Odd.PLACE)))
    moved = {**message.raw, "location": {**PLACE, "latitude": 1.6, "live_period": 900}, "edit_date": 2}
    server._telegram.updates.add("edited_message", moved)
    await server.delivered()
    assert len([message for message in ann.messages if message.from_bot]) == 1
    assert bot.index.problem == ""


LETTERS = st.one_of(
    st.characters(exclude_categories=("Cs", "Cc")),
    st.sampled_from("<>&*_`[]()~|\\/{}%$\"'@#🎬👍🏽\u200b\u200d\ufeff\u202e\u0627\u05d0\u0301,;\n .0123456789"),
)
WORDS = st.sampled_from(
    ["movie 30", "Movie 40 (1954)", "odd", "even", "no", "like", "before 1960", "90s", "<b>", "&amp;", "and", ","]
)
TEXTS = st.one_of(st.text(LETTERS, max_size=80), st.lists(st.one_of(WORDS, st.text(LETTERS, max_size=5))).map(" ".join))


# All examples share one chat, as in reality. The deadline is off because the examples include a whole bot.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TEXTS.filter(lambda typed: typed.strip()))
@example(typed="x" * 4096)
@example(typed="🎬" * 2000)
@example(typed="<b>" * 200)
@example(typed="\u202e\u05d0\u05d1\u05d2 \u200f(1999)")
@example(typed="\u200b\u200b")
@example(typed="Hello, how are you; is it raining\nand cold and wet")
@example(typed="/rate " + "1" * 400)
@example(typed="/rate Movie 30 \u0663")
@example(typed="/search <i>&</i>")
@example(typed="/similar@reelmate_bot Movie 30")
@example(typed="/help@another_bot")
@example(typed="like " * 100)
async def test_any_text_gets_an_answer_and_never_an_apology(bot: Services, ann: Person, typed: str) -> None:
    """Any text gets one answer, or one answer per title if it is a list of titles."""
    await ann.send(typed)
    answers = [await ann.next_message()]
    await ann.send("/cancel")
    while (message := await ann.next_message()).text != account.CANCELLED():
        answers.append(message)
    assert notices.SOMETHING_BROKE() not in [answer.text for answer in answers]
    if len(answers) > 1:
        assert any("Until you tap" in answer.text or "Which one" in answer.text for answer in answers)
    assert bot.index.problem == ""
