"""A running bot, and what is watched of it: errors, the event loop, and what could grow."""

import asyncio
import json
import logging
import sys
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, MutableMapping, MutableSet
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import Services, build_application, open_services
from bot.application import introduce
from bot.process.run import Process
from bot.settings import Settings
from bot.updates.intake import AnyApplication

MAX_HOLD_S = 1.0
"""Nothing may hold the event loop for longer."""

_BEAT_S = 0.05
_LOOK_S = 0.1
_MAX_SHOWN = 4_000
_EXPECTED = "malformed update"
"""How the log lines begin that generated updates cause."""


@dataclass(frozen=True)
class RunningBot:
    """A bot without a worker, so that jobs are requested and not run."""

    services: Services
    application: AnyApplication
    process: Process

    def levels(self) -> dict[str, int]:
        """Return the numbers of tasks, open files, and entries of each collection that holds updates or people."""
        levels = {"tasks": len(asyncio.all_tasks()), "open files": len(list(Path("/dev/fd").iterdir()))}
        waiting: list[object] = [self.process, self.application.update_processor, self.application.bot.rate_limiter]
        seen: set[int] = set()
        while waiting:
            owner = waiting.pop()
            if id(owner) in seen or isinstance(owner, Settings):
                continue
            seen.add(id(owner))
            for name, value in _attributes(owner):
                if isinstance(value, MutableMapping | MutableSet | list | deque):
                    levels[f"{type(owner).__name__}.{name}"] = len(value)
                elif type(value).__module__.startswith("bot."):
                    waiting.append(value)
        return levels


@asynccontextmanager
async def running_bot(settings: Settings) -> AsyncIterator[RunningBot]:
    """Run a bot until the block ends."""
    async with open_services(settings) as services:
        application = build_application(services, settings)
        process = Process(
            application,
            settings,
            services.stores.updates,
            check_services=services.health.readiness,
            introduce=introduce,
        )
        stop = asyncio.Event()
        async with services.reloader.running():
            task = asyncio.create_task(process.run(stop))
            try:
                yield RunningBot(services, application, process)
            finally:
                stop.set()
                await task


@dataclass
class Watch(logging.Handler):
    """Records errors, and holds of the event loop, while generated updates are handled.

    Attributes:
        sent: the latest updates by their ids: where each stands in its sequence, and its content.
        errors: one text for each error that is logged, or that reaches the event loop, with the update that caused it.
        warnings: the number of warnings by their text without values.
        longest_hold_s: the longest time for which the event loop did nothing else.
        held_by: where the event loop was when it was held for longer than MAX_HOLD_S.
    """

    sent: dict[int, tuple[str, Any]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    longest_hold_s: float = 0.0
    held_by: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.WARNING)

    __hash__ = object.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        """Count a warning, or keep an error that generated updates should not cause."""
        if record.levelno < logging.ERROR and record.name != "asyncio":
            self.warnings[f"{record.name}: {record.msg}"] += 1
        elif not record.getMessage().startswith(_EXPECTED):
            update_id = record.args[0] if isinstance(record.args, tuple) and record.args else None
            error = record.exc_info[1] if record.exc_info else None
            self.add_error(update_id, f"{record.getMessage()}\n{_traceback(error)}")

    def add_error(self, update_id: object, error: str) -> None:
        """Keep an error, and the update that caused it, if it is known by its id."""
        place, content = self.sent.get(update_id, ("", None)) if isinstance(update_id, int) else ("", None)
        self.errors.append(f"{place}: {error}\n{json.dumps(content)[:_MAX_SHOWN]}")

    @property
    def problems(self) -> list[str]:
        """The errors, and where the event loop was held for too long."""
        return [*self.errors, *(f"the event loop was held:\n{stack}" for stack in self.held_by)]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the log and the running event loop until the block ends."""
        loop, root = asyncio.get_running_loop(), logging.getLogger()
        stop = threading.Event()
        beat = [time.monotonic()]

        def keep_beating() -> None:
            beat[0] = time.monotonic()
            self._beating = loop.call_later(_BEAT_S, keep_beating)

        keep_beating()
        watcher = threading.Thread(target=self._look, args=(beat, stop, threading.get_ident()), daemon=True)
        watcher.start()
        loop.set_exception_handler(self._reached_the_loop)
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)
            loop.set_exception_handler(None)
            self._beating.cancel()
            stop.set()
            watcher.join()

    def _look(self, beat: list[float], stop: threading.Event, thread_id: int) -> None:
        reported = 0.0
        while not stop.wait(_LOOK_S):
            last = beat[0]
            held_s = time.monotonic() - last - _BEAT_S
            self.longest_hold_s = max(self.longest_hold_s, held_s)
            if held_s > MAX_HOLD_S and last != reported:
                reported = last
                frame = sys._current_frames().get(thread_id)  # noqa: SLF001 - the documented way to a thread's stack
                self.held_by.append("".join(traceback.format_stack(frame)[-8:]))

    def _reached_the_loop(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.add_error(None, f"event loop: {context['message']}\n{_traceback(context.get('exception'))}")


def _traceback(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error)) if error is not None else ""


def _attributes(owner: object) -> Iterator[tuple[str, object]]:
    names = list(getattr(owner, "__dict__", ()))
    names += [name for kind in type(owner).__mro__ for name in getattr(kind, "__slots__", ())]
    for name in names:
        if hasattr(owner, name):
            yield name, getattr(owner, name)
