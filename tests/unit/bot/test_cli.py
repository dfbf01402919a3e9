"""Exit statuses and single lines of the command line, as far as no service is needed."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app


@pytest.fixture(autouse=True)
def _empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is set and nothing was ever prepared."""
    for name in ("DATABASE_URL", "VECTORS_URL", "METADATA_URL", "MODELS_URL", "BOT_TOKEN", "WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REELMATE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def _run(arguments: Sequence[str]) -> Result:
    return CliRunner().invoke(app, list(arguments))


COMMANDS = ("import", "train", "index", "prepare", "recommend", "evaluate", "refresh", "migrate", "check")


def test_help_lists_every_command() -> None:
    """`reelmate --help` is where people start."""
    result = _run(["--help"])
    assert result.exit_code == 0
    assert all(f"\n  {command} " in result.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_json(command: str) -> None:
    """Each command explains itself and can be read by a program."""
    result = _run([command, "--help"])
    assert result.exit_code == 0
    assert "--json" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["recommend", "--age", "7"], "reelmate: age 7: expected 13 to 120"),
        (["recommend", "--gender", "x", "--json"], "reelmate: gender 'x': expected F or M"),
        (["prepare", "--starter", "--data", "ml-1m"], "reelmate: --starter and --data name two data sets"),
        (["train", "--starter", "--skip-bad-rows"], "reelmate: --details and --skip-bad-rows say how to read files"),
        (["evaluate", "--plot", "nowhere/plot.png"], "reelmate: --plot nowhere/plot.png: its folder is not there"),
        (["evaluate", "--lists", "--wishes"], "reelmate: evaluate: --lists and --wishes are separate reports"),
        (["evaluate", "--lists", "--plot", "lists.png"], "reelmate: --plot: there is no picture of --lists"),
        (["train", "--objective", "hinge"], "hinge"),
        (["recommend", "--count", "0"], "--count"),
        (["refresh"], "reelmate: refresh: expected one of metadata, vectors and model, or --rollback"),
        (["refresh", "model", "--rollback"], "reelmate: refresh: expected one of metadata, vectors and model"),
        (["refresh", "vectors", "--starter"], "reelmate: --data, --starter and what goes with them do not go with"),
        (["refresh", "metadata", "--allow-worse"], "reelmate: --allow-worse goes with model, not with metadata"),
        (["refresh", "model", "--skip-bad-rows"], "reelmate: --details and --skip-bad-rows say how to read files"),
        (["dance"], "dance"),
    ],
)
def test_bad_input_is_status_2_and_says_so_on_standard_error(arguments: list[str], line: str) -> None:
    """Nothing is done and nothing is printed where a program would look for a result."""
    result = _run(arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert line in result.stderr
    assert not Path("home").exists()


def test_a_wrong_setting_is_status_2_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the setting and the known schemes."""
    monkeypatch.setenv("VECTORS_URL", "faiss://x")
    result = _run(["prepare", "--starter"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("reelmate: VECTORS_URL: faiss:// is not known; known schemes are ")
    assert len(result.stderr.splitlines()) == 1
    assert not Path("home").exists()


def test_an_interruption_is_one_line_and_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is an answer, not an accident."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.settings.load_settings", interrupt)
    result = _run(["migrate"])
    assert result.exit_code == 130
    assert result.stderr == "interrupted; nothing is lost: run the command again to continue\n"


def test_run_without_a_token_explains_how_to_get_one() -> None:
    """Three lines, and nothing is opened."""
    result = _run(["run"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "@BotFather" in result.stderr
    assert result.stderr.count("\n") == 3


def test_help_lists_run() -> None:
    """It has no result to print, so no --json; how much it logs can be chosen."""
    assert "\n  run " in _run(["--help"]).stdout
    assert "--log-level" in _run(["run", "--help"]).stdout
