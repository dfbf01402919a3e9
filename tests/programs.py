"""`reelmate run` and `reelmate worker` as processes, with their logs."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.local_bot_api.signals import Signal
from tests.demo_process import environment

PATIENCE_S = 240.0
"""How long tests wait for processes and trainings, in seconds; a busy machine with two slow cores needs less."""

_STOP_TIMEOUT_S = 30.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds that nothing signals, such as the state of a probe in the background."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.02)


class Program:
    """A bot or worker process.

    Attributes:
        records: the log records since the latest start.
    """

    def __init__(self, home: Path, log_signal: Signal, command: str, settings: Mapping[str, str]) -> None:
        """Prepare a process without starting it.

        Args:
            home: REELMATE_HOME.
            log_signal: is notified of every log record.
            command: "run" or "worker", with its options.
            settings: further environment variables.
        """
        self._home, self._log_signal, self._command, self._settings = home, log_signal, command, settings
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.records: list[dict[str, Any]] = []

    async def start(self) -> None:
        """Start or restart the process."""
        self.records = []
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *self._command.split()),
            cwd=self._home,
            env=environment(self._home, **self._settings),
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self._process, self.records))

    async def kill(self) -> None:
        """Kill the process with SIGKILL, if it still runs."""
        assert self._process is not None
        assert self._reading is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def stop(self) -> int:
        """Stop the process with SIGTERM and return its exit status."""
        assert self._process is not None
        self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), _STOP_TIMEOUT_S)

    def records_of(self, message: str) -> list[dict[str, Any]]:
        """Return the log records with this message, oldest first."""
        return [record for record in self.records if record["message"] == message]

    async def wait_for_log(self, message: str, timeout_s: float, **values: object) -> None:
        """Wait until the newest log record with this message has these values."""

        def is_logged() -> bool | None:
            records = self.records_of(message)
            return True if records and values.items() <= records[-1].items() else None

        try:
            await self._log_signal.wait_for(is_logged, timeout_s)
        except TimeoutError:
            raise TimeoutError(f"no {message!r} with {values} within {timeout_s} s: {self.records[-5:]}") from None

    async def _read(self, process: asyncio.subprocess.Process, records: list[dict[str, Any]]) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            # Libraries may print other lines before logging is set up.
            if line.startswith(b"{"):
                records.append(json.loads(line))
                self._log_signal.notify()
