"""Sending an announcement: below Telegram's limits, to nobody twice, and on from where a killed worker was."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.backoff import Backoff
from bot.client.retries import never_sent, wait_of
from bot.jobs.lease import LEASE, Lease, insist
from bot.jobs.pace import Pace
from bot.observability.metrics import DELIVERIES
from handlers.cards import send_card_unasked
from handlers.posters import Posters
from handlers.replies import say
from handlers.texts import admin
from recsys.services.conversation import Conversation
from storage.errors import StorageError
from storage.records import DeliveryStatus
from storage.sql import Announcements, Batch

MAX_AT_ONCE = 32
"""Deliveries that are under way together, at most; so many are uncertain after a kill."""

BATCHES_PER_S = 10
"""At a low rate a batch is what this part of a second allows: nothing counts as being sent long before it is."""

_logger = logging.getLogger(__name__)

Deliver = Callable[[int], Awaitable[DeliveryStatus]]


@dataclass(frozen=True, slots=True)
class CardSender:
    """What it takes to send people cards; see `handlers.context.CardSender`."""

    bot: Bot
    conversation: Conversation
    posters: Posters


class Announcer:
    """Sends one announcement at a time.

    Attributes:
        counts: how many deliveries of it have come to what.
    """

    def __init__(self, announcements: Announcements, speaker: CardSender, pace: Pace, rate: int) -> None:
        """Wire it.

        Args:
            announcements: what to send, and to whom.
            speaker: sends it.
            pace: how fast.
            rate: messages a second.
        """
        self.counts: Counter[DeliveryStatus] = Counter()
        self._announcements = announcements
        self._speaker = speaker
        self._pace = pace
        self._batch_size = max(1, min(MAX_AT_ONCE, rate // BATCHES_PER_S))
        self._backoff = Backoff()
        self._in_trouble = False

    async def send(self, lease: Lease) -> bool:
        """Send to everybody who is left.

        Returns:
            Whether nobody is left; False where the lease has ended before.
        """
        announcements, job_id = self._announcements, lease.job.job_id
        await insist(lambda: announcements.take_over(job_id, lease.owner, datetime.now(UTC)))
        deliver = self._deliver(await insist(lambda: announcements.text(job_id)))
        self.counts = Counter(await insist(lambda: announcements.counts(job_id)))
        outcomes: Mapping[int, DeliveryStatus] = {}
        while True:
            size = 0 if lease.ended.is_set() or self._pace.closed_for > 0 else self._size()
            batch = await self._next_batch(lease, outcomes, size)
            lease.end(batch.lease_state)
            self._count(batch, outcomes)
            lease.share = 1 - (self.counts["waiting"] + self.counts["sending"]) / max(1, self.counts.total())
            outcomes = {}
            if batch.person_ids:
                statuses = await asyncio.gather(*(self._try(deliver, person_id) for person_id in batch.person_ids))
                outcomes = dict(zip(batch.person_ids, statuses, strict=True))
            elif lease.ended.is_set():
                return False
            elif size:
                return True
            else:
                await lease.rest(self._pace.closed_for)

    def _size(self) -> int:
        # Whom an answer is lost for is uncertain: while the network is in trouble, let it be few.
        return 1 if self._in_trouble else self._batch_size

    async def _next_batch(self, lease: Lease, outcomes: Mapping[int, DeliveryStatus], size: int) -> Batch:
        announcements, job_id = self._announcements, lease.job.job_id
        return await insist(
            lambda: announcements.next_batch(job_id, lease.owner, outcomes, size, datetime.now(UTC), LEASE)
        )

    def _count(self, batch: Batch, outcomes: Mapping[int, DeliveryStatus]) -> None:
        for status in outcomes.values():
            DELIVERIES.labels(status).inc()
        self.counts.update(outcomes.values())
        self.counts["sending"] += len(batch.person_ids) - len(outcomes)
        self.counts["waiting"] -= len(batch.person_ids)

    def _deliver(self, text: str | None) -> Deliver:
        """How one person gets it."""
        if text is None:
            head = admin.FRESH_PICKS()

            async def deliver_card(person_id: int) -> DeliveryStatus:
                is_sent = await send_card_unasked(self._speaker, person_id, head)
                return "sent" if is_sent else "declined"

            return deliver_card
        whole = admin.announcement(text)

        async def deliver_text(person_id: int) -> DeliveryStatus:
            await say(self._speaker.bot, person_id, whole)
            return "sent"

        return deliver_text

    async def _try(self, deliver: Deliver, person_id: int) -> DeliveryStatus:
        if not await self._pace.turn():
            return "waiting"
        try:
            status = await deliver(person_id)
        except RetryAfter as error:
            self._pace.close(wait_of(error))
            return "waiting"
        except Forbidden:
            return "blocked"
        except BadRequest as error:  # It is a NetworkError, to python-telegram-bot.
            _logger.warning("Telegram refused a delivery", exc_info=error)
            return "failed"
        except (InvalidToken, NetworkError) as error:
            return self._network_failed(error)
        except TelegramError as error:
            _logger.warning("a delivery failed", exc_info=error)
            return "failed"
        except StorageError as error:  # Before the card was sent, or after.
            _logger.warning("a delivery is uncertain", exc_info=error)
            return "uncertain"
        self._in_trouble = False
        self._backoff.reset()
        return status

    def _network_failed(self, error: TelegramError) -> DeliveryStatus:
        if self._pace.closed_for <= 0:
            pause_s = self._backoff.next()
            kind = type(error).__name__
            _logger.warning("deliveries wait for Telegram", extra={"again_in_s": pause_s, "error_type": kind})
            self._pace.close(pause_s)
        self._in_trouble = True
        is_safe = isinstance(error, InvalidToken) or (isinstance(error, NetworkError) and never_sent(error))
        return "waiting" if is_safe else "uncertain"
