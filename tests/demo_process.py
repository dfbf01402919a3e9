"""`reelmate demo` in a process of its own, as a newcomer starts it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_STOP_TIMEOUT_S = 30
_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/$")


@dataclass(slots=True)
class Demo:
    """A demo that answers.

    Attributes:
        url: of the page, without a slash at the end.
        said: the lines that it has printed so far.
        returncode: what it ended with; None while it runs.
    """

    process: subprocess.Popen[str]
    url: str
    said: list[str]
    returncode: int | None = None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and keep what else it says."""
        self.process.send_signal(how)
        self.returncode = self.process.wait(_STOP_TIMEOUT_S)
        assert self.process.stdout is not None
        self.said += self.process.stdout.read().splitlines()


def environment(home: Path, **more: str) -> dict[str, str]:
    """A home of its own, and every other setting at its default."""
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return {**inherited, "PYTHONPATH": str(ROOT), "REELMATE_HOME": str(home), **more}


@contextmanager
def running_demo(home: Path, port: int = 0, **settings: str) -> Iterator[Demo]:
    """Run the demo on what a home has prepared, until the block ends.

    Args:
        home: REELMATE_HOME; `reelmate prepare` was run in it.
        port: of the page; 0 takes a free one.
        settings: more of the environment.
    """
    process = subprocess.Popen(  # noqa: S603 - the arguments are this module's own
        [sys.executable, "-m", "bot", "demo", "--no-browser", "--port", str(port)],
        cwd=home,
        env=environment(home, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            if (found := _ADDRESS.search(said[-1])) is not None:
                break
        else:
            raise AssertionError(f"the demo ended: {said}")
        demo = Demo(process, found[1], said)
        yield demo
        if demo.returncode is None:
            demo.stop()
            assert demo.returncode == 0, demo.said
    finally:
        process.kill()
        process.communicate()
