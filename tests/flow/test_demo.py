"""From nothing to picks and to the demo that `make demo` ends in, each step in a process of its own."""

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

TIMEOUT_S = 900
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
"""Port 9 is "discard": nobody listens there."""


Done = subprocess.CompletedProcess[str]


def _reelmate(home: Path, *arguments: str, **settings: str) -> Done:
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


def _json(done: Done) -> Any:
    """The one document on standard output of a command that went well."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after `reelmate prepare` on the starter set, trained only as long as a test may take."""
    folder = tmp_path_factory.mktemp("demo")
    prepared = _json(_reelmate(folder, "prepare", "--starter", "--epochs", "2", "--json"))
    assert prepared["dataset"]["starter"] is True
    assert (folder / "kept" / "models" / prepared["release"]["version"] / "release.json").is_file()
    return folder


def test_preparing_the_same_again_does_not_train(home: Path) -> None:
    """The second time there is one line instead of the training, and the same release is served."""
    before = {file.parent.name: file.read_bytes() for file in (home / "kept" / "models").glob("*/release.json")}
    done = _reelmate(home, "prepare", "--starter", "--epochs", "2", "--json")
    version = _json(done)["release"]["version"]
    said = [line for line in done.stderr.splitlines() if line.startswith("training")]
    assert said == [
        f"training: nothing has changed since release {version}; `reelmate train --force` repeats it",
    ]
    after = {file.parent.name: file.read_bytes() for file in (home / "kept" / "models").glob("*/release.json")}
    assert after == before
    assert list(after) == [version]


def test_a_newcomer_gets_movies_with_reasons(home: Path) -> None:
    """From a gender, an age and two titles as people write them to ten other movies."""
    found = _json(
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
    assert found["person"]["gender"] == "F"
    assert [(one["title"], one["stars"]) for one in found["person"]["ratings"]] == [
        ("Toy Story (1995)", 5.0),
        ("Alien (1979)", 2.0),
    ]
    picks = found["recommendations"]
    assert [one["rank"] for one in picks] == list(range(1, 11))
    assert not {"Toy Story", "Alien"} & {one["title"] for one in picks}
    assert all(one["reason"] for one in picks)


def test_the_table_for_people_begins_with_who_they_are(home: Path) -> None:
    """Without --json there is one line about the person and then the movies."""
    done = _reelmate(home, "recommend", "--occupation", "engineer", "-n", "3")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "For somebody, technician or engineer:"
    assert [line.split()[0] for line in lines if line.strip()[:1].isdecimal()] == ["1", "2", "3"]


def test_a_title_that_is_none_stops_with_the_nearest(home: Path) -> None:
    """Nothing is recommended on a guess."""
    done = _reelmate(home, "recommend", "--json", "--rate", "Toy Story 7=5")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no movie is called 'Toy Story 7'; the nearest are:" in done.stderr
    assert "Toy Story (1995)" in done.stderr


async def test_the_demo_takes_a_newcomer_to_another_movie(home: Path) -> None:
    """No token, no account, a proxy that leads nowhere: START, a title, a card, a thumb, the next card; then Ctrl+C."""
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
    assert demo.said[0].startswith("This is the starter set")
    assert [line.split("http")[0] for line in demo.said[1:]] == [
        "Reelmate answers at  ",
        "and its admin is at  ",
        "Ctrl+C ends it.",
    ]


def test_a_taken_port_is_one_line(home: Path) -> None:
    """Nothing else was begun."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _reelmate(home, "demo", "--no-browser", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"reelmate: --port {port}: Address already in use; --port 0 takes a free one\n"


def test_check_finds_everything_in_order(home: Path) -> None:
    """After `prepare` every setting works."""
    checked = _json(_reelmate(home, "check", "--json"))
    assert checked["ok"] is True
    assert {one["setting"] for one in checked["checks"]} == {
        "ADMIN_IDS",
        "REELMATE_HOME",
        "DATABASE_URL",
        "MODELS_URL",
        "VECTORS_URL",
        "METADATA_URL",
        "BOT_TOKEN",
    }


def test_check_names_what_is_down_and_what_to_do(home: Path) -> None:
    """A service that does not answer is status 1, its password is not shown, and the rest is checked all the same."""
    done = _reelmate(home, "check", "--json", METADATA_URL="redis://:hunter2@127.0.0.1:9")
    assert done.returncode == 1
    wrong = [one for one in json.loads(done.stdout)["checks"] if not one["ok"]]
    assert [one["setting"] for one in wrong] == ["METADATA_URL"]
    assert wrong[0]["remedy"] == "start the service, or correct METADATA_URL"
    assert "hunter2" not in done.stdout + done.stderr


def test_before_anything_is_prepared_recommend_says_what_to_run(tmp_path: Path) -> None:
    """The first command of an impatient person."""
    done = _reelmate(tmp_path, "recommend")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "run `reelmate prepare`" in done.stderr


def test_without_a_network_import_goes_on_with_the_starter_set(tmp_path: Path) -> None:
    """One line says so, and the starter set is there."""
    done = _reelmate(tmp_path, "import", "--json", **NO_NETWORK, NO_PROXY="")
    assert _json(done)["dataset"]["starter"] is True
    assert sum("using the starter set instead" in line for line in done.stderr.splitlines()) == 1
