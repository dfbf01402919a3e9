"""From an empty folder to recommendations and to the demo, as `make demo` does; each command is a process."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.demo_process import environment, running_demo
from tests.tab import open_tab

pytestmark = pytest.mark.slow

TIMEOUT_S = 900
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
"""Proxies at port 9 ("discard"), where nothing listens."""


Completed = subprocess.CompletedProcess[str]


def _reelmate(home: Path, *arguments: str, **settings: str) -> Completed:
    """Run one command with a home of its own and every other setting at its default."""
    return subprocess.run(  # noqa: S603 - the arguments are this test's own
        [sys.executable, "-m", "bot", *arguments],
        cwd=home,
        env=environment(home / "kept", **settings),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )


def _json(completed: Completed) -> Any:
    """Return the JSON document that a successful command printed."""
    assert completed.returncode == 0, completed.stderr
    return json.loads(completed.stdout)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after `reelmate prepare` on the starter set, with a short training."""
    folder = tmp_path_factory.mktemp("demo")
    prepared = _json(_reelmate(folder, "prepare", "--starter", "--epochs", "2", "--json"))
    assert prepared["dataset"]["starter"] is True
    assert (folder / "kept" / "models" / prepared["release"]["version"] / "release.json").is_file()
    return folder


def test_preparing_the_same_again_does_not_train(home: Path) -> None:
    """The second run prints one line instead of training, and the same release stays active."""
    before = {file.parent.name: file.read_bytes() for file in (home / "kept" / "models").glob("*/release.json")}
    completed = _reelmate(home, "prepare", "--starter", "--epochs", "2", "--json")
    version = _json(completed)["release"]["version"]
    notes = [line for line in completed.stderr.splitlines() if line.startswith("training")]
    assert notes == [
        f"training: nothing has changed since release {version}; `reelmate train --force` repeats it",
    ]
    after = {file.parent.name: file.read_bytes() for file in (home / "kept" / "models").glob("*/release.json")}
    assert after == before
    assert list(after) == [version]


def test_a_newcomer_gets_movies_with_reasons(home: Path) -> None:
    """A gender, an age and two titles as people write them lead to ten other movies."""
    result = _json(
        _reelmate(
            home,
            "recommend",
            "--json",
            "--gender",
            "f",
            "--age",
            "28",
            "--rate",
            "toy story=5",
            "--rate",
            "Alien (1979)=2",
        )
    )
    assert result["person"]["gender"] == "F"
    assert [(rating["title"], rating["stars"]) for rating in result["person"]["ratings"]] == [
        ("Toy Story (1995)", 5.0),
        ("Alien (1979)", 2.0),
    ]
    movies = result["recommendations"]
    assert [movie["rank"] for movie in movies] == list(range(1, 11))
    assert not {"Toy Story", "Alien"} & {movie["title"] for movie in movies}
    assert all(movie["reason"] for movie in movies)


def test_the_table_begins_with_the_person(home: Path) -> None:
    """Without --json, one line describes the person and the movies follow."""
    completed = _reelmate(home, "recommend", "--occupation", "engineer", "-n", "3")
    assert completed.returncode == 0, completed.stderr
    lines = completed.stdout.splitlines()
    assert lines[0] == "For somebody, technician or engineer:"
    assert [line.split()[0] for line in lines if line.strip()[:1].isdecimal()] == ["1", "2", "3"]


def test_an_unknown_title_is_an_error_with_the_nearest_titles(home: Path) -> None:
    """No title is guessed."""
    completed = _reelmate(home, "recommend", "--json", "--rate", "Toy Story 7=5")
    assert (completed.returncode, completed.stdout) == (2, "")
    assert "no movie is called 'Toy Story 7'; the nearest are:" in completed.stderr
    assert "Toy Story (1995)" in completed.stderr


async def test_the_demo_takes_a_newcomer_to_another_movie(home: Path) -> None:
    """Without a token or a network: /start, a title, a card, a thumb, the next card, and Ctrl+C."""
    with running_demo(home / "kept", BOT_TOKEN="123456789:has-no-part-in-this", **NO_NETWORK) as demo:
        async with open_tab(demo.url) as tab:
            assert tab.state["notice"].startswith("This is the starter set")
            await tab.send("/start")
            await tab.press(await tab.with_button("Skip the questions"), "Skip the questions")
            await tab.with_button("More titles")
            await tab.send("toy story")
            await tab.with_button("Undo")
            await tab.press(await tab.with_button("Done"), "Done")
            card = await tab.with_button("Later")
            assert "Because you liked Toy Story (1995)" in card["text"]
            await tab.press(card, "👍")
            following = await tab.until(lambda message: message["id"] >= card["id"] and message["text"] != card["text"])
            assert following["text"].splitlines()[0] != card["text"].splitlines()[0]
        demo.stop(signal.SIGINT)
    assert demo.returncode == 0
    assert demo.output[0].startswith("This is the starter set")
    assert [line.split("http")[0] for line in demo.output[1:]] == [
        "Reelmate answers at  ",
        "and its admin is at  ",
        "Ctrl+C ends it.",
    ]


def test_a_taken_port_is_one_line(home: Path) -> None:
    """The command fails before it does anything else."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        completed = _reelmate(home, "demo", "--no-browser", "--port", port)
    assert (completed.returncode, completed.stdout) == (2, "")
    assert completed.stderr == f"reelmate: --port {port}: Address already in use; --port 0 takes a free one\n"


def test_check_succeeds_after_prepare(home: Path) -> None:
    """Every setting works, but for the two optional ones that are not set; that is no failure."""
    report = _json(_reelmate(home, "check", "--json"))
    assert report["ok"] is True
    assert {entry["setting"]: entry["status"] for entry in report["checks"]} == {
        "ADMIN_IDS": "unset",
        "REELMATE_HOME": "ok",
        "DATABASE_URL": "ok",
        "MODELS_URL": "ok",
        "VECTORS_URL": "ok",
        "METADATA_URL": "ok",
        "BOT_TOKEN": "unset",
    }
    lines = _reelmate(home, "check").stdout.splitlines()
    assert [line.split()[:2] for line in lines if not line.startswith("ok ")] == [
        ["--", "BOT_TOKEN"],
        ["--", "ADMIN_IDS"],
    ]


def test_check_names_what_is_down_and_what_to_do(home: Path) -> None:
    """A service that does not answer is exit status 1, without its password, and everything else is checked too."""
    completed = _reelmate(home, "check", "--json", METADATA_URL="redis://:hunter2@127.0.0.1:9")
    assert completed.returncode == 1
    wrong = [entry for entry in json.loads(completed.stdout)["checks"] if entry["status"] == "wrong"]
    assert [entry["setting"] for entry in wrong] == ["METADATA_URL"]
    assert wrong[0]["remedy"] == "start the service, or correct METADATA_URL"
    assert "hunter2" not in completed.stdout + completed.stderr


def test_check_in_an_empty_folder_says_what_to_run_and_creates_nothing(tmp_path: Path) -> None:
    """The remedy is on the line of each store that does not exist yet."""
    completed = _reelmate(tmp_path, "check")
    assert completed.returncode == 1
    assert completed.stdout.count("run `reelmate prepare`") == 4
    assert list(tmp_path.iterdir()) == []


def test_before_anything_is_prepared_recommend_says_what_to_run(tmp_path: Path) -> None:
    """The error is one line and names the command."""
    completed = _reelmate(tmp_path, "recommend")
    assert (completed.returncode, completed.stdout) == (1, "")
    assert completed.stderr.count("\n") == 1
    assert "run `reelmate prepare`" in completed.stderr


def test_without_a_network_import_uses_the_starter_set(tmp_path: Path) -> None:
    """One line says so, and the starter set is imported."""
    completed = _reelmate(tmp_path, "import", "--json", **NO_NETWORK, NO_PROXY="")
    assert _json(completed)["dataset"]["starter"] is True
    assert sum("using the starter set instead" in line for line in completed.stderr.splitlines()) == 1
