"""Fixtures: a real browser, the chat page, and a running demo."""

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
    """The distribution's Chromium; without it the test is skipped, or fails in CI."""
    program = shutil.which("chromium")
    if program is None:
        reason = "chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program)
        yield launched
        await launched.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """The folder for screenshots: SCREENSHOTS, or a temporary folder."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path)).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_chat(browser: Browser, shots: Path) -> OpenChat:
    """A context manager that opens the page in a new window: `open_chat(url, width=390, dark=True)`."""
    return opening(browser, shots)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`reelmate demo` on the starter set, or on the home DEMO_HOME, which must be prepared and without people."""
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
