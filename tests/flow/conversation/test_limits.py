"""Limits of what one person can send: long texts, and callback data with values at the ends of their ranges."""

from dataclasses import fields
from itertools import product
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest

from bot.app import Services
from bot.local_bot_api import Person
from handlers.callbacks import CODES, MAX_PAGE, CallbackData, pack
from handlers.callbacks.buttons import (
    ForgetConfirm,
    MoreTitles,
    OccupationPage,
    RatingsPage,
    RemoveRating,
    Thumb,
    TitlesDone,
    ToggleTitle,
    WatchlistPage,
)
from handlers.callbacks.fields import UpTo, Within
from handlers.routes import COMMANDS
from handlers.steps import Step
from handlers.texts import account, lists, notices
from handlers.texts.notices import Odd, odd
from tests.flow.conversation.helpers import first_card, to_the_titles

pytestmark = pytest.mark.usefixtures("bot")

TOO_LONG = odd(Odd.TOO_LONG).replace("<i>", "").replace("</i>", "")
LAST_BUTTONS = (TitlesDone, ForgetConfirm)
"""The other buttons are tapped before these two, because they need the person's data."""


def extremes(annotation: Any) -> list[Any]:
    """Return the extreme values of a field, or all values if they are a few names."""
    if get_origin(annotation) in (Union, UnionType):
        return [value for member in get_args(annotation) for value in extremes(member)]
    if annotation is NoneType:
        return [None]
    if annotation is bool:
        return [False, True]
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) is Annotated:
        _, allowed = get_args(annotation)
        if isinstance(allowed, UpTo):
            return ["x", "\N{CLAPPER BOARD}" * (allowed.longest // 4) or "x" * allowed.longest]
        return [allowed.lowest, allowed.highest] if isinstance(allowed, Within) else [allowed[0], allowed[-1]]
    return list(annotation)


def extreme_buttons(kind: type[CallbackData]) -> list[CallbackData]:
    """Return the buttons of a class with every combination of the extreme values of its fields."""
    return [kind(*values) for values in product(*(extremes(field.type) for field in fields(kind)))]


async def answer_to(person: Person, text: str) -> str:
    """Send a text, and return the text of the only answer."""
    await person.send(text)
    answer = await person.next_message()
    await person.send("/cancel")
    assert (await person.next_message()).text == account.CANCELLED()
    return answer.text


@pytest.mark.parametrize(
    "start", ["", "/rate@reelmate_bot ", "/search\n", "/nothing ", *(f"/{name} " for name in COMMANDS)]
)
async def test_a_long_text_is_not_parsed(
    bot: Services, ann: Person, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    """More than 600 characters get one answer, whichever command they follow, and are neither a wish nor a title."""
    for name in ("read", "find_title", "is_exact_title"):
        monkeypatch.setattr(bot.conversation, name, None)
    assert await answer_to(ann, start + "x, " * 200 + "x") == TOO_LONG


@pytest.mark.parametrize("start", ["", "/search ", "/similar ", "/rate ", "/recommend "])
async def test_a_text_of_600_characters_is_parsed(ann: Person, start: str) -> None:
    """The longest text that is parsed gets the answer that a short one gets."""
    assert await answer_to(ann, start + "x" * (600 - len(start))) != TOO_LONG


async def test_no_callback_data_raises(ann: Person) -> None:
    """Whatever a modified app sends, each tap is answered, and nobody reads an apology."""
    card = await first_card(ann)
    await ann.send("Movie 30, Movie 40")
    kinds = [*(kind for kind in CODES.values() if kind not in LAST_BUTTONS), *LAST_BUTTONS]
    for button in [button for kind in kinds for button in extreme_buttons(kind)]:
        for message in (card, ann.messages[-1]):
            press = await ann.press_crafted(message.message_id, pack(button))
            answer = await press.answered()
            assert answer.text not in (notices.UNKNOWN_BUTTON(), notices.OUT_OF_REACH_TOAST()) or is_for_admins(button)
    await ann.send("/cancel")
    await ann.wait_for(lambda message: message.text == account.CANCELLED())
    assert notices.SOMETHING_BROKE() not in [message.text for message in ann.messages]


def is_for_admins(button: CallbackData) -> bool:
    """Return whether only admins get such a button."""
    return hasattr(button, "job_id")


@pytest.mark.parametrize("page", [2, 999, MAX_PAGE])
async def test_a_page_that_does_not_exist_shows_the_last_page(bot: Services, ann: Person, page: int) -> None:
    """Beyond the last page, ten ratings show the ninth and the tenth, and an empty watchlist says that it is empty."""
    message = await first_card(ann)
    for movie_id in range(20, 120, 10):
        await bot.conversation.rate(ann.id, movie_id, 5.0, "stars")
    await ann.send("/ratings")
    shown = await ann.wait_for(lambda message: message.text.startswith("You have rated 10 movies"))
    await ann.press_crafted(shown.message_id, pack(RatingsPage(page)))
    shown = await ann.next_edit(shown)
    assert [line.split(" ")[0] for line in shown.text.splitlines()[1:-1]] == ["9.", "10."]
    await ann.press_crafted(shown.message_id, pack(RemoveRating(2**62, page)))
    await ann.press_crafted(message.message_id, pack(WatchlistPage(page)))
    assert (await ann.next_edit(message)).text == lists.EMPTY_WATCHLIST()


async def test_a_ratings_page_without_ratings(ann: Person) -> None:
    """The button of a page says that there are no ratings."""
    message = await first_card(ann)
    await ann.press_crafted(message.message_id, pack(RatingsPage(MAX_PAGE)))
    assert (await ann.next_edit(message)).text == lists.NO_RATINGS()


async def test_the_number_of_a_titles_page_has_a_limit(ann: Person) -> None:
    """After the last number, further pages have the same number."""
    page = await to_the_titles(ann)
    await ann.press_crafted(page.message_id, pack(MoreTitles(MAX_PAGE)))
    page = await ann.next_edit(page)
    assert pack(MoreTitles(MAX_PAGE)) in [button.data for button in page.buttons]
    assert any(button.data.startswith("1tt:") and f":{MAX_PAGE}:" in button.data for button in page.buttons)
    await ann.press_crafted(page.message_id, pack(ToggleTitle(30, MAX_PAGE, Thumb.UP)))
    await ann.next_edit(page)


async def test_the_occupations_end_with_their_last_page(bot: Services, ann: Person) -> None:
    """A page beyond the last one shows the last one."""
    await ann.start()
    message = await ann.next_message()
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.OCCUPATION, {})
    await ann.press_crafted(message.message_id, pack(OccupationPage(Step.OCCUPATION, MAX_PAGE)))
    message = await ann.next_edit(message)
    assert "writer" in [button.text for button in message.buttons]
    assert pack(OccupationPage(Step.OCCUPATION, 1)) in [button.data for button in message.buttons]
