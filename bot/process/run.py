"""`reelmate run`: the bot as a process, by polling or by webhook."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.app import build_application, open_services
from bot.application import introduce
from bot.backoff import retry_forever
from bot.client.retries import wait_of
from bot.health import CheckReadiness, Readiness
from bot.jobs.housekeeping import running_housekeeping
from bot.jobs.worker import running_worker
from bot.observability import logs
from bot.process.http_server import TELEGRAM_PATH, build_server, keep_recording, listening
from bot.process.supervised import report_running, stopping_with_supervisor
from bot.runtime import resume_garbage_collection, stop_at_signals
from bot.settings import Settings
from bot.updates.intake import AnyApplication, Intake
from bot.updates.parsing import ALLOWED_UPDATES
from bot.updates.polling import Poller
from bot.updates.webhook import Webhook
from bot.waiting import database_answers
from storage.deduplication import IsFirst, always_first
from storage.errors import Misconfigured
from storage.sql import Updates

DRAIN_S = 6.0
"""Updates in progress may take this long after a signal. With all other steps it is below 10 s, after which container
runtimes kill a process."""

_CLOSE_S = 1.0
_MAX_CONNECTIONS = 100

_logger = logging.getLogger(__name__)

Introduce = Callable[[Bot], Awaitable[None]]


async def run(settings: Settings, level: str = "INFO", number: int | None = None) -> None:
    """Run the bot until SIGTERM or SIGINT. A second signal stops it without waiting for updates in progress.

    Only one bot can poll with a token, so it also runs the jobs of the admins. With a webhook there may be several
    replicas, and `reelmate worker` runs the jobs, so that no person waits while a model is trained.

    Args:
        settings: the settings.
        level: the minimum level to log.
        number: which of several processes that a supervisor runs this is; None if it is the only one.

    Raises:
        Misconfigured: a setting is missing or wrong, or Telegram does not accept it.
        NotFound: `reelmate prepare` has never run.
        Unavailable: a service without a fallback does not answer. The database has some time to begin to answer.
    """
    logs.configure(settings.secrets(), level=level, number=number)
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_at_signals())
        if number is not None:
            stack.enter_context(stopping_with_supervisor(stop))
        if not await database_answers(settings, stop):
            return
        services = await stack.enter_async_context(open_services(settings))
        application = build_application(services, settings)
        process = Process(
            application,
            settings,
            services.stores.updates,
            check_services=services.health.readiness,
            introduce=lambda bot: introduce(bot, settings.admin_ids, settings.bot_name),
            number=number,
            is_first=services.stores.is_first,
        )
        await stack.enter_async_context(services.reloader.running())
        await stack.enter_async_context(running_housekeeping(services.stores.housekeeping, settings.retention))
        if settings.webhook_url is None:
            await stack.enter_async_context(running_worker(services, settings))
        resume_garbage_collection()
        await process.run(stop)


class Process:
    """A running bot: its poller or webhook, its HTTP server, its start and its shutdown."""

    def __init__(
        self,
        application: AnyApplication,
        settings: Settings,
        updates: Updates,
        *,
        check_services: CheckReadiness,
        introduce: Introduce,
        number: int | None = None,
        is_first: IsFirst = always_first,
    ) -> None:
        """Create a process that is not started.

        Args:
            application: the application with its handlers.
            settings: the addresses of Telegram and of the HTTP server.
            updates: the record of updates that were delivered.
            check_services: checks the services of the bot.
            introduce: sets the command menus and the descriptions of the bot.
            number: which of several processes that share an address this is; None if it is the only one.
            is_first: finds the first of all replicas that apologise for an update.
        """
        self._application = application
        self._settings = settings
        self._check_services = check_services
        self._introduce = introduce
        self._number = number
        self._intake = Intake(application, updates, alone=settings.webhook_url is None, is_first=is_first)
        self._problem = "Telegram has not answered yet"
        self._webhook: Webhook | None = None
        self._poller: Poller | None = None
        if settings.webhook_url is not None and settings.webhook_secret is not None:
            self._webhook = Webhook(application.bot, self._intake, settings.webhook_secret.get_secret_value())
        else:
            self._poller = Poller(application.bot, self._intake)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until the event is set; then finish the updates in progress within DRAIN_S, and close.

        Calls to Telegram that are not answered, at the start or later, are retried without a limit.

        Raises:
            Misconfigured: Telegram does not accept the token or the webhook, or LISTEN cannot be bound.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close)
            address = await self._listen(stack)
            await stack.enter_async_context(self._intake.claims.recording_heartbeats(address, self._number))
            working = asyncio.create_task(self._work(), name="bot")
            stopped = asyncio.create_task(stop.wait(), name="stop")
            try:
                await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await self._stop(working, stopped)
            if not working.cancelled():
                working.result()
            _logger.info("stopped")

    async def readiness(self) -> Readiness:
        """Return whether the bot can work: the state of its services, and whether it receives updates."""
        services = await self._check_services()
        problem = self._problem or (self._poller.problem if self._poller is not None else "")
        return replace(services, missing=(problem, *services.missing)) if problem else services

    async def _listen(self, stack: AsyncExitStack) -> tuple[str, int] | None:
        """Start the HTTP server, and return where it listens; None if it cannot and the bot works without it."""
        host, port = self._settings.listen_address
        url = self._settings.webhook_url
        path = TELEGRAM_PATH if url is None else unquote(urlsplit(url.get_secret_value()).path)
        server = build_server(self.readiness, self._webhook, path)
        try:
            host, port = await stack.enter_async_context(
                listening(server, host, port, drain_s=_CLOSE_S, is_shared=self._number is not None)
            )
        except Misconfigured as error:
            if self._webhook is not None:
                raise
            # A bot that polls works without its HTTP server.
            _logger.warning("%s; continuing without /live, /ready and /metrics", error)
            return None
        _logger.info("listening", extra={"host": host, "port": port})
        return host, port

    async def _work(self) -> None:
        try:
            await self._until_answered(self._application.initialize)
        except InvalidToken:
            raise Misconfigured("BOT_TOKEN: Telegram does not know this token; ask @BotFather for it again") from None
        await self._application.start()
        await self._until_answered(self._subscribe)
        self._problem = ""
        _logger.info("running", extra={"bot_id": self._application.bot.id, "webhook": self._webhook is not None})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._set_menus_and_descriptions(), name="introduction")
            if self._number is not None:
                report_running()
                tasks.create_task(keep_recording(self.readiness), name="metrics")
            if self._poller is not None:
                tasks.create_task(self._poller.run(), name="polling")
        # Only a bot with a webhook gets here. It goes on receiving updates until this task is cancelled.
        await asyncio.Event().wait()

    async def _subscribe(self) -> None:
        """Set the webhook and the kinds of updates that Telegram sends there; a bot that polls has its webhook deleted.

        Raises:
            Misconfigured: Telegram does not accept WEBHOOK_URL.
        """
        if self._webhook is None or self._settings.webhook_url is None or self._settings.webhook_secret is None:
            await self._application.bot.delete_webhook()
            return
        self._webhook.open = True
        try:
            await self._application.bot.set_webhook(
                self._settings.webhook_url.get_secret_value(),
                secret_token=self._settings.webhook_secret.get_secret_value(),
                allowed_updates=ALLOWED_UPDATES,
                max_connections=_MAX_CONNECTIONS,
            )
        except BadRequest as error:
            raise Misconfigured(f"WEBHOOK_URL: Telegram does not take it: {error.message}") from None

    async def _until_answered(self, call: Callable[[], Awaitable[None]]) -> None:
        """Retry a call until Telegram answers it.

        Raises:
            TelegramError: Telegram refuses the call.
        """
        await retry_forever()(self._retry_pause, call)

    def _retry_pause(self, error: Exception) -> bool | float:
        """Decide about a retry; this is a backoff hook of stamina.

        Returns:
            The pause in seconds that Telegram asks for, True for the backoff's own pause, or False for no retry.
        """
        if not isinstance(error, TelegramError) or isinstance(error, BadRequest | Forbidden | InvalidToken):
            return False
        self._problem = f"Telegram does not answer: {type(error).__name__}"
        _logger.warning("Telegram does not answer; retrying", exc_info=error)
        return wait_of(error) if isinstance(error, RetryAfter) else True

    async def _set_menus_and_descriptions(self) -> None:
        try:
            await self._until_answered(lambda: self._introduce(self._application.bot))
        except TelegramError as error:  # Commands work without the menus.
            _logger.error("Telegram refused the command menus", exc_info=error)

    async def _stop(self, working: asyncio.Task[None], stopped: asyncio.Task[bool]) -> None:
        """Accept no more updates, finish those in progress, and confirm them to Telegram."""
        self._problem = "stopping"
        if self._webhook is not None:
            self._webhook.open = False
        stopped.cancel()
        working.cancel()
        await asyncio.wait((working, stopped))
        await self._intake.drain(DRAIN_S)
        if self._poller is not None:
            await self._poller.confirm()

    async def _close(self) -> None:
        if self._application.running:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await self._application.stop()
        await self._application.shutdown()
        # If Telegram never answered, the application was not initialised, but its connections are open.
        await self._application.bot.shutdown()
