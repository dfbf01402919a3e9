"""The trial of faults: each kind of fault of Telegram meets each method that the bot calls, and then all is checked.

Most methods concern a chat. For each of them and each kind of fault there is a person of its own, whose chat alone has
the fault, so that many of them are tried at the same time. The methods without a chat are tried one after the other.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from benchmarks.reliability.announcements import Announcer
from benchmarks.reliability.fault_kinds import GENERAL, OF_CHATS, UNDELETABLE, Cell
from benchmarks.reliability.people import Guest
from benchmarks.reliability.record import Finding
from benchmarks.reliability.screens import cards_of
from benchmarks.reliability.trials import ADMIN_ID, Outcome, Stage, check_twice, facts_of, stop_and_check
from bot.reporting import ShowProgress

AT_ONCE = 24
"""People whose chats have faults at the same time."""

MAX_TRIES = 40
"""A person does something this often until the bot calls the method with the fault."""

PATIENCE_S = 6.0
"""A person waits this much longer than the fault lasts. Four attempts of a call take 3.5 s."""

GRACE_S = 1.0
"""A fault counts as over this long after Telegram could have answered."""

USED_UP_TIMEOUT_S = 240.0
CHECK_AGAIN_S = 0.05


async def _ask(guest: Guest) -> None:
    await guest.wish()


async def _tap(guest: Guest) -> None:
    if cards_of(guest.person):
        await guest.tap_a_card()
    else:
        await guest.wish()


async def _export(guest: Guest) -> None:
    await guest.export()


METHODS: dict[str, Callable[[Guest], Coroutine[Any, Any, None]]] = {
    "sendMessage": _ask,
    "sendPhoto": _ask,
    "sendDocument": _export,
    "sendChatAction": _export,
    "editMessageText": _tap,
    "editMessageMedia": _tap,
    "editMessageReplyMarkup": _tap,
    "deleteMessage": _tap,
    "answerCallbackQuery": _tap,
}
"""The methods that concern a chat, and what a person does so that the bot calls them."""


class FaultTrial:
    """The trial.

    Attributes:
        guests: everybody who met a fault.
        findings: what was found during the trial.
        tried: the number of faults.
    """

    def __init__(self, at: Stage, show: ShowProgress) -> None:
        """Prepare a trial.

        Args:
            at: where it happens.
            show: shows the progress.
        """
        self.guests: list[Guest] = []
        self.findings: list[Finding] = []
        self.tried = 0
        self._at, self._show = at, show

    async def run(self) -> Outcome:
        """Try all faults, and check everything."""
        at = self._at
        await at.bot.start()
        await self.try_in_chats()
        if at.mode == "polling":
            await self.try_polls()
        await self.try_starts()
        announcer = Announcer(at.server.person(ADMIN_ID), at.stored)
        try:
            await self.try_announcements(announcer)
        except TimeoutError:
            self.findings.append(Finding("announcement", None, "it did not begin or did not end in time"))
        self.findings += await check_twice(at, self.guests, self._show, repairs=True)
        self.findings += announcer.check([guest.person for guest in self.guests])
        self.findings += await stop_and_check(at, self.guests)
        findings = list(dict.fromkeys(self.findings))
        broken = len({finding.case for finding in findings})
        facts = {"faults": self.tried, "of them with findings": broken} | facts_of(at, self.guests)
        return Outcome(f"{at.mode}, faults", findings, facts, at.bot.log_lines())

    async def try_in_chats(self) -> None:
        """Try each kind at each method that concerns a chat, AT_ONCE at a time."""
        cells = [(method, kind) for method in METHODS for kind in OF_CHATS]
        slots, done = asyncio.Semaphore(AT_ONCE), 0

        async def try_one(guest: Guest, cell: Cell) -> None:
            nonlocal done
            async with slots:
                try:
                    if not await _try_in_chat(self._at, cell, guest):
                        self.findings.append(Finding("not tried", None, "no call met the fault", cell.name))
                except LookupError as error:
                    self.findings.append(Finding("stuck", None, str(error), cell.name))
            done += 1
            self._show(f"{self._at.mode}: faults of chats", done / len(cells))

        async with asyncio.TaskGroup() as tasks:
            for method, kind in cells:
                guest = self._guest(f"{kind.name} at {method}")
                tasks.create_task(try_one(guest, Cell(method, kind, guest.person.id)))
        self.tried += len(cells)

    async def try_polls(self) -> None:
        """Try each kind at getUpdates."""
        faults = self._at.server.faults
        for number, kind in enumerate(GENERAL):
            cell = Cell("getUpdates", kind)
            guest = self._guest(cell.name)
            is_met = cell.inject(faults)
            # The open poll returns the first wish, and the next poll meets the fault.
            with guest.expecting_nothing(kind.lasts_s + PATIENCE_S):
                await guest.wish()
            await _until(is_met)
            await asyncio.sleep(kind.lasts_s + GRACE_S)
            faults.clear(cell.method)
            await guest.wish()
            self._show(f"{self._at.mode}: faults of polls", (number + 1) / len(GENERAL))
        self.tried += len(GENERAL)

    async def try_starts(self) -> None:
        """Try each kind at the calls that the bot makes when it starts."""
        subscribe = "deleteWebhook" if self._at.mode == "polling" else "setWebhook"
        methods, faults = ("getMe", subscribe, "setMyCommands", "getMyDescription"), self._at.server.faults
        for number, kind in enumerate(GENERAL):
            guest = self._guest(f"{kind.name} at a start")
            await self._at.bot.stop()
            for method in methods:
                Cell(method, kind).inject(faults)
            await self._at.bot.start()
            await _until(lambda: not any(faults.pending(method) for method in methods))
            await guest.wish()
            self._show(f"{self._at.mode}: faults of starts", (number + 1) / len(GENERAL))
        self.tried += len(methods) * len(GENERAL)

    async def try_announcements(self, announcer: Announcer) -> None:
        """Try each kind at the messages of an announcement, and at the edits that show its progress."""
        at, faults = self._at, self._at.server.faults
        recipients = [self._guest(f"{kind.name} at an announcement") for kind in OF_CHATS]
        for guest in recipients:
            await guest.wish()
            await guest.switch_announcements_on()
        for guest, kind in zip(recipients, OF_CHATS, strict=True):
            Cell("sendMessage", kind, guest.person.id).inject(faults)
        await announcer.ended(await announcer.announce())
        for number, kind in enumerate(GENERAL):
            job_id = await announcer.announce()
            await _until(partial(self._is_running, job_id))
            Cell("editMessageText", kind, ADMIN_ID).inject(faults)
            await announcer.ended(job_id)
            faults.clear("editMessageText", ADMIN_ID)
            self._show(f"{at.mode}: faults of announcements", (number + 1) / len(GENERAL))
        self.tried += len(OF_CHATS) + len(GENERAL)

    def _is_running(self, job_id: int) -> bool:
        return self._at.stored.job_status(job_id) != "draft"

    def _guest(self, case: str) -> Guest:
        guest = self._at.guest(len(self.guests), len(self.guests))
        guest.case = case
        self.guests.append(guest)
        return guest


async def _try_in_chat(at: Stage, cell: Cell, guest: Guest) -> bool:
    """Let a person meet a fault and then go on; return whether a call met the fault."""
    faults = at.server.faults
    await guest.wish()
    is_met = cell.inject(faults)
    if cell.method == "editMessageReplyMarkup":
        # The bot removes a keyboard if it cannot delete the message.
        Cell("deleteMessage", UNDELETABLE, cell.chat_id).inject(faults)
    with guest.expecting_nothing(cell.kind.lasts_s + PATIENCE_S):
        for _ in range(MAX_TRIES):
            doing = asyncio.create_task(METHODS[cell.method](guest))
            met_at = await _time_of(is_met, doing)
            await doing
            if met_at is not None:
                await asyncio.sleep(max(0.0, met_at + cell.kind.lasts_s + GRACE_S - time.monotonic()))
                break
    for method in (cell.method, "deleteMessage"):
        faults.clear(method, cell.chat_id)
    await _tap(guest)
    return met_at is not None


async def _time_of(is_met: Callable[[], bool], doing: asyncio.Task[None]) -> float | None:
    """Return when a fault was met, in seconds of `time.monotonic`; None if it was not until the task was done."""
    while not is_met() and not doing.done():  # noqa: ASYNC110 - the fault is met in the server
        await asyncio.sleep(CHECK_AGAIN_S)
    return time.monotonic() if is_met() else None


async def _until(condition: Callable[[], bool]) -> None:
    """Wait until a condition on the server or on the database is true.

    Raises:
        TimeoutError: it was false until USED_UP_TIMEOUT_S.
    """
    async with asyncio.timeout(USED_UP_TIMEOUT_S):
        while not condition():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(CHECK_AGAIN_S)
