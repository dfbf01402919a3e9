"""`reelmate announce`."""

import pytest

from bot.app import Services
from bot.cli.announce import announce
from bot.errors import BadInput
from bot.local_bot_api import TelegramServer
from bot.settings import Settings
from recsys.services.administration import COMMAND_LINE
from tests.flow.admin.helpers import agreed, has


async def test_a_confirmed_announcement_is_sent_by_the_running_bot(
    bot: Services, settings: Settings, server: TelegramServer
) -> None:
    """The confirmation names the number of people, the text is taken as plain text, and the audit log has an entry."""
    people = await agreed(server, bot.stores.people, [11, 12])
    asked: list[int] = []
    sent = await announce(settings, "1 < 2 & <b>", 7, lambda recipients: not asked.append(recipients))
    assert sent is not None
    assert (asked, sent.recipients) == ([2], 2)
    for person in people:
        assert (await person.wait_for(has("1 < 2"))).text.startswith("1 < 2 & <b>\n\n")
    assert {entry.admin_id for entry in await bot.stores.audit.recent(9)} == {COMMAND_LINE}


async def test_an_unconfirmed_announcement_leaves_nothing(
    bot: Services, settings: Settings, server: TelegramServer
) -> None:
    """No draft is left. Without recipients there is no question."""
    assert await announce(settings, "Hello", None, lambda _: pytest.fail("there are no recipients")) is None
    await agreed(server, bot.stores.people, [11])
    assert await announce(settings, "Hello", None, lambda _: False) is None
    assert await bot.stores.jobs.get(1) is None


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4_001])
async def test_a_text_that_cannot_be_sent_is_refused(settings: Settings, text: str) -> None:
    """The text is checked before anything is opened or asked."""
    with pytest.raises(BadInput, match=r"^announce: the text"):
        await announce(settings, text, None, lambda _: True)
