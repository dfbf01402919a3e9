"""A trial: people talk to the bot while it is killed, and afterwards everything is checked."""

import asyncio
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from benchmarks.reliability.announcements import Announcer
from benchmarks.reliability.checker import StoredPeople, StoredPerson, check_answers, check_screen, check_waits
from benchmarks.reliability.model import State
from benchmarks.reliability.people import Guest, Title
from benchmarks.reliability.processes import Bot, Program, free_port
from benchmarks.reliability.record import Finding, longest_wait
from benchmarks.reliability.screens import cards_of
from bot.local_bot_api import TelegramServer
from bot.local_bot_api.person import SAMPLE_PNG
from bot.reporting import ShowProgress
from recsys.text.titles import Found, TitleIndex
from storage.records import Movie

ADMIN_ID, FIRST_ID = 1, 1_000
DEEDS_PER_S = 8.0
"""All people together do this many things per second."""

POSTER = "https://posters.example/{}.png"
SETTLED_TIMEOUT_S = 120.0
AT_ONCE = 8
"""People who tap all their cards at the same time."""


@dataclass(slots=True)
class Outcome:
    """The outcome of a trial.

    Attributes:
        name: what was tried.
        findings: the promises that were broken.
        facts: what else was counted or measured.
        log_lines: how many times each warning and error was logged.
    """

    name: str
    findings: list[Finding]
    facts: dict[str, str | int] = field(default_factory=dict)
    log_lines: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a trial runs on.

    Attributes:
        server: Telegram.
        bot: the bot.
        stored: the bot's database.
        titles: what people can rate by typing.
        mode: "polling" or "webhook".
    """

    server: TelegramServer
    bot: Bot
    stored: StoredPeople
    titles: list[Title]
    mode: str

    def guest(self, number: int, seed: float) -> Guest:
        """Return a person who has not written to the bot."""
        dice = random.Random(seed)  # noqa: S311 - no secret
        person_id = FIRST_ID + number
        return Guest(
            self.server,
            self.server.person(person_id),
            self.titles,
            StoredPerson(self.stored, person_id),
            dice,
        )


def prepare_home(source: Path, home: Path) -> list[Title]:
    """Copy a prepared REELMATE_HOME, give half of its movies a poster, and return titles that mean one movie.

    Raises:
        SystemExit: the source is not prepared.
    """
    database = home / "reelmate.db"
    if not (source / database.name).exists():
        raise SystemExit(f"{source} is not prepared: run `reelmate prepare`, or set REELMATE_HOME")
    shutil.copytree(source, home)
    with closing(sqlite3.connect(database)) as connection, connection:
        poster = "CASE WHEN movie_id / 2 % 2 = 0 THEN ? || movie_id || ? END"
        connection.execute(f"UPDATE movies SET poster_url = {poster}", POSTER.split("{}"))  # noqa: S608 - a constant
        rows = connection.execute("SELECT movie_id, title, year FROM movies").fetchall()
    movies = [Movie(movie_id, title, year) for movie_id, title, year in rows]
    index = TitleIndex(movies)
    return [
        Title(movie.movie_id, movie.title)
        for movie in movies
        if movie.title.replace(" ", "").isalpha() and isinstance(index.find(movie.title), Found)
    ]


@asynccontextmanager
async def stage(source: Path, folder: Path, mode: str, announce_rate: int) -> AsyncIterator[Stage]:
    """Set up Telegram and a bot that is not started, and kill the bot at the end.

    Args:
        source: a prepared REELMATE_HOME, which is copied.
        folder: where to put the copy.
        mode: "polling" or "webhook".
        announce_rate: messages per second of announcements.
    """
    home = folder / f"{mode}-{announce_rate}"
    titles = prepare_home(source, home)
    posters = httpx.MockTransport(
        lambda _: httpx.Response(200, content=SAMPLE_PNG, headers={"content-type": "image/png"})
    )
    async with TelegramServer(web=posters) as server:
        listen = f"127.0.0.1:{free_port()}"
        settings = {
            "BOT_TOKEN": server.token,
            "BOT_API_URL": server.url,
            "LISTEN": listen,
            "ADMIN_IDS": str(ADMIN_ID),
            "ANNOUNCE_RATE": str(announce_rate),
        }
        worker = None
        if mode == "webhook":
            settings |= {"WEBHOOK_URL": f"http://{listen}/telegram", "WEBHOOK_SECRET": "only-telegram-knows-it"}
            worker = Program("worker", home, settings | {"VECTORS_URL": "memory://"})
        bot = Bot(server, Program("run", home, settings), worker)
        try:
            yield Stage(server, bot, StoredPeople(home / "reelmate.db"), titles, mode)
        finally:
            await bot.kill(with_worker=True)


async def kill_trial(at: Stage, people: int, kills: int, seed: int, show: ShowProgress) -> Outcome:
    """Let people talk to the bot and an admin announce while the bot is killed, and check everything afterwards.

    Args:
        at: where it happens.
        people: number of people.
        kills: number of kills.
        seed: of everything that is random.
        show: shows the progress.
    """
    dice = random.Random(seed)  # noqa: S311 - no secret
    guests = [at.guest(number, dice.random()) for number in range(people)]
    admin = at.server.person(ADMIN_ID)
    announcer = Announcer(admin, at.stored)
    stop, onboarded = asyncio.Event(), asyncio.Semaphore(0)
    await at.bot.start()
    async with asyncio.TaskGroup() as tasks:
        for guest in guests:
            tasks.create_task(_visit(guest, stop, onboarded, people / DEEDS_PER_S))
        announcing = tasks.create_task(_announce(announcer, onboarded, (people + 1) // 2, stop))
        for kill in range(kills):
            await at.bot.kill_at_random(dice)
            await at.bot.start()
            show(f"{at.mode}: kills", (kill + 1) / kills)
        stop.set()
        await announcing
    findings = await check_twice(at, guests, show, repairs=False)
    findings += await stop_and_check(at, guests)
    findings += announcer.findings + announcer.check([guest.person for guest in guests])
    facts = facts_of(at, guests) | {"announcements": len(announcer.job_ids)}
    return Outcome(f"{at.mode}, {kills} kills", list(dict.fromkeys(findings)), facts, at.bot.log_lines())


async def check_twice(at: Stage, guests: Sequence[Guest], show: ShowProgress, *, repairs: bool) -> list[Finding]:
    """Check what is stored and shown, tap all cards, and check again.

    Args:
        at: where it happens.
        guests: the people.
        show: shows the progress.
        repairs: whether a card may show a movie that was answered before. A tap must put the present one there.
    """
    await at.server.delivered(SETTLED_TIMEOUT_S)
    findings = check_stored(at, guests, screens=not repairs)
    slots, done = asyncio.Semaphore(AT_ONCE), 0

    async def tap_all_cards(guest: Guest) -> None:
        nonlocal done
        async with slots:
            await guest.tap_all_cards(repairs=repairs)
        done += 1
        show(f"{at.mode}: cards", done / len(guests))

    await asyncio.gather(*map(tap_all_cards, guests))
    await at.server.delivered(SETTLED_TIMEOUT_S)
    return findings + check_stored(at, guests, screens=True)


def check_stored(at: Stage, guests: Sequence[Guest], *, screens: bool) -> list[Finding]:
    """Check what is stored of each person, and with `screens` also what is shown."""
    states, cards = at.stored.states(), at.stored.cards()
    findings = []
    for guest in guests:
        person_id = guest.person.id
        found = check_answers(guest.actions, states.get(person_id, State()))
        if screens:
            found += check_screen(cards_of(guest.person), cards.get(person_id, {}))
        findings += [replace(finding, case=guest.case) for finding in found]
    return findings


async def stop_and_check(at: Stage, guests: Sequence[Guest]) -> list[Finding]:
    """Stop the bot, and check how it ended and how long people waited."""
    up = at.bot.periods
    statuses = await at.bot.stop()
    findings = []
    if any(statuses):
        findings.append(Finding("end", None, f"the processes ended with {statuses} after SIGTERM"))
    if at.bot.endings:
        findings.append(Finding("end", None, f"the bot ended by itself {at.bot.endings} times"))
    for guest in guests:
        found = guest.findings + check_waits(guest.actions, up)
        findings += [replace(finding, case=guest.case) for finding in found]
    return findings


def facts_of(at: Stage, guests: Sequence[Guest]) -> dict[str, str | int]:
    """Return what else is worth knowing after a trial."""
    actions = [action for guest in guests for action in guest.actions]
    waits = [longest_wait(action, at.bot.periods) for action in actions if action.is_owed and action.answered_at]
    return {
        "actions": len(actions),
        "longest wait": f"{max(waits, default=0.0):.1f} s",
        "apologies": sum(action.is_apologised for action in actions),
        "uncertain deliveries": Counter(at.stored.deliveries().values())["uncertain"],
    }


async def _announce(announcer: Announcer, onboarded: asyncio.Semaphore, people: int, stop: asyncio.Event) -> None:
    """Announce as soon as so many people are onboarded, until the event is set."""
    for _ in range(people):
        await onboarded.acquire()
    try:
        await announcer.announce_until(stop)
    except TimeoutError:
        announcer.findings.append(Finding("announcement", None, "it did not begin or did not end in time"))


async def _visit(guest: Guest, stop: asyncio.Event, onboarded: asyncio.Semaphore, pause_s: float) -> None:
    """Onboard, and do things until the event is set."""
    await asyncio.sleep(guest.pause(pause_s))
    try:
        await guest.onboard()
    except LookupError as error:
        guest.findings.append(Finding("stuck", None, str(error)))
        return
    finally:
        onboarded.release()
    while not stop.is_set():
        await guest.do_something()
        await asyncio.sleep(guest.pause(pause_s))
