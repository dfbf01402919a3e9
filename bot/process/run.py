"""`reelmate run`: the bot as a process, by polling or by webhook, from its start to its end."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.app import Services, build_application, open_services
from bot.application import set_commands
from bot.backoff import Backoff
from bot.client.retries import wait_of
from bot.jobs.worker import running_worker
from bot.observability import logs
from bot.process.http_server import Readiness, build_server, listening
from bot.runtime import resume_garbage_collection, stop_at_signals
from bot.settings import Settings
from bot.updates.intake import AnyApplication, Intake
from bot.updates.parsing import ALLOWED_UPDATES
from bot.updates.polling import Poller
from bot.updates.webhook import Webhook
from storage.errors import Misconfigured, StorageError
from storage.sql import Updates

DRAIN_S = 6.0
"""How long updates in hand may take after a signal; with the rest below the 10 s after which containers are killed."""

_CLOSE_S = 1.0
_CHECK_S = 3.0
_HOUSEKEEPING_S = 3600.0
_MAX_CONNECTIONS = 100

_logger = logging.getLogger(__name__)

Check = Callable[[], Awaitable[Readiness]]
SetCommands = Callable[[Bot], Awaitable[None]]


async def run(settings: Settings, level: str = "INFO") -> None:
    """Run the bot until SIGTERM or SIGINT; a second signal does not wait for what is in hand.

    A bot that polls is alone, and does the admins' jobs too. By webhook there may be many, and `reelmate worker` does
    them: nobody's tap waits beside a training.

    Args:
        level: from which level on is logged.

    Raises:
        Misconfigured: a setting is missing or wrong, or Telegram does not accept it.
        NotFound: nothing was ever prepared.
        Unavailable: a service that nothing can stand in for does not answer.
    """
    logs.configure(settings.secrets(), level=level)
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_at_signals())
        services = await stack.enter_async_context(open_services(settings))
        application = build_application(services, settings)
        process = Process(
            application,
            settings,
            services.stores.updates,
            check=lambda: readiness(services),
            set_commands=lambda bot: set_commands(bot, settings.admin_ids),
        )
        await stack.enter_async_context(services.reloader.running())
        if settings.webhook_url is None:
            await stack.enter_async_context(running_worker(services, settings))
        resume_garbage_collection()
        await process.run(stop)


class Process:
    """A running bot: what it fetches or is sent, its HTTP side, and how all of it begins and ends."""

    def __init__(
        self,
        application: AnyApplication,
        settings: Settings,
        updates: Updates,
        *,
        check: Check,
        set_commands: SetCommands,
    ) -> None:
        """Put it together; nothing is opened yet.

        Args:
            application: with its handlers.
            settings: where Telegram is, and where the bot listens.
            updates: which updates have come.
            check: what else the bot needs, and whether it is there.
            set_commands: tells Telegram the command menus.
        """
        self._application = application
        self._settings = settings
        self._check = check
        self._set_commands = set_commands
        self._intake = Intake(application, updates, alone=settings.webhook_url is None)
        self._problem = "Telegram has not answered yet"
        self._webhook: Webhook | None = None
        self._poller: Poller | None = None
        if settings.webhook_url is not None and settings.webhook_secret is not None:
            self._webhook = Webhook(application.bot, self._intake, settings.webhook_secret.get_secret_value())
        else:
            self._poller = Poller(application.bot, self._intake)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until told to stop; then finish what is in hand, within DRAIN_S, and close.

        While Telegram does not answer, at the start or later, it is asked again and again.

        Raises:
            Misconfigured: Telegram does not know the token, or does not take the webhook; LISTEN cannot be listened on.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close)
            await self._listen(stack)
            working = asyncio.create_task(self._work(), name="bot")
            stopped = asyncio.create_task(stop.wait(), name="stop")
            try:
                await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._problem = "stopping"
                if self._webhook is not None:
                    self._webhook.open = False
                stopped.cancel()
                working.cancel()
                await asyncio.wait((working, stopped))
                await self._intake.drain(DRAIN_S)
                if self._poller is not None:
                    await self._poller.confirm()
            if not working.cancelled():
                working.result()
            _logger.info("stopped")

    async def readiness(self) -> Readiness:
        """What the bot needs and does not have, and what it gets by with."""
        found = await self._check()
        problem = self._problem or (self._poller.problem if self._poller is not None else "")
        return replace(found, missing=(problem, *found.missing)) if problem else found

    async def _listen(self, stack: AsyncExitStack) -> None:
        host, port = self._settings.listen_address
        server = build_server(self.readiness, self._webhook)
        try:
            host, port = await stack.enter_async_context(listening(server, host, port, drain_s=_CLOSE_S))
        except Misconfigured as error:
            if self._webhook is not None:
                raise
            # Who polls on a laptop gets by without.
            _logger.warning("%s; going on without /live, /ready and /metrics", error)
        else:
            _logger.info("listening", extra={"host": host, "port": port})

    async def _work(self) -> None:
        try:
            await self._insist(self._application.initialize)
        except InvalidToken:
            raise Misconfigured("BOT_TOKEN: Telegram does not know this token; ask @BotFather for it again") from None
        await self._application.start()
        await self._insist(self._choose_updates)
        self._problem = ""
        _logger.info("running", extra={"bot_id": self._application.bot.id, "webhook": self._webhook is not None})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._set_commands_at_last(), name="commands")
            tasks.create_task(self._keep_house(), name="housekeeping")
            if self._poller is not None:
                tasks.create_task(self._poller.run(), name="polling")

    async def _choose_updates(self) -> None:
        """Tell Telegram how updates reach this bot, and which ones."""
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

    async def _insist(self, call: Callable[[], Awaitable[None]]) -> None:
        """Make a call until Telegram answers it; what Telegram refuses is raised."""
        backoff = Backoff()
        while True:
            try:
                await call()
            except (BadRequest, Forbidden, InvalidToken):
                raise
            except TelegramError as error:
                self._problem = f"Telegram does not answer: {type(error).__name__}"
                pause_s = wait_of(error) if isinstance(error, RetryAfter) else backoff.next()
                _logger.warning("Telegram does not answer", extra={"again_in_s": pause_s}, exc_info=error)
                await asyncio.sleep(pause_s)
            else:
                return

    async def _set_commands_at_last(self) -> None:
        try:
            await self._insist(lambda: self._set_commands(self._application.bot))
        except TelegramError as error:  # People can still type them.
            _logger.error("Telegram does not take the command menus", exc_info=error)

    async def _keep_house(self) -> None:
        while True:
            try:
                await self._intake.forget_old()
            except StorageError as error:
                _logger.warning("old updates are still remembered", exc_info=error)
            await asyncio.sleep(_HOUSEKEEPING_S)

    async def _close(self) -> None:
        if self._application.running:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await self._application.stop()
        await self._application.shutdown()
        # Where Telegram never answered, the application was not initialised, but its connections are open.
        await self._application.bot.shutdown()


async def readiness(services: Services) -> Readiness:
    """What the services lack, and what stands in for it."""
    missing: tuple[str, ...] = ()
    try:
        async with asyncio.timeout(_CHECK_S):
            await services.stores.database.ping()
    except TimeoutError:
        missing = (f"DATABASE_URL: no answer within {_CHECK_S:g} s",)
    except StorageError as error:
        missing = (f"DATABASE_URL: {error}",)
    if not services.conversation.state.movies:
        missing = (*missing, "there are no movies yet: run `reelmate prepare`")
    metadata = services.stores.metadata
    problems = {
        "model": services.reloader.problem,
        "vectors": services.index.problem,
        "metadata": metadata.problem,
    }
    stood_in = {
        "model": services.conversation.model_missing,
        "vectors": services.index.fallback_searches,
        "metadata": metadata.fallbacks,
    }
    return Readiness(missing, {name: problem for name, problem in problems.items() if problem}, stood_in)
