"""From an empty folder to recommendations and to the demo, as `make demo` does; each command is a process."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
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


_WITHOUT_RIGHTS_OF_ROOT = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.name == "posix" and os.geteuid() == 0 else ()
)
"""Root may write everything. Without these capabilities the modes of files hold for it too."""


def _reelmate(home: Path, *arguments: str, before: Sequence[str] = (), **settings: str) -> Completed:
    """Run one command with a home of its own and every other setting at its default."""
    return subprocess.run(  # noqa: S603 - the arguments are this test's own
        [*before, sys.executable, "-m", "bot", *arguments],
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


def test_a_wish_filters_the_list(home: Path) -> None:
    """As in the chat. The line about the person says how the wish was understood."""
    completed = _reelmate(home, "recommend", "--wish", "90s comedy, no horror", "-n", "20", "--json")
    result = _json(completed)
    assert result["person"]["wish"] == ["Comedy", "no Horror", "from the 1990s"]
    movies = result["recommendations"]
    assert movies
    for movie in movies:
        assert "Comedy" in movie["genres"]
        assert "Horror" not in movie["genres"]
        assert 1990 <= movie["year"] <= 1999
    result = _json(_reelmate(home, "recommend", "--wish", "like Toy Story", "-n", "3", "--json"))
    assert result["person"]["wish"] == ["like Toy Story (1995)"]
    reasons = [movie["reason"] for movie in result["recommendations"]]
    assert all(reason.startswith("like Toy Story (1995): ") for reason in reasons)


def test_an_empty_list_says_why(home: Path) -> None:
    """No movie of the catalogue fits the wish."""
    completed = _reelmate(home, "recommend", "--wish", "before 1890")
    assert completed.returncode == 0, completed.stderr
    first, note, end = completed.stdout.splitlines()
    assert first == 'For somebody, who wishes for "up to 1889":'
    assert "movies in the catalogue fits the wish; leave a condition out" in note
    assert end == "No movie is left to recommend."
    result = _json(_reelmate(home, "recommend", "--json", "--wish", "before 1890"))
    assert (result["recommendations"], len(result["notes"])) == ([], 1)


def test_a_plot_is_shown(home: Path, tmp_path: Path) -> None:
    """The beginning of it stands below the title, and all of it in the JSON document."""
    plot = "A toy is jealous of another toy. " * 20
    copied = shutil.copytree(home, tmp_path / "copied")
    with sqlite3.connect(copied / "kept" / "reelmate.db") as database:
        database.execute("UPDATE movies SET description = ?", (plot,))
    database.close()
    completed = _reelmate(copied, "recommend", "-n", "1")
    assert "A toy is jealous" in completed.stdout
    assert " …" in completed.stdout
    result = _json(_reelmate(copied, "recommend", "-n", "1", "--json"))
    assert result["recommendations"][0]["plot"] == plot


def test_a_home_may_be_read_only(home: Path, tmp_path: Path) -> None:
    """The list is the same as from a home that can be written, and nothing is created in it."""
    copied = shutil.copytree(home, tmp_path / "copied")
    options = ("recommend", "--json", "--rate", "toy story=5", "--wish", "comedy")
    expected = _json(_reelmate(copied, *options))
    files = sorted(path for path in copied.rglob("*"))
    for path in (*files, copied):
        path.chmod(0o500 if path.is_dir() else 0o400)
    completed = _reelmate(copied, *options, before=_WITHOUT_RIGHTS_OF_ROOT)
    for path in (copied, *files):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert _json(completed) == expected
    assert completed.stderr == ""
    assert sorted(path for path in copied.rglob("*")) == files


def test_three_interrupts_leave_one_line(home: Path, tmp_path: Path) -> None:
    """A training that is interrupted three times ends without tracebacks and without the stack of C++ code."""
    process = subprocess.Popen(  # noqa: S603 - the arguments are this test's own
        [sys.executable, "-m", "bot", "train", "--starter", "--out", str(tmp_path / "release"), "--epochs", "5000"],
        cwd=home,
        env=environment(home / "kept"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("training ..."):
            break
    for _ in range(3):
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert errors in ("", "interrupted; nothing is lost: run the command again to continue\n")


def test_three_interrupts_end_the_demo(home: Path) -> None:
    """The first one stops it in order. The others may end it at once, without a traceback or the stack of C++ code."""
    with running_demo(home / "kept") as demo:
        for _ in range(2):
            demo.process.send_signal(signal.SIGINT)
        demo.stop(signal.SIGINT)
        assert demo.returncode in (0, 130)
        printed = "\n".join(demo.output)
        assert printed.endswith("Ctrl+C ends it.")
        assert "Traceback" not in printed


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
