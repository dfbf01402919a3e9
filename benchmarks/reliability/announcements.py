"""An admin who sends one announcement after the other."""

import asyncio
from collections import Counter

from benchmarks.reliability.checker import StoredPeople, check_announcements
from benchmarks.reliability.people import TIMEOUT_S
from benchmarks.reliability.record import Finding
from benchmarks.reliability.screens import ANNOUNCED, values_on
from bot.local_bot_api import Message, Person
from handlers.callbacks import pack
from handlers.callbacks.buttons import AnnounceSend

_CHECK_AGAIN_S = 0.5


class Announcer:
    """The admin.

    Attributes:
        job_ids: the jobs of the announcements that were sent, by their number in the text.
        findings: the promises that the admin saw broken.
    """

    def __init__(self, admin: Person, stored: StoredPeople) -> None:
        """Create an admin who has not announced anything.

        Args:
            admin: the admin's chat.
            stored: the database of the bot.
        """
        self.job_ids: dict[int, int] = {}
        self.findings: list[Finding] = []
        self._admin, self._stored = admin, stored

    async def announce(self) -> int:
        """Send an announcement to everybody, and return its job once it is confirmed.

        Raises:
            TimeoutError: the admin got no preview, or the announcement did not begin.
        """
        number = len(self.job_ids) + 1
        asked = await self._admin.send(f"/announce {_text(number)}")

        def is_preview(message: Message) -> bool:
            return message.message_id > asked.message_id and bool(values_on(message, AnnounceSend))

        preview = await self._admin.wait_for(is_preview, TIMEOUT_S)
        send = values_on(preview, AnnounceSend)[0]
        self.job_ids[number] = send.job_id
        await self._admin.press_crafted(preview.message_id, pack(send))
        return send.job_id

    async def announce_until(self, stop: asyncio.Event) -> None:
        """Send announcements, one after the other, at least one, until the event is set and the last has ended."""
        await self.ended(await self.announce())
        while not stop.is_set():
            await self.ended(await self.announce())

    async def ended(self, job_id: int, timeout_s: float = 3 * TIMEOUT_S) -> None:
        """Wait until an announcement has ended.

        Raises:
            TimeoutError: it has not ended in time.
        """
        async with asyncio.timeout(timeout_s):
            while self._stored.job_status(job_id) in ("draft", "waiting", "running"):  # noqa: ASYNC110 - another process ends it
                await asyncio.sleep(_CHECK_AGAIN_S)

    def check(self, people: list[Person]) -> list[Finding]:
        """Return a finding for each announcement that somebody got twice or not at all."""
        received = {
            job_id: Counter({person.id: _copies(person, number) for person in people})
            for number, job_id in self.job_ids.items()
        }
        people_ids = {person.id for person in people}
        deliveries = {key: status for key, status in self._stored.deliveries().items() if key[1] in people_ids}
        return check_announcements(received, deliveries)


def _text(number: int) -> str:
    return f"{ANNOUNCED}{number}: there is news."


def _copies(person: Person, number: int) -> int:
    return sum(message.from_bot and message.text.startswith(_text(number)) for message in person.messages)
