"""The countries of movies, as details from TMDB have them: in wishes, and as lasting preferences."""

import pytest

from bot.app import Services
from bot.local_bot_api import Person
from recsys.text.wishes import Wish
from tests.flow.conversation.cards.test_where_to_watch import RARE, bot_with_offers
from tests.flow.conversation.helpers import cards, first_card, has, second_card, shown

__all__ = ["bot_with_offers"]


@pytest.mark.usefixtures("bot_with_offers")
async def test_a_wish_for_a_country(ann: Person) -> None:
    """Only its movies come, and the condition is a button."""
    await ann.send("french movies")
    card = await ann.wait_for(has("Understood: French."))
    assert shown(card) in RARE
    assert [button.text for button in card.buttons][-2:] == ["✕ French", "✕ Back to my picks"]


async def test_a_country_is_never_shown(bot_with_offers: Services, ann: Person) -> None:
    """The menu of the profile offers the countries of the movies that were shown. The choice holds, and is undone."""
    assert shown(await first_card(ann)) not in RARE
    await ann.send("/profile")
    profile = await ann.wait_for(has("What I know of you"))
    await ann.press(profile, "🚫 Countries")
    menu = await ann.next_edit(profile)
    assert [button.text for button in menu.buttons] == ["⬜ not British", "⬜ not American", "« Back"]
    await ann.press(menu, "⬜ not American")
    menu = await ann.next_edit(menu)
    assert "✅ not American" in [button.text for button in menu.buttons]
    assert await bot_with_offers.conversation.preferences(ann.id) == Wish(themes_none=("american",))
    await ann.send("/recommend")
    await second_card(ann)
    assert shown(cards(ann)[1]) in RARE
    await ann.send("/undo")
    await ann.wait_for(has("Taken back: nothing is left out of your picks any more."))
