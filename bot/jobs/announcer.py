"""Sending announcements: below Telegram's rate limits, at most once per person, and resumable by another worker."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.backoff import Backoff
from bot.client.retries import never_sent, wait_of
from bot.client.throttle import Throttle
from bot.jobs.flood_control import MAX_SET_ASIDE, FloodControl
from bot.jobs.lease import JOB_LEASE, Lease
from bot.jobs.retries import retry_storage
from bot.observability.metrics import DELIVERIES
from handlers.cards import send_card_unasked
from handlers.posters import Posters
from handlers.replies import say
from handlers.texts import admin
from recsys.services.conversation import Conversation
from recsys.services.precomputing import PrecomputedCard
from storage.errors import StorageError
from storage.records import DeliveryStatus
from storage.sql import Announcements, Batch

MAX_AT_ONCE = 32
"""The largest batch of concurrent deliveries. If a worker is killed, the deliveries of its batch remain uncertain."""

BATCHES_PER_S = 10
"""At a low rate a batch is as large as this part of a second allows, so that no delivery is marked as being sent long
before it is sent."""

MAX_CARDS_AHEAD = 256
"""Personal cards are chosen in batches of at most this many people, and of no more than get one in a second."""

_logger = logging.getLogger(__name__)

Deliver = Callable[[int], Awaitable[DeliveryStatus]]
"""Sends an announcement to the person with this id."""


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """The worker's `handlers.context.CardSender`: it sends cards that do not answer an update."""

    bot: Bot
    conversation: Conversation
    posters: Posters


class Announcer:
    """Sends one announcement at a time.

    Attributes:
        counts: the number of deliveries of the current announcement by status.
    """

    def __init__(self, announcements: Announcements, context: WorkerContext, throttle: Throttle, rate: int) -> None:
        """Create an announcer.

        Args:
            announcements: holds the texts and the deliveries.
            context: sends the messages.
            throttle: limits the rate of the messages.
            rate: messages per second, from which the batch size follows.
        """
        self.counts: Counter[DeliveryStatus] = Counter()
        self._announcements = announcements
        self._context = context
        self._throttle = throttle
        self._flood_control = FloodControl(throttle)
        self._batch_size = max(1, min(MAX_AT_ONCE, rate // BATCHES_PER_S))
        self._cards: dict[int, PrecomputedCard] = {}
        self._cards_ahead = max(self._batch_size, min(MAX_CARDS_AHEAD, rate))
        self._backoff = Backoff()
        self._network_failing = False

    @property
    def deliveries(self) -> admin.Deliveries:
        """The deliveries of the current announcement, for its progress message."""
        flood_control = self._flood_control
        return admin.Deliveries(self.counts, len(flood_control.set_aside), flood_control.paused_until)

    async def send(self, lease: Lease) -> bool:
        """Send an announcement to everybody who has not got it yet.

        Args:
            lease: of the announcement's job.

        Returns:
            Whether all deliveries are done, except to people for whom Telegram's flood control lasts too long; False if
            the work had to stop before.
        """
        announcements, job_id = self._announcements, lease.job.job_id
        self._flood_control.begin()
        await retry_storage(lambda: announcements.take_over(job_id, lease.owner, datetime.now(UTC)))
        text = await retry_storage(lambda: announcements.text(job_id))
        deliver = self._deliver_function(text)
        self.counts = Counter(await retry_storage(lambda: announcements.counts(job_id)))
        outcomes: Mapping[int, DeliveryStatus] = {}
        while True:
            set_aside = self._flood_control.set_aside
            if text is None:
                outcomes = await self._choose_cards(lease, outcomes, set_aside)
            size = self._next_batch_size(lease, len(set_aside))
            batch = await self._next_batch(lease, outcomes, size, set_aside)
            lease.stop_unless_held(batch.lease_state)
            self._update_counts(batch, outcomes)
            lease.share = 1 - (self.counts["waiting"] + self.counts["sending"]) / max(1, self.counts.total())
            outcomes = {}
            if self._cards.keys().isdisjoint(batch.person_ids):
                self._cards.clear()  # They are of people who were set aside or have switched messages off.
            if batch.person_ids:
                statuses = await asyncio.gather(*(self._try(deliver, person_id) for person_id in batch.person_ids))
                outcomes = dict(zip(batch.person_ids, statuses, strict=True))
            elif lease.stopped.is_set():
                return False
            elif size and not set_aside:
                return True
            elif size and self._flood_control.has_waited_enough:
                not_sent = {"job_id": job_id, "people_set_aside": len(set_aside)}
                _logger.warning("an announcement ends without people whose chats Telegram limits", extra=not_sent)
                return True
            else:
                await lease.wait(max(self._throttle.paused_for, 0.0) or self._flood_control.next_due_in)

    async def _choose_cards(
        self, lease: Lease, outcomes: Mapping[int, DeliveryStatus], set_aside: Collection[int]
    ) -> Mapping[int, DeliveryStatus]:
        """Choose the cards of the people who get one next, if there are not enough for the next batch.

        A card that is not chosen here is chosen at its delivery.

        Returns:
            The outcomes of the last batch that are still to be stored. They are stored before cards are chosen, because
            they would be unknown if the worker were killed meanwhile.
        """
        if self._next_batch_size(lease, len(set_aside)) <= len(self._cards):
            return outcomes
        announcements, precomputing = self._announcements, self._context.conversation.precomputing
        stored = await self._next_batch(lease, outcomes, 0, set_aside)
        lease.stop_unless_held(stored.lease_state)
        self._update_counts(stored, outcomes)
        job_id, people = lease.job.job_id, self._cards_ahead
        person_ids = await retry_storage(lambda: announcements.upcoming(job_id, people, set_aside))
        cards = {person_id: self._cards[person_id] for person_id in person_ids if person_id in self._cards}
        others = [person_id for person_id in person_ids if person_id not in cards]
        self._cards = cards | await retry_storage(lambda: precomputing.cards(others))
        return {}

    def _next_batch_size(self, lease: Lease, people_set_aside: int) -> int:
        if lease.stopped.is_set() or self._throttle.paused_for > 0 or people_set_aside >= MAX_SET_ASIDE:
            return 0
        # A delivery whose answer is lost is uncertain and never repeated: keep those few while the network fails.
        return 1 if self._network_failing else self._batch_size

    async def _next_batch(
        self, lease: Lease, outcomes: Mapping[int, DeliveryStatus], size: int, set_aside: Collection[int]
    ) -> Batch:
        """Store the outcomes of the last batch and mark the next one as being sent."""
        announcements, job_id = self._announcements, lease.job.job_id
        return await retry_storage(
            lambda: announcements.next_batch(
                job_id, lease.owner, outcomes, size, datetime.now(UTC), JOB_LEASE, set_aside
            )
        )

    def _update_counts(self, batch: Batch, outcomes: Mapping[int, DeliveryStatus]) -> None:
        for status in outcomes.values():
            DELIVERIES.labels(status).inc()
        self.counts.update(outcomes.values())
        self.counts["sending"] += len(batch.person_ids) - len(outcomes)
        self.counts["waiting"] -= len(batch.person_ids)

    def _deliver_function(self, text: str | None) -> Deliver:
        """Return the function that delivers a text; without a text, it delivers a card of each person's own."""
        if text is None:
            head = admin.FRESH_PICKS()

            async def deliver_card(person_id: int) -> DeliveryStatus:
                is_sent = await send_card_unasked(self._context, person_id, head, self._cards.pop(person_id, None))
                return "sent" if is_sent else "declined"

            return deliver_card
        message = admin.announcement(text)

        async def deliver_text(person_id: int) -> DeliveryStatus:
            await say(self._context.bot, person_id, message)
            return "sent"

        return deliver_text

    async def _try(self, deliver: Deliver, person_id: int) -> DeliveryStatus:
        """Deliver to one person, and turn every error into a status."""
        if not await self._throttle.acquire():
            return "waiting"
        status = await self._attempt(deliver, person_id)
        if status in ("sent", "blocked", "failed"):
            self._flood_control.answered(person_id)
        return status

    async def _attempt(self, deliver: Deliver, person_id: int) -> DeliveryStatus:
        try:
            status = await deliver(person_id)
        except RetryAfter as error:
            self._set_aside(person_id, wait_of(error))
            return "waiting"
        except Forbidden:
            return "blocked"
        except BadRequest as error:  # python-telegram-bot derives it from NetworkError, so it has to come first.
            _logger.warning("Telegram refused a delivery", exc_info=error)
            return "failed"
        except (InvalidToken, NetworkError) as error:
            return self._handle_network_error(error)
        except TelegramError as error:
            _logger.warning("a delivery failed", exc_info=error)
            return "failed"
        except StorageError as error:  # It may have happened before or after the card was sent.
            _logger.warning("a delivery is uncertain", exc_info=error)
            return "uncertain"
        self._network_failing = False
        self._backoff.reset()
        return status

    def _set_aside(self, person_id: int, wait_s: float) -> None:
        """Let a person wait for as long as Telegram asks, and everybody if Telegram limits the bot."""
        was_paused = self._throttle.paused_for > 0
        pause_s = self._flood_control.refused(person_id, wait_s)
        people = len(self._flood_control.set_aside)
        _logger.warning("set a delivery aside after a 429", extra={"again_in_s": wait_s, "people_set_aside": people})
        if pause_s and not was_paused:
            _logger.warning("all deliveries wait after 429s in a row", extra={"again_in_s": round(pause_s, 1)})

    def _handle_network_error(self, error: TelegramError) -> DeliveryStatus:
        """Pause all deliveries. Return "waiting" if the message was certainly not sent, else "uncertain"."""
        if self._throttle.paused_for <= 0:
            pause_s = self._backoff.next()
            kind = type(error).__name__
            _logger.warning("deliveries wait for Telegram", extra={"again_in_s": pause_s, "error_type": kind})
            self._throttle.pause(pause_s)
        self._network_failing = True
        is_unsent = isinstance(error, InvalidToken) or (isinstance(error, NetworkError) and never_sent(error))
        return "waiting" if is_unsent else "uncertain"
