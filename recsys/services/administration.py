"""All that admins can do: one method a use case, values back.

Every method asks by itself whether the caller may, whoever let them in, and notes what an admin did. Of a stranger
nothing is kept but a line in the log: what is stored of people must be found by /forget.

Every method may raise Unavailable where the database does not answer.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from recsys.services.probes import Probe, ProbeResult, run_probes
from storage.errors import NotFound
from storage.records import AuditEntry, Job, JobKind, Release, Statistics
from storage.sql import Announcements, Audit, Jobs, Releases, Usage

COMMAND_LINE = 0
"""Who acts where a command is typed on the machine itself: whoever can do that needs no further permission."""

STATISTICS_DAYS = 30
RECENT_JOBS = 3
SILENT_AFTER = timedelta(seconds=15)
"""Workers say every 5 s that they are there; after so long without a word there is none."""

_logger = logging.getLogger(__name__)


class Audience(StrEnum):
    """Whom of those who want messages an announcement is for: all, or who did something in so many days."""

    EVERYBODY = "all"
    MONTH = "30"
    WEEK = "7"

    @property
    def days(self) -> int | None:
        """In how many days they must have done something; None where that does not matter."""
        return None if self is Audience.EVERYBODY else int(self.value)


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The caller is no admin; nothing was done."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such thing any more: it was done, or thrown away."""


@dataclass(frozen=True, slots=True)
class Requested:
    """A job that a worker will do; where one was under way already, that one.

    Attributes:
        is_new: whether it is the one that was asked for.
    """

    job: Job
    is_new: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """An announcement that is not sent yet, and how many people would get it."""

    job_id: int
    recipients: int


@dataclass(frozen=True, slots=True)
class Health:
    """How the bot is.

    Attributes:
        parts: of it, each with its state.
        release: the model that is served; None for none.
        jobs: the last ones, the newest first.
    """

    parts: tuple[ProbeResult, ...]
    release: Release | None
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """How the bot is used, and with which model."""

    statistics: Statistics
    release: Release | None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Administration:
    """What the admin handlers and the command line call."""

    def __init__(
        self,
        admin_ids: Collection[int],
        jobs: Jobs,
        announcements: Announcements,
        audit: Audit,
        usage: Usage,
        releases: Releases,
        probes: Mapping[str, Probe],
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Wire the use cases.

        Args:
            admin_ids: the Telegram user ids of the admins.
            jobs: what workers do.
            announcements: what they send, and to whom.
            audit: what admins did.
            usage: how the bot is used.
            releases: the trained models.
            probes: by name, what returns when a part of the bot answers and raises StorageError when it does not.
            now: the time, aware.
        """
        self._admin_ids = frozenset(admin_ids)
        self._jobs, self._announcements, self._audit = jobs, announcements, audit
        self._usage, self._releases = usage, releases
        self._probes = probes
        self._now = now

    # --- jobs -------------------------------------------------------------------------------------------------------

    async def request_refresh(self, who: int, kind: JobKind, *, notify: bool = False) -> Requested | NotAllowed:
        """Ask for metadata, vectors or a model to be refreshed.

        Args:
            who: asks.
            kind: what.
            notify: afterwards, everybody who wants messages gets a card of the new model.
        """
        if not self._may(who):
            return NotAllowed()
        return await self._request(who, kind, notify=notify)

    async def request_rollback(self, who: int) -> Requested | Gone | NotAllowed:
        """Ask for the release before the present one; Gone where there is no present one."""
        if not self._may(who):
            return NotAllowed()
        active = await self._releases.active()
        if active is None:
            return Gone()
        return await self._request(who, "rollback", release=active.version)

    async def set_progress_message(self, who: int, job_id: int, chat_id: int, message_id: int) -> None:
        """Let a message show how far a job is; not a word from strangers."""
        if self._may(who):
            await self._jobs.set_progress_message(job_id, chat_id, message_id)

    async def cancel(self, who: int, job_id: int) -> Job | Gone | NotAllowed:
        """End a job, or throw a draft away; safe to repeat.

        Returns:
            The job: still running where its worker has yet to notice.
        """
        if not self._may(who):
            return NotAllowed()
        job = await self._jobs.cancel(job_id, self._now())
        await self._note(who, "cancel", job_id, "gone" if job is None else job.status)
        return Gone() if job is None else job

    async def has_worker(self) -> bool:
        """Whether anybody is there to do jobs; what is asked for waits until somebody is."""
        last_heartbeat = await self._jobs.last_heartbeat()
        return last_heartbeat is not None and self._now() - last_heartbeat < SILENT_AFTER

    async def job(self, who: int, job_id: int) -> Job | Gone | NotAllowed:
        """How far a job is."""
        if not self._may(who):
            return NotAllowed()
        return await self._jobs.get(job_id) or Gone()

    # --- announcements ----------------------------------------------------------------------------------------------

    async def draft_announcement(self, who: int, text: str) -> Preview | NotAllowed:
        """Keep a text to be announced, and say how many would get it.

        Args:
            who: writes it.
            text: Telegram's HTML.
        """
        if not self._may(who):
            return NotAllowed()
        job_id = await self._announcements.draft(text, who, self._now())
        await self._note(who, "draft", job_id, "done")
        return Preview(job_id, await self._announcements.count_recipients(None))

    async def preview_announcement(self, who: int, job_id: int, audience: Audience) -> Preview | Gone | NotAllowed:
        """How many people an announcement would go to."""
        if not self._may(who):
            return NotAllowed()
        job = await self._jobs.get(job_id)
        if job is None or job.status != "draft":
            return Gone()
        return Preview(job_id, await self._announcements.count_recipients(self._since(audience.days)))

    async def announce(self, who: int, job_id: int, days: int | None = None) -> Preview | Gone | NotAllowed:
        """Send a draft to everybody who wants messages at this moment; a second time it is Gone.

        Args:
            who: confirms it.
            job_id: the draft.
            days: only to people who did something in so many days; None for all.
        """
        if not self._may(who):
            return NotAllowed()
        recipients = await self._announcements.start(job_id, self._since(days))
        await self._note(who, "announce", job_id, "gone" if recipients is None else "waiting")
        return Gone() if recipients is None else Preview(job_id, recipients)

    async def count_recipients(self, who: int, days: int | None) -> int | NotAllowed:
        """How many want messages, and did something in so many days."""
        return await self._announcements.count_recipients(self._since(days)) if self._may(who) else NotAllowed()

    # --- what is going on -------------------------------------------------------------------------------------------

    async def stats(self, who: int) -> Overview | NotAllowed:
        """How the bot is used."""
        if not self._may(who):
            return NotAllowed()
        await self._note(who, "stats", None, "done")
        return Overview(await self._usage.statistics(STATISTICS_DAYS, self._now()), await self._releases.active())

    async def health(self, who: int) -> Health | NotAllowed:
        """Whether all that the bot needs answers, and what was done last."""
        if not self._may(who):
            return NotAllowed()
        await self._note(who, "health", None, "done")
        probes = {**self._probes, "worker": self._worker}
        parts = await run_probes(probes)
        return Health(parts, await self._releases.active(), tuple(await self._jobs.recent(RECENT_JOBS)))

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _worker(self) -> None:
        if not await self.has_worker():
            raise NotFound("none is there: start `reelmate worker`")

    def _may(self, who: int) -> bool:
        allowed = who == COMMAND_LINE or who in self._admin_ids
        if not allowed:
            _logger.warning("somebody who is no admin tried to be one", extra={"person_id": who})
        return allowed

    async def _request(self, who: int, kind: JobKind, *, notify: bool = False, release: str | None = None) -> Requested:
        job, is_new = await self._jobs.request(kind, who, self._now(), notify=notify, release=release)
        await self._note(who, f"refresh {kind}", job.job_id, "waiting" if is_new else "busy")
        return Requested(job, is_new)

    async def _note(self, who: int, action: str, job_id: int | None, outcome: str) -> None:
        await self._audit.record(AuditEntry(self._now(), who, action, job_id, outcome))

    def _since(self, days: int | None) -> datetime | None:
        return None if days is None else self._now() - timedelta(days=days)
