"""Health probes: one result type and one timeout for every check of whether a part of the bot works."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from storage.errors import StorageError, Unavailable

PROBE_TIMEOUT_S = 5.0
"""A part of the bot that does not answer a probe within this time is reported as unavailable."""

Probe = Callable[[], Awaitable[str | None]]
"""Returns when a part of the bot works, with a detail to show or None; raises StorageError when it does not work."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of one probe.

    Attributes:
        name: the part of the bot, such as "database".
        took_ms: the time until the probe returned or raised, in milliseconds.
        detail: what the probe returned.
        error: why the part does not work; None if it works.
    """

    name: str
    took_ms: float
    detail: str = ""
    error: StorageError | None = None

    @property
    def problem(self) -> str:
        """The error's message; empty if the part works."""
        return "" if self.error is None else str(self.error)


async def run_probe(name: str, probe: Probe, timeout_s: float = PROBE_TIMEOUT_S) -> ProbeResult:
    """Run a probe. An expected error, and a timeout, is part of the result and not raised."""
    started = time.perf_counter()
    detail: str | None = None
    error: StorageError | None = None
    try:
        async with asyncio.timeout(timeout_s):
            detail = await probe()
    except TimeoutError:
        error = Unavailable(f"no answer within {timeout_s:g} s")
    except StorageError as raised:
        error = raised
    return ProbeResult(name, 1e3 * (time.perf_counter() - started), detail or "", error)


async def run_probes(probes: Mapping[str, Probe]) -> tuple[ProbeResult, ...]:
    """Run several probes at the same time; the results are in the order of the probes."""
    return tuple(await asyncio.gather(*(run_probe(name, probe) for name, probe in probes.items())))
