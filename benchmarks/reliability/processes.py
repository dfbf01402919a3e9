"""The bot as processes of their own, which are killed and started again."""

import asyncio
import os
import random
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from json import JSONDecodeError, loads
from pathlib import Path

from bot.local_bot_api import TelegramServer

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 30.0
MAX_UP_S = 5.0
"""The bot is killed within this time after it was back."""

CALL_TIMEOUT_S = 3.0
KILLING_METHODS = ("answerCallbackQuery", "editMessageText", "editMessageMedia", "sendMessage", "sendPhoto")
"""Half of the kills come right after a call of one of these methods, because most of what can go wrong is there."""

_NUMBER = re.compile(r"\d+")

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """`reelmate run` or `reelmate worker`, as a process."""

    def __init__(self, command: str, home: Path, settings: Mapping[str, str]) -> None:
        """Prepare a process without starting it.

        Args:
            command: "run" or "worker".
            home: REELMATE_HOME.
            settings: further environment variables.
        """
        self.log = home / f"{command}.log"
        self._command, self._home, self._settings = command, home, settings
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start or restart the process."""
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", self._command),
                cwd=self._home,
                env={**inherited, "PYTHONPATH": str(ROOT), "REELMATE_HOME": str(self._home), **self._settings},
                stderr=log,
            )

    async def ended(self) -> int:
        """Wait until the process has ended, and return its exit status."""
        if self._process is None:
            raise RuntimeError("the process was not started")
        return await self._process.wait()

    async def kill(self) -> None:
        """Kill the process with SIGKILL, if it runs."""
        if self._process is not None and self.is_running:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """Stop the process with SIGTERM, and return its exit status; -9 if it had to be killed."""
        if self._process is not None and self.is_running:
            self._process.terminate()
        try:
            return await asyncio.wait_for(self.ended(), STOP_TIMEOUT_S)
        except TimeoutError:
            await self.kill()
            return await self.ended()


class Bot:
    """The bot under test, which is back as soon as it calls Telegram.

    Attributes:
        up: the periods in which the bot was running, in seconds of `time.monotonic`.
        endings: how many times the process ended by itself.
    """

    def __init__(self, server: TelegramServer, program: Program, worker: Program | None = None) -> None:
        """Prepare a bot.

        Args:
            server: Telegram.
            program: the bot.
            worker: the worker of a bot with a webhook; None if the bot runs the jobs.
        """
        self.up: list[tuple[float, float]] = []
        self.endings = 0
        self._server, self._program, self._worker = server, program, worker
        self._back_at: float | None = None

    @property
    def periods(self) -> list[tuple[float, float]]:
        """The periods in which the bot was running, the present one included."""
        return self.up if self._back_at is None else [*self.up, (self._back_at, time.monotonic())]

    async def start(self) -> None:
        """Start the processes that do not run, and wait until the bot is back.

        Raises:
            TimeoutError: the bot made no call.
        """
        if self._worker is not None and not self._worker.is_running:
            await self._worker.start()
        if self._program.is_running:
            return
        calls = len(self._server.calls_of("getMe"))
        await self._program.start()
        async with asyncio.timeout(START_TIMEOUT_S):
            await self._first_call(calls)

    async def _first_call(self, calls_before: int) -> None:
        called = asyncio.create_task(self._server.arrived("getMe", calls_before + 1, START_TIMEOUT_S))
        ended = asyncio.create_task(self._program.ended())
        try:
            await asyncio.wait((called, ended), return_when=asyncio.FIRST_COMPLETED)
            if not called.done():
                raise TimeoutError(f"the bot ended with status {ended.result()} at its start; see its log")
            called.result()
        finally:
            called.cancel()
            ended.cancel()
        self._back_at = self._server.calls_of("getMe")[calls_before].at

    async def kill(self, *, with_worker: bool = False) -> None:
        """Kill the processes with SIGKILL.

        Args:
            with_worker: whether a worker of its own is killed too.
        """
        if self._worker is not None and with_worker:
            await self._worker.kill()
        if not self._program.is_running:
            self.endings += 1
        await self._program.kill()
        self._note_down()

    async def kill_at_random(self, dice: random.Random) -> None:
        """Kill the bot after a random time, half of the times right after a random call."""
        await asyncio.sleep(dice.uniform(0, MAX_UP_S))
        if dice.random() < 0.5:
            method = dice.choice(KILLING_METHODS)
            with suppress(TimeoutError):
                await self._server.arrived(method, len(self._server.calls_of(method)) + 1, CALL_TIMEOUT_S)
        await self.kill(with_worker=dice.random() < 0.5)

    async def stop(self) -> list[int]:
        """Stop the processes with SIGTERM, and return their exit statuses."""
        programs = [program for program in (self._program, self._worker) if program is not None]
        statuses = [await program.stop() for program in programs]
        self._note_down()
        return statuses

    def log_lines(self) -> Counter[str]:
        """Return how many times each message of level WARNING and above was logged, without its numbers."""
        lines: Counter[str] = Counter()
        for program in (self._program, self._worker):
            if program is None or not program.log.exists():
                continue
            for line in program.log.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(JSONDecodeError):
                    record = loads(line)
                    if record.get("level") in ("WARNING", "ERROR", "CRITICAL"):
                        message = _NUMBER.sub("N", record["message"])
                        lines[f"{record['level']} {message}"] += 1
        return lines

    def _note_down(self) -> None:
        if self._back_at is not None:
            self.up.append((self._back_at, time.monotonic()))
        self._back_at = None
