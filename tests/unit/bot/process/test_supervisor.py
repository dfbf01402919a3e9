"""The supervisor of several processes: what it does when they run, die, fail and are stopped."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.observability.metrics import FOLDER_VARIABLE
from bot.process import supervisor
from bot.process.supervisor import MAX_DEATHS, Supervisor
from bot.settings import Settings
from tests.programs import until

RUNS = "os.write(0, b'r'); os.read(0, 1)"
"""A process that takes updates until it has to stop."""

Supervise = Callable[[str], Supervisor]
Numbers = Callable[[], str]


@pytest.fixture
def started(tmp_path: Path) -> Numbers:
    """A function that returns the numbers of the processes that were started, such as "12"."""
    (tmp_path / "started").touch()
    return (tmp_path / "started").read_text


@pytest.fixture
def supervise(tmp_path: Path) -> Supervise:
    """A function that returns a supervisor of processes that run a script; `number` is the number of the process."""

    def make(script: str) -> Supervisor:
        begin = f"import os, sys, time; number = sys.argv[-1]; open({str(tmp_path / 'started')!r}, 'a').write(number); "
        environment = {FOLDER_VARIABLE: str(tmp_path)}
        return Supervisor((sys.executable, "-c", begin + script), environment, first_pause_s=0.001)

    return make


async def test_the_others_start_when_the_first_one_runs_and_all_stop(supervise: Supervise, started: Numbers) -> None:
    """The exit status after a stop is 0."""
    supervisor = supervise(RUNS)
    running = asyncio.create_task(supervisor.run(3))
    await until(lambda: len(started()) == 3)
    supervisor.stop()
    assert await running == 0
    assert started()[0] == "1"
    assert sorted(started()) == ["1", "2", "3"]


async def test_a_second_stop_ends_processes_that_do_not_end(supervise: Supervise, started: Numbers) -> None:
    """They are killed."""
    supervisor = supervise("os.write(0, b'r'); time.sleep(3600)")
    running = asyncio.create_task(supervisor.run(2))
    await until(lambda: len(started()) == 2)
    supervisor.stop()
    supervisor.stop()
    assert await running == 0


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os.write(0, b'r'); sys.exit(1)", "sys.exit(0)"])
async def test_a_process_that_dies_is_started_again_until_it_has_died_often(
    supervise: Supervise, started: Numbers, end: str
) -> None:
    """A kill, an error of a process that took updates, and an end that nobody asked for are deaths."""
    assert await supervise(f"{end} if number == '2' else None; {RUNS}").run(2) == 1
    assert sorted(started()) == ["1", *["2"] * MAX_DEATHS]


async def test_an_error_at_the_start_ends_the_command_with_its_status(supervise: Supervise, started: Numbers) -> None:
    """It is of the settings or of a service, so it would come again, and the other processes are not started."""
    assert await supervise("sys.exit(2)").run(3) == 2
    assert started() == "1"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "only one process can poll Telegram; set WEBHOOK_URL to run several"),
        ({"webhook_url": "https://bot.example"}, "Milvus Lite belongs to one process; set VECTORS_URL to a Milvus"),
    ],
)
def test_settings_that_allow_one_process_only(settings: dict[str, str], sentence: str) -> None:
    """Polling and Milvus Lite are refused in one sentence."""
    with pytest.raises(BadInput, match=f"^--processes: {sentence}"):
        supervisor.check(Settings(_env_file=None, **settings))
