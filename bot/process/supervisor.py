"""`reelmate run --processes N`: several processes of a bot with a webhook, which share one port.

Each process listens at the same address with SO_REUSEPORT, so that Linux distributes the connections. The supervisor
only holds the address, starts the processes, restarts those that die, and stops them.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.multiprocess import mark_process_dead

from bot.backoff import FIRST_PAUSE_S, Backoff
from bot.errors import BadInput
from bot.observability import logs
from bot.observability.metrics import FOLDER_VARIABLE
from bot.process.sockets import reserve
from bot.runtime import resume_garbage_collection
from bot.settings import Settings
from storage.urls import lite_folder

MAX_DEATHS = 5
"""The command ends when one process has died this many times in a row."""

STABLE_S = 60.0
"""A death counts as the first one if the process had run for this many seconds."""

STOP_TIMEOUT_S = 15.0
"""Processes that have not ended this many seconds after SIGTERM are killed. They end within 10 s."""

_FAILED = 1

_logger = logging.getLogger(__name__)


def check(settings: Settings) -> None:
    """Check that the settings allow several processes.

    Raises:
        BadInput: they do not.
    """
    if settings.webhook_url is None:
        raise BadInput("--processes: only one process can poll Telegram; set WEBHOOK_URL to run several")
    if lite_folder(settings.vectors_url.get_secret_value()) is not None:
        raise BadInput(
            "--processes: Milvus Lite belongs to one process; set VECTORS_URL to a Milvus server, or to memory://"
        )
    if not hasattr(socket, "SO_REUSEPORT"):
        raise BadInput("--processes: this system has no SO_REUSEPORT; run several bots behind a proxy")


async def run(settings: Settings, processes: int, level: str) -> int:
    """Run several processes until SIGTERM or SIGINT, and then let them finish the updates in progress.

    The others start when the first process takes updates, so that an error of the settings is reported once, and a
    release is published once. A process that dies is started again after a pause. An error that ends a process before
    it takes updates ends the command.

    Args:
        settings: the settings.
        processes: the number of processes.
        level: the minimum level to log.

    Returns:
        The exit status: 0 after a signal, that of the process whose error ended the command, or 1.

    Raises:
        BadInput: the settings do not allow several processes.
        Misconfigured: the address cannot be bound.
    """
    check(settings)
    logs.configure(settings.secrets(), level=level)
    resume_garbage_collection()
    with await reserve(*settings.listen_address) as reserved, tempfile.TemporaryDirectory(prefix="reelmate-") as folder:
        host, port = reserved.getsockname()[:2]
        environment = {**os.environ, "LISTEN": f"{host}:{port}", FOLDER_VARIABLE: folder}
        command = (sys.executable, "-m", "bot", "run", "--log-level", level)
        supervisor = Supervisor(command, environment)
        with supervisor.stopping_at_signals():
            return await supervisor.run(processes)


class Supervisor:
    """Starts, restarts and stops the processes."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], first_pause_s: float = FIRST_PAUSE_S
    ) -> None:
        """Create a supervisor that has started nothing.

        Args:
            command: the command of each process, which gets the option --number; see `bot.process.supervised`.
            environment: the environment of the processes, with FOLDER_VARIABLE.
            first_pause_s: the pause before a process is started again; further pauses double.
        """
        self._command, self._environment = command, environment
        self._first_pause_s = first_pause_s
        self._alive: dict[asyncio.subprocess.Process, socket.socket] = {}
        self._is_running = asyncio.Event()
        self._stopping = asyncio.Event()
        self._status = 0

    async def run(self, processes: int) -> int:
        """Run so many processes until `stop` is called or one of them cannot run, and return the exit status."""
        tasks = [asyncio.create_task(self._keep_running(1), name="process 1")]
        await _first_of(self._is_running, self._stopping)
        if not self._stopping.is_set():
            others = range(2, processes + 1)
            tasks += [asyncio.create_task(self._keep_running(number), name=f"process {number}") for number in others]
            await self._stopping.wait()
        _, late = await asyncio.wait(tasks, timeout=STOP_TIMEOUT_S)
        if late:
            _logger.error("killing processes that do not stop", extra={"processes": len(late)})
            self._status = self._status or _FAILED
            self._kill()
        await asyncio.gather(*tasks)
        _logger.info("stopped all processes", extra={"status": self._status})
        return self._status

    @contextlib.contextmanager
    def stopping_at_signals(self) -> Iterator[None]:
        """Stop at SIGTERM and SIGINT. A second signal ends the processes at once."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Let all processes finish the updates in progress, or end them at once if this was called before."""
        if self._stopping.is_set():
            self._kill()
            return
        self._stopping.set()
        for link in self._alive.values():
            _end(link)

    def _kill(self) -> None:
        for process in self._alive:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _keep_running(self, number: int) -> None:
        """Run one process, and again whenever it dies, until the supervisor stops."""
        deaths, backoff = 0, Backoff(self._first_pause_s)
        clock = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            started_at = clock()
            try:
                status, was_running = await self._run_once(number)
            except OSError as error:
                _logger.error("a process cannot be started", extra={"number": number}, exc_info=error)
                self._give_up(_FAILED)
                return
            if self._stopping.is_set():
                return
            if status > 0 and not was_running:
                self._give_up(status)  # The process has said why.
                return
            if clock() - started_at >= STABLE_S:
                deaths = 0
                backoff.reset()
            deaths += 1
            if deaths == MAX_DEATHS:
                _logger.error("a process dies again and again", extra={"number": number, "status": status})
                self._give_up(_FAILED)
                return
            pause_s = backoff.next()
            _logger.error(
                "a process has died; it is started again",
                extra={"number": number, "status": status, "pause_s": pause_s},
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)

    def _give_up(self, status: int) -> None:
        """Stop all processes because one cannot run."""
        if not self._stopping.is_set():
            self._status = status
            self.stop()

    async def _run_once(self, number: int) -> tuple[int, bool]:
        """Run one process to its end.

        Returns:
            Its exit status, which is negative after a signal, and whether it took updates.
        """
        link, its_link = socket.socketpair()
        with link:
            link.setblocking(False)
            with its_link:
                process = await asyncio.create_subprocess_exec(
                    *(*self._command, "--number", str(number)),
                    stdin=its_link.fileno(),
                    env=self._environment,
                    # A terminal sends Ctrl+C to its whole group, and a second one would end the process at once.
                    process_group=0,
                )
            self._alive[process] = link
            if self._stopping.is_set():
                _end(link)
            _logger.info("process started", extra={"number": number, "pid": process.pid})
            was_running = await asyncio.get_running_loop().sock_recv(link, 1) != b""
            if was_running:
                self._is_running.set()
            status = await process.wait()
            del self._alive[process]
        mark_process_dead(process.pid, self._environment[FOLDER_VARIABLE])  # type: ignore[no-untyped-call]  # not annotated in prometheus_client
        return status, was_running


def _end(link: socket.socket) -> None:
    """Let the process at the other end of a link stop.

    It gets no signal: systemd sends one to every process of a unit, and a second one would end it at once.
    """
    with contextlib.suppress(OSError):  # The process has died.
        link.shutdown(socket.SHUT_WR)


async def _first_of(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
