"""`reelmate run` and `reelmate worker` as processes of their own, and what they log."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.local_bot_api.signals import Signal
from tests.demo_process import environment

_STOP_TIMEOUT_S = 30.0


class Program:
    """One of them.

    Attributes:
        logged: every line of its log since it was started last.
    """

    def __init__(self, home: Path, news: Signal, command: str, settings: Mapping[str, str]) -> None:
        """Start nothing yet.

        Args:
            home: REELMATE_HOME.
            news: is rung at every line of the log.
            command: run or worker.
            settings: more of the environment.
        """
        self._home, self._news, self._command, self._settings = home, news, command, settings
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.logged: list[dict[str, Any]] = []

    async def start(self) -> None:
        """Start it, or start it again."""
        self.logged = []
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", self._command),
            cwd=self._home,
            env=environment(self._home, **self._settings),
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self._process, self.logged))

    async def kill(self) -> None:
        """End it by kill -9, where it has not ended."""
        assert self._process is not None
        assert self._reading is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def stop(self) -> int:
        """End it as an operator does: its exit status."""
        assert self._process is not None
        self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), _STOP_TIMEOUT_S)

    def lines(self, message: str) -> list[dict[str, Any]]:
        """What it has logged with this message, oldest first."""
        return [line for line in self.logged if line["message"] == message]

    async def says(self, message: str, timeout_s: float, **values: object) -> None:
        """Wait until the newest line with this message has these values."""

        def look() -> bool | None:
            found = self.lines(message)
            return True if found and values.items() <= found[-1].items() else None

        try:
            await self._news.wait_for(look, timeout_s)
        except TimeoutError:
            raise TimeoutError(f"no {message!r} with {values} within {timeout_s} s: {self.logged[-5:]}") from None

    async def _read(self, process: asyncio.subprocess.Process, logged: list[dict[str, Any]]) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            # Before the log is set up, a library may have a word to say.
            if line.startswith(b"{"):
                logged.append(json.loads(line))
                self._news.ring()
