"""Updates of an admin that come again after a kill between their effect and the mark that they were handled."""

import pytest

from bot.app import Services
from bot.local_bot_api import Person, TelegramServer
from tests.flow.admin.helpers import agreed, announced, has
from tests.flow.repeats import repeat
from tests.programs import PATIENCE_S


async def audited(bot: Services) -> list[str]:
    """Return the actions in the audit log, the oldest first."""
    return [entry.action for entry in reversed(await bot.stores.audit.recent(10))]


async def test_a_draft(bot: Services, server: TelegramServer, ada: Person) -> None:
    """A repeated /announce shows the preview again, with the buttons of the same draft."""
    await agreed(server, bot.stores.people, [11])
    asked = await announced(ada)
    preview = ada.messages[-2]
    await repeat(server, bot)
    again = ada.messages[-1]
    assert ada.messages[-2].text == preview.text
    assert (again.text, again.keyboard) == (asked.text, asked.keyboard)
    assert await bot.stores.jobs.get(2) is None
    assert await audited(bot) == ["draft"]


async def test_a_confirmed_announcement(bot: Services, server: TelegramServer, ada: Person) -> None:
    """A repeated confirmation sends nothing, gets the same silent answer, and leaves the report in the message."""
    people = await agreed(server, bot.stores.people, [11, 12])
    await ada.press(await announced(ada), "Send to 2 people")
    report = await ada.wait_for(has("done"))
    await repeat(server, bot)
    toasts = [call.parameters.get("text") for call in server.calls_of("answerCallbackQuery")]
    assert toasts == [None, None]
    assert ada.messages[-1].text == report.text
    assert [sum(has("Hello")(message) for message in person.messages) for person in people] == [1, 1]
    assert (await audited(bot)).count("announce") == 1


@pytest.mark.parametrize("what", ["metadata", "rollback"])
async def test_a_refresh_that_has_ended(bot: Services, server: TelegramServer, ada: Person, what: str) -> None:
    """A repeated request starts no second job, and the report stays the last message."""
    await ada.send(f"/refresh {what}")
    report = await ada.wait_for(lambda message: has("done")(message) or has("failed")(message))
    await repeat(server, bot)
    assert [job.kind for job in await bot.stores.jobs.recent(10)] == [what]
    assert ada.messages[-1].text == report.text
    assert (await audited(bot)).count(f"refresh {what}") == 1


@pytest.mark.parametrize(("command", "answer"), [("/health", "Health"), ("/stats", "People")])
async def test_the_audit_log(bot: Services, server: TelegramServer, ada: Person, command: str, answer: str) -> None:
    """A repeated command is answered again and recorded once."""
    await ada.send(command)
    await ada.wait_for(has(answer), PATIENCE_S)  # /stats imports matplotlib.
    await repeat(server, bot)
    assert sum(has(answer)(message) for message in ada.messages) == 2
    assert await audited(bot) == [command.removeprefix("/")]
