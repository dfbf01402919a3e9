"""Has a running bot handle generated updates, by polling or by webhook."""

import asyncio
import gc
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import aiohttp
from prometheus_client import REGISTRY

from benchmarks.generated_updates.bot import RunningBot, Watch
from benchmarks.generated_updates.updates import generate
from benchmarks.generated_updates.values import Cast
from bot.local_bot_api import Message, TelegramServer
from bot.settings import Settings
from bot.updates.parsing import update_id_of
from bot.updates.schema import MAX_ID
from bot.updates.webhook import SECRET_HEADER

ADMIN_IDS = (11, 12)
BLOCKING_IDS = (21, 22)
PEOPLE_IDS = (1, *range(100, 160), 2**31, MAX_ID, *BLOCKING_IDS)
NEWCOMER_ID = 99

MAX_PENDING, STEP = 60, 20
"""At most this many updates wait at Telegram while the bot polls, and so many more are then sent at once."""

CONNECTIONS = 24
REPEAT_EVERY = 40
"""Of so many updates one is delivered twice."""

SETTLE_S = 60.0
"""After the last update the bot may take this long to come to rest."""

_SEEN = 8
_OUTCOMES = ("handled", "repeated", "dropped", "malformed update")
_BROKEN_BODIES = (b"", b"\xff", b"{", b"null", b'"update"', b"[" * 5_000)


class Feeding:
    """A sequence of generated updates for one running bot.

    Attributes:
        outcomes: the number of updates by outcome.
        watch: what went wrong.
    """

    def __init__(self, server: TelegramServer, running: RunningBot, seed: int, watch: Watch) -> None:
        """Feed nothing yet.

        Args:
            server: the bot's Bot API server.
            running: the bot.
            seed: of the updates.
            watch: is watching.
        """
        self.outcomes: Counter[str] = Counter()
        self.watch = watch
        self._server = server
        self._running = running
        self._seed = seed
        movies = running.services.conversation.state.movies
        titles = [movie.title for movie in movies.values()]
        self._cast = Cast(PEOPLE_IDS, ADMIN_IDS, titles, list(movies), self._screen, server.open_query)

    async def by_polling(self, indexes: range, first_id: int) -> None:
        """Let the bot poll the updates with these indexes, and wait until all are handled.

        Args:
            indexes: of the updates in the sequence of the seed.
            first_id: the update id of the first. Greater than those of earlier updates.
        """
        before = _counted()
        await self._server.delivered()
        self._server.draw_update_ids(first_id)
        for index, update_id, content in self._generated(indexes, first_id):
            self._server.send_malformed(content)
            if index % REPEAT_EVERY == 0 and update_id_of(content) is not None:
                with self._server.holding() as held:
                    held.append(content)
            if (update_id - first_id) % STEP == 0:
                await self._server.delivered(SETTLE_S, but=MAX_PENDING)
        await self._server.delivered(SETTLE_S)
        self.outcomes += _counted() - before

    async def by_webhook(self, indexes: range, first_id: int, settings: Settings) -> None:
        """Post the updates with these indexes to the bot, and wait until all are answered. See `by_polling`."""
        host, port = settings.listen_address
        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
        updates = self._generated(indexes, first_id)
        url = f"http://{host}:{port}/telegram"
        async with (
            aiohttp.ClientSession(
                headers={SECRET_HEADER: secret, "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(SETTLE_S),
            ) as client,
            asyncio.TaskGroup() as posting,
        ):
            for _ in range(CONNECTIONS):
                posting.create_task(self._post_all(client, url, updates))

    async def end(self, start: dict[str, int]) -> dict[str, tuple[int, int]]:
        """Give a newcomer a card, and wait until the bot has come to rest.

        Args:
            start: the levels of the bot before.

        Returns:
            The levels before and now that are higher than before.

        Raises:
            TimeoutError: the newcomer gets no card.
        """
        newcomer = self._server.person(NEWCOMER_ID, "Newcomer")
        last = newcomer.messages[-1].message_id if newcomer.messages else 0
        await newcomer.send("/recommend")
        await newcomer.wait_for(lambda message: message.message_id > last and is_card(message), SETTLE_S)
        grown: dict[str, tuple[int, int]] = {}
        for _ in range(int(SETTLE_S)):
            gc.collect()
            levels = self._running.levels()
            grown = {name: (start.get(name, 0), level) for name, level in levels.items() if level > start.get(name, 0)}
            if not grown:
                break
            await asyncio.sleep(1)
        return grown

    def _generated(self, indexes: range, first_id: int) -> Iterator[tuple[int, int, Any]]:
        """Yield (index, update id, content), and let the watch know the latest contents."""
        sent = self.watch.sent
        for update_id, index in enumerate(indexes, first_id):
            content = generate(self._cast, self._seed, index, update_id)
            sent[update_id] = f"seed {self._seed}, index {index}", content
            sent.pop(update_id - 10 * MAX_PENDING, None)
            yield index, update_id, content

    async def _post_all(self, client: aiohttp.ClientSession, url: str, updates: Iterable[tuple[int, int, Any]]) -> None:
        for index, update_id, content in updates:
            body = json.dumps(content).encode()
            times = 2 if index % REPEAT_EVERY == 0 else 1
            answers = await asyncio.gather(*(_post(client, url, body) for _ in range(times)))
            if index % REPEAT_EVERY == 1:
                await _post(client, url, _BROKEN_BODIES[index // REPEAT_EVERY % len(_BROKEN_BODIES)])
            for status, text in answers:
                is_update = update_id_of(content) is not None
                self.outcomes[text] += 1
                if (status, text) != (400, "not an update") if not is_update else text not in _OUTCOMES:
                    self.watch.add_error(update_id, f"the webhook answers {status} {text}")

    def _screen(self, person_id: int) -> Sequence[dict[str, Any]]:
        return [message.raw for message in self._server.person(person_id).messages[-_SEEN:]]


async def introduce(server: TelegramServer) -> None:
    """Let everybody start the bot, and some block it."""
    for person_id in (*PEOPLE_IDS, *ADMIN_IDS, NEWCOMER_ID):
        await server.person(person_id).send("/start")
    await server.delivered(SETTLE_S)
    for person_id in BLOCKING_IDS:
        await server.person(person_id).block()
    await server.delivered(SETTLE_S)


def is_card(message: Message) -> bool:
    """Return whether a message of the bot is a card."""
    return message.from_bot and any("\N{THUMBS UP SIGN}" in button.text for button in message.buttons)


async def _post(client: aiohttp.ClientSession, url: str, body: bytes) -> tuple[int, str]:
    async with client.post(url, data=body) as answer:
        return answer.status, (await answer.text()).strip()


def _counted() -> Counter[str]:
    """Return the number of updates by outcome since this process started."""
    samples = [sample for metric in REGISTRY.collect() for sample in metric.samples]
    counted: Counter[str] = Counter()
    for sample in samples:
        if sample.name == "reelmate_updates_total":
            counted[sample.labels["outcome"]] += int(sample.value)
    return counted
