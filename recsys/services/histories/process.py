"""Reading files of strangers in a process of its own, with a deadline and limits of memory and computing time."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from recsys.histories.problems import Problem
from recsys.histories.reading import MAX_BYTES
from recsys.histories.rows import History

DEADLINE_S = 30.0
"""A file must be read within this time. The largest file that is allowed takes a tenth of it."""

MAX_MEMORY_BYTES = 1 << 30
"""The maximum address space of the process. It holds a file that is unpacked, its text and its rows."""

MAX_PROCESSES = 2
"""This many files are read at the same time."""

_MAX_COMPUTING_S = 20
_MAX_NAME = 200


class HistoryReader:
    """Reads files, a few at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(MAX_PROCESSES)

    async def read(self, content: bytes, name: str = "") -> list[History] | Problem:
        """Read a file in a process of its own.

        Args:
            content: of the file.
            name: of the file, as the sender calls it.

        Returns:
            What the file says of each profile (see `read_histories`), or why it cannot be read.
        """
        if len(content) > MAX_BYTES:
            return Problem.TOO_LARGE
        try:
            async with self._turn, asyncio.timeout(DEADLINE_S):
                return await _read(content, name)
        except TimeoutError:
            return Problem.TOO_SLOW


async def _read(content: bytes, name: str) -> list[History] | Problem:
    folder = str(Path(__file__).parents[3])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recsys.histories.child"),
        *(_printable(name), str(MAX_MEMORY_BYTES), str(_MAX_COMPUTING_S)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        # Nothing that this process knows, such as tokens, is given to the one that reads the file.
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": folder},
    )
    try:
        output, _ = await process.communicate(content)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        return Problem.TOO_SLOW
    document = json.loads(output)
    return (
        Problem(document["problem"]) if "problem" in document else list(map(History.from_dict, document["histories"]))
    )


def _printable(name: str) -> str:
    """Return a name that can be an argument of a process."""
    return "".join(letter for letter in name if letter.isprintable())[:_MAX_NAME].encode(errors="replace").decode()
