"""`reelmate demo` as a process."""

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
    """A running demo.

    Attributes:
        url: the URL of the page, without a trailing slash.
        output: the lines printed so far.
        returncode: the exit status; None while the process runs.
    """

    process: subprocess.Popen[str]
    url: str
    output: list[str]
    returncode: int | None = None

    def stop(self, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        """Stop the process with a signal, and read the rest of its output."""
        self.process.send_signal(stop_signal)
        self.returncode = self.process.wait(_STOP_TIMEOUT_S)
        assert self.process.stdout is not None
        self.output += self.process.stdout.read().splitlines()


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment with the given home and settings; no URL of a service is inherited."""
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return {**inherited, "PYTHONPATH": str(ROOT), "REELMATE_HOME": str(home), **more}


@contextmanager
def running_demo(home: Path, port: int = 0, **settings: str) -> Iterator[Demo]:
    """Run the demo on a prepared home until the block ends.

    Args:
        home: REELMATE_HOME, in which `reelmate prepare` was run.
        port: the port of the page; 0 takes a free port.
        settings: further environment variables.
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
        output: list[str] = []
        for line in process.stdout:
            output.append(line.rstrip("\n"))
            if (match := _ADDRESS.search(output[-1])) is not None:
                break
        else:
            raise AssertionError(f"the demo ended: {output}")
        demo = Demo(process, match[1], output)
        yield demo
        if demo.returncode is None:
            demo.stop()
            assert demo.returncode == 0, demo.output
    finally:
        process.kill()
        process.communicate()
