"""Everything an admin can do: one method per use case, which returns values.

Every method checks by itself whether the caller is an admin, and records the action in the audit log. A refusal is
logged without the caller's id, because /forget cannot delete it from a log.

`update_id` is the Telegram update that a method answers. If the same update comes again, nothing changes, and the
result is the same.

Every method may raise Unavailable if the database does not answer.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from recsys.services.probes import Probe, ProbeResult, run_probes
from storage.errors import NotFound
from storage.records import AuditEntry, Job, JobKind, ProgressMessage, Release
from storage.sql import Announcements, Audit, Contributors, Jobs, Releases, Usage
from storage.statistics import Statistics

COMMAND_LINE = 0
"""The admin id of the command line. Access to the machine is permission enough."""

STATISTICS_DAYS = 30
"""Usage is counted per day for this many days."""

ACTIVE_DAYS = (1, 7, 30)
"""The people who were active are counted within these numbers of days."""

DRAFT_LIFETIME = timedelta(hours=24)
"""An announcement that was drafted longer ago cannot be sent any more: its author has to write it again."""

RECENT_JOBS = 3
"""`Administration.health` lists this many jobs."""

HEARTBEAT_TIMEOUT = timedelta(seconds=15)
"""No worker is running if the last heartbeat is older than this. Workers record a heartbeat every 5 s."""

_logger = logging.getLogger(__name__)


class Audience(StrEnum):
    """The recipients of an announcement: everybody who wants messages, or only people active in the last days."""

    EVERYBODY = "all"
    MONTH = "30"
    WEEK = "7"

    @property
    def days(self) -> int | None:
        """The number of days within which a recipient was active; None for everybody."""
        return None if self is Audience.EVERYBODY else int(self.value)


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The outcome if the caller is not an admin; nothing was done."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The outcome if the job, draft or release does not exist any more; nothing was done."""


@dataclass(frozen=True, slots=True)
class RequestedJob:
    """The outcome of a request for a job.

    Attributes:
        job: the job that a worker will do. If another job of the same lane is waiting or running, that job.
        is_new: whether the job was created by this request.
    """

    job: Job
    is_new: bool


@dataclass(frozen=True, slots=True)
class AnnouncementPreview:
    """An announcement and its number of recipients.

    Attributes:
        job_id: of the announcement.
        recipients: the number of people who get it, or would get it if it was sent now.
    """

    job_id: int
    recipients: int


@dataclass(frozen=True, slots=True)
class Health:
    """The health of the bot.

    Attributes:
        probes: one result for each part of the bot.
        release: the active release; None if there is none.
        jobs: the last RECENT_JOBS jobs, the newest first.
        left: as in `Overview`.
    """

    probes: tuple[ProbeResult, ...]
    release: Release | None
    jobs: tuple[Job, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How the bot is used.

    Attributes:
        statistics: of the last STATISTICS_DAYS days.
        release: the active release; None if there is none.
        left: the number of people that the active release learned from and who have since withdrawn their consent or
            deleted their data. A refresh of the model leaves them out.
    """

    statistics: Statistics
    release: Release | None
    left: int


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Administration:
    """The use cases of an admin, called by the handlers and the command line."""

    def __init__(
        self,
        admin_ids: Collection[int],
        jobs: Jobs,
        announcements: Announcements,
        audit: Audit,
        usage: Usage,
        releases: Releases,
        contributors: Contributors,
        probes: Mapping[str, Probe],
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Connect the use cases with their storage.

        Args:
            admin_ids: the Telegram user ids of the admins.
            jobs: the work that admins request and workers do.
            announcements: the texts and recipients of announcements.
            audit: the log of admin actions.
            usage: usage statistics.
            releases: the trained models.
            contributors: the people that the models learned from.
            probes: name -> probe, for each part of the bot but the worker.
            now: returns the time, timezone-aware.
        """
        self._admin_ids = frozenset(admin_ids)
        self._jobs, self._announcements, self._audit = jobs, announcements, audit
        self._usage, self._releases, self._contributors = usage, releases, contributors
        self._probes = probes
        self._now = now

    # --- jobs -------------------------------------------------------------------------------------------------------

    async def request_refresh(
        self, admin_id: int, kind: JobKind, *, notify: bool = False, update_id: int | None = None
    ) -> RequestedJob | NotAllowed:
        """Request a refresh of the metadata, the vectors or the model.

        Args:
            admin_id: the caller.
            kind: what to refresh.
            notify: whether everybody who wants messages gets a card of the new model afterwards.
            update_id: the update that asks for it.
        """
        if not self._is_admin(admin_id):
            return NotAllowed()
        return await self._request(admin_id, kind, update_id, notify=notify)

    async def request_rollback(
        self, admin_id: int, *, update_id: int | None = None
    ) -> RequestedJob | Gone | NotAllowed:
        """Request a return to the last earlier release that learned from nobody who has left.

        Returns:
            The job, which fails if there is no such release; Gone if no release is active.
        """
        if not self._is_admin(admin_id):
            return NotAllowed()
        active = await self._releases.active()
        if active is None:
            return Gone()
        return await self._request(admin_id, "rollback", update_id, release=active.version)

    async def add_progress_message(
        self, admin_id: int, job_id: int, chat_id: int, message_id: int, update_id: int | None = None
    ) -> None:
        """Store that a message shows the progress of a job; does nothing if the caller is not an admin.

        Args:
            admin_id: the caller.
            job_id: the job, which can have several messages.
            chat_id: the chat of the message.
            message_id: the message.
            update_id: the update that the message answers; see `has_progress_message`.
        """
        if self._is_admin(admin_id):
            await self._jobs.add_progress_message(job_id, chat_id, message_id, update_id)

    async def has_progress_message(self, update_id: int | None) -> bool:
        """Return whether an update that comes again was answered with a message that shows the progress of a job."""
        return await self._jobs.has_progress_message(update_id)

    async def progress_messages(self, admin_id: int, job_id: int) -> list[ProgressMessage]:
        """Return the messages that show the progress of a job; none if the caller is not an admin."""
        return await self._jobs.progress_messages(job_id) if self._is_admin(admin_id) else []

    async def cancel(self, admin_id: int, job_id: int, update_id: int | None = None) -> Job | Gone | NotAllowed:
        """Cancel a job or a draft; safe to repeat.

        Returns:
            The job. A running job keeps its status until its worker notices the request.
        """
        if not self._is_admin(admin_id):
            return NotAllowed()
        job = await self._jobs.cancel(job_id, self._now())
        await self._record(admin_id, "cancel", job_id, "gone" if job is None else job.status, update_id)
        return Gone() if job is None else job

    async def has_worker(self) -> bool:
        """Return whether a worker is running. Requested jobs wait until there is one."""
        last_heartbeat = await self._jobs.last_heartbeat()
        return last_heartbeat is not None and self._now() - last_heartbeat < HEARTBEAT_TIMEOUT

    async def job(self, admin_id: int, job_id: int) -> Job | Gone | NotAllowed:
        """Return a job with its progress."""
        if not self._is_admin(admin_id):
            return NotAllowed()
        return await self._jobs.get(job_id) or Gone()

    # --- announcements ----------------------------------------------------------------------------------------------

    async def draft_announcement(
        self, admin_id: int, text: str, update_id: int | None = None
    ) -> AnnouncementPreview | NotAllowed:
        """Store a draft and count everybody who would get it. Earlier drafts of the author can no longer be sent.

        Args:
            admin_id: the author.
            text: in Telegram's HTML.
            update_id: the update with the text.
        """
        if not self._is_admin(admin_id):
            return NotAllowed()
        job_id = await self._announcements.draft(text, admin_id, self._now(), update_id)
        await self._record(admin_id, "draft", job_id, "done", update_id)
        return AnnouncementPreview(job_id, await self._announcements.count_recipients(None))

    async def preview_announcement(
        self, admin_id: int, job_id: int, audience: Audience
    ) -> AnnouncementPreview | Gone | NotAllowed:
        """Count the people who would get a draft; Gone if it is not a draft any more, or too old to be sent."""
        if not self._is_admin(admin_id):
            return NotAllowed()
        job = await self._jobs.get(job_id)
        if job is None or job.status != "draft" or job.created_at < self._now() - DRAFT_LIFETIME:
            return Gone()
        recipients = await self._announcements.count_recipients(self._days_ago(audience.days))
        return AnnouncementPreview(job_id, recipients)

    async def announce(
        self, admin_id: int, job_id: int, days: int | None = None, update_id: int | None = None
    ) -> AnnouncementPreview | Gone | NotAllowed:
        """Request that a draft is sent; Gone if it is not a draft any more, or older than DRAFT_LIFETIME.

        Args:
            admin_id: the caller.
            job_id: the draft.
            days: send it only to people who were active in this many days; None for everybody who wants messages.
            update_id: the update that confirms it.
        """
        if not self._is_admin(admin_id):
            return NotAllowed()
        drafted_since = self._now() - DRAFT_LIFETIME
        recipients = await self._announcements.start(job_id, self._days_ago(days), update_id, drafted_since)
        await self._record(admin_id, "announce", job_id, "gone" if recipients is None else "waiting", update_id)
        return Gone() if recipients is None else AnnouncementPreview(job_id, recipients)

    async def has_announced(self, update_id: int | None) -> bool:
        """Return whether an update that comes again has started the announcement that it confirms."""
        return await self._announcements.was_started_by(update_id)

    async def count_recipients(self, admin_id: int, days: int | None) -> int | NotAllowed:
        """Count the people who want messages and were active in this many days; None does not ask for activity."""
        if not self._is_admin(admin_id):
            return NotAllowed()
        return await self._announcements.count_recipients(self._days_ago(days))

    # --- usage and health -------------------------------------------------------------------------------------------

    async def stats(self, admin_id: int, update_id: int | None = None) -> Overview | NotAllowed:
        """Return the usage statistics."""
        if not self._is_admin(admin_id):
            return NotAllowed()
        await self._record(admin_id, "stats", None, "done", update_id)
        release, left = await self._active_release()
        return Overview(await self._usage.statistics(STATISTICS_DAYS, self._now(), ACTIVE_DAYS), release, left)

    async def health(self, admin_id: int, update_id: int | None = None) -> Health | NotAllowed:
        """Run every probe and list the last jobs."""
        if not self._is_admin(admin_id):
            return NotAllowed()
        await self._record(admin_id, "health", None, "done", update_id)
        results = await run_probes({**self._probes, "worker": self._probe_worker})
        release, left = await self._active_release()
        return Health(results, release, tuple(await self._jobs.recent(RECENT_JOBS)), left)

    async def probe(self, admin_id: int) -> tuple[ProbeResult, ...] | NotAllowed:
        """Run every probe, while the database does not answer."""
        if not self._is_admin(admin_id):
            return NotAllowed()
        return await run_probes({**self._probes, "worker": self._probe_worker})

    # --- shared parts -----------------------------------------------------------------------------------------------

    async def _active_release(self) -> tuple[Release | None, int]:
        """Return the active release, and how many of the people that it learned from have left."""
        release = await self._releases.active()
        return release, 0 if release is None else await self._contributors.count_left(release.version)

    async def _probe_worker(self) -> None:
        if not await self.has_worker():
            raise NotFound("none is running: start `reelmate worker`")

    def _is_admin(self, person_id: int) -> bool:
        is_admin = person_id == COMMAND_LINE or person_id in self._admin_ids
        if not is_admin:
            _logger.warning("an admin command was refused: the caller is not an admin")
        return is_admin

    async def _request(
        self,
        admin_id: int,
        kind: JobKind,
        update_id: int | None,
        *,
        notify: bool = False,
        release: str | None = None,
    ) -> RequestedJob:
        job, is_new = await self._jobs.request(
            kind, admin_id, self._now(), notify=notify, release=release, update_id=update_id
        )
        await self._record(admin_id, f"refresh {kind}", job.job_id, "waiting" if is_new else "busy", update_id)
        return RequestedJob(job, is_new)

    async def _record(
        self, admin_id: int, action: str, job_id: int | None, outcome: str, update_id: int | None
    ) -> None:
        await self._audit.record(AuditEntry(self._now(), admin_id, action, job_id, outcome), update_id)

    def _days_ago(self, days: int | None) -> datetime | None:
        return None if days is None else self._now() - timedelta(days=days)
