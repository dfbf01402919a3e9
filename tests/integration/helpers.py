"""Helpers of the tests of the whole system: its processes, and people who tap."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import httpx

from bot.app import open_services
from bot.local_bot_api import Message, Person, TelegramServer
from bot.local_bot_api.signals import Signal
from bot.stores import open_stores
from handlers.texts import notices
from recsys.profile import DISLIKE, LIKE
from tests.flow.balancer import Balancer
from tests.flow.bots import settings_of
from tests.flow.conversation.helpers import cards, is_card, shown
from tests.programs import PATIENCE_S, Program

ADMIN = 1_000

MAX_TAPS = 50
"""Each person taps at most this often, because each tap uses up one of the 60 movies."""

STARS = {"👍": LIKE, "👎": DISLIKE}
"""The ratings that buttons of a card store."""

_APOLOGIES = {
    str(text)
    for text in (
        notices.OUT_OF_REACH(),
        notices.OUT_OF_REACH_TOAST(),
        notices.POPULAR_FOR_NOW(),
        notices.SOMETHING_BROKE(),
        notices.SLOW_DOWN(),
    )
}


@dataclass(frozen=True, slots=True)
class Service:
    """The running processes.

    Attributes:
        home: REELMATE_HOME of all processes.
        balancer: distributes updates to the replicas.
        replicas: the replicas by their addresses.
        worker: the process that only runs jobs.
        log_signal: set at every log line of a process.
    """

    home: Path
    balancer: Balancer
    replicas: dict[str, Program]
    worker: Program
    log_signal: Signal

    async def serve(self, version: str) -> None:
        """Wait until both replicas serve a release."""
        for replica in self.replicas.values():
            await replica.wait_for_log("serving", PATIENCE_S, version=version)


async def first_card(person: Person) -> Message:
    """Let a person ask for a card, and return it."""
    await person.send("/recommend")
    return await person.wait_for(is_card, PATIENCE_S)


async def answer_cards(person: Person, buttons: Iterable[str]) -> None:
    """Let a person ask for a card, and tap these buttons one after the other."""
    card = await first_card(person)
    for button in buttons:
        card = await tap(person, card, button, PATIENCE_S)


async def taps(person: Person, stop: asyncio.Event, pause_s: float) -> list[tuple[int, str]]:
    """Let a person answer cards until `stop` is set.

    Args:
        person: the person.
        stop: ends the taps.
        pause_s: the pause before each tap.

    Returns:
        The movie and the button of every tap, all of which were answered with another card.
    """
    answered = []
    card = await first_card(person)
    for button in islice(cycle(["👍", "⏭ Next", "👎"]), MAX_TAPS):
        try:
            async with asyncio.timeout(pause_s):
                await stop.wait()
        except TimeoutError:
            answered.append((shown(card), button))
            card = await tap(person, card, button, PATIENCE_S)
        else:
            break
    return answered


async def tap(person: Person, card: Message, button: str, timeout_s: float) -> Message:
    """Tap a button of a card, and return the next card, which must come within the timeout."""
    press = await person.press(card, button)
    assert (await press.answered(timeout_s)).text not in _APOLOGIES
    card = await person.next_edit(card, timeout_s)
    assert is_card(card)
    return card


async def check_ready(service: Service) -> None:
    """Check that both replicas are ready, and that no update has failed since they were started."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for address in service.replicas:
            assert (await client.get(f"http://{address}/ready")).text == "ready\n"
            metrics = (await client.get(f"http://{address}/metrics")).text
            assert re.findall(r'reelmate_updates_total\{.*outcome="(?:failed|dropped)"\} (?!0\.0)', metrics) == []


async def check_version(service: Service, server: TelegramServer, people: Iterable[Person]) -> None:
    """Check that the next card of each person is the one that the active release alone recommends to them."""
    async with open_services(settings_of(server, service.home)) as services:
        for person in people:
            before = len(cards(person))
            [expected] = await services.conversation.next_cards(person.id)
            await person.send("/recommend")
            await person.until(lambda chat, before=before: len(cards(chat)) > before, PATIENCE_S)
            assert shown(cards(person)[-1]) == expected.movie.movie_id


def apologises(message: Message) -> bool:
    """Return whether a message of the bot is an apology."""
    return message.from_bot and any(apology in message.text for apology in _APOLOGIES)


async def check_stored(
    service: Service, server: TelegramServer, answered: Mapping[Person, list[tuple[int, str]]]
) -> None:
    """Check that every answer is stored once, that nothing else is, and that no movie was shown twice."""
    async with open_stores(settings_of(server, service.home)) as stores:
        for person, answers in answered.items():
            movie_ids = [movie_id for movie_id, _ in answers]
            assert len(set(movie_ids)) == len(movie_ids)
            expected = {movie_id: STARS[button] for movie_id, button in answers if button in STARS}
            assert {
                movie_id: rating.stars for movie_id, rating in (await stores.ratings.of(person.id)).items()
            } == expected
            changes = (await stores.people.export(person.id))["changes"]
            assert [change["movie_id"] for change in changes] == movie_ids
