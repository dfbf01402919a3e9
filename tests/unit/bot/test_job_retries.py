"""Retries of a job's storage calls."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
import stamina

from bot.jobs.retries import retry_storage
from storage.errors import Unavailable


@pytest.fixture
def no_pauses() -> Iterator[None]:
    """Retry at once, up to three attempts."""
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)


@pytest.mark.usefixtures("no_pauses")
async def test_a_call_is_repeated_until_the_storage_answers(caplog: pytest.LogCaptureFixture) -> None:
    """Each failure is one warning of ours; stamina logs nothing."""
    answers: list[Unavailable | int] = [Unavailable("down"), Unavailable("down"), 7]

    async def call() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    with caplog.at_level(logging.DEBUG):
        assert await retry_storage(call) == 7
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == ["bot.jobs.retries"] * 2


async def test_other_errors_are_raised() -> None:
    """Only a storage that does not answer is worth a retry."""
    attempts = 0

    async def call() -> None:
        nonlocal attempts
        attempts += 1
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        await retry_storage(call)
    assert attempts == 1


async def test_a_retried_call_can_be_cancelled() -> None:
    """A worker that shuts down does not wait for the storage."""
    attempted = asyncio.Event()

    async def call() -> None:
        attempted.set()
        raise Unavailable("down")

    task = asyncio.create_task(retry_storage(call))
    await attempted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
