"""A real browser, and what it looks at."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.helpers import OpenChat, opening
from tests.demo_process import Demo, environment, running_demo


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The distribution's Chromium; skips the test where it is not installed, which in CI is a failure."""
    program = shutil.which("chromium")
    if program is None:
        said = "chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program)
        yield launched
        await launched.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures go: the folder SCREENSHOTS, for people to look at, or one that is thrown away."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path)).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_chat(browser: Browser, shots: Path) -> OpenChat:
    """Opens the page in a window of its own: `open_chat(url, width=390, dark=True)`."""
    return opening(browser, shots)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`reelmate demo` on the starter set, or on the home DEMO_HOME: prepared, with nobody in it yet."""
    prepared = os.environ.get("DEMO_HOME")
    home = Path(prepared) if prepared else tmp_path_factory.mktemp("demo")
    if not prepared:
        subprocess.run(
            [sys.executable, "-m", "bot", "prepare", "--starter", "--epochs", "2"],
            cwd=home,
            env=environment(home),
            check=True,
            capture_output=True,
        )
    with running_demo(home) as running:
        yield running
