"""The command line as far as no service is needed: help texts, exit statuses and error messages."""

import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from bot.cli import COMMANDS, app

README = Path(__file__).parents[4] / "README.md"
WITH_JSON = (
    "import",
    "import-history",
    "train",
    "index",
    "prepare",
    "recommend",
    "evaluate",
    "refresh",
    "announce",
    "migrate",
    "check",
    "housekeeping",
    "export-people",
    "import-people",
)
HELP_OPTIONS = ("-h", "--help")


@pytest.fixture(autouse=True)
def _empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without settings, and a home in which nothing was prepared."""
    for name in ("DATABASE_URL", "VECTORS_URL", "METADATA_URL", "MODELS_URL", "BOT_TOKEN", "WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REELMATE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def _run(arguments: Sequence[str]) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _group() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def test_version_is_the_package_version() -> None:
    """`reelmate --version` needs no command and prints nothing else."""
    result = _run(["--version"])
    assert (result.exit_code, result.stdout) == (0, f"reelmate {version('reelmate')}\n")


@pytest.mark.parametrize("option", HELP_OPTIONS)
def test_help_lists_every_command(option: str) -> None:
    """The commands are listed in the order of COMMANDS."""
    result = _run([option])
    assert result.exit_code == 0
    listed = result.stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    assert re.findall(r"^  ([\w-]+)", listed, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_the_command_list_has_whole_sentences(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """No terminal is too narrow for a command's summary."""
    monkeypatch.setenv("COLUMNS", str(columns))
    listed = _run(["--help"]).stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    assert "..." not in listed
    summaries = [" ".join(entry.split()) for entry in re.split(r"^  [\w-]+ ", listed, flags=re.MULTILINE)[1:]]
    assert summaries == [_group().commands[name].short_help for name in COMMANDS]
    assert [summary for summary in summaries if not summary.endswith(".")] == []


@pytest.mark.parametrize("option", HELP_OPTIONS)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, option: str) -> None:
    """The help begins with the usage and ends with an example."""
    result = _run([command, option])
    assert result.exit_code == 0
    assert result.stdout.lstrip().startswith("Usage: ")
    assert f"Example: {COMMANDS[command].EXAMPLE}" in " ".join(result.stdout.split())


@pytest.mark.parametrize("command", WITH_JSON)
def test_commands_with_a_result_have_json(command: str) -> None:
    """The result can be read by a program."""
    assert "--json" in _run([command, "--help"]).stdout


@pytest.mark.parametrize("command", ["run", "worker"])
def test_commands_that_log_have_a_log_level(command: str) -> None:
    """They run until they are stopped and have no result, so no --json."""
    help_text = _run([command, "--help"]).stdout
    assert "--log-level" in help_text
    assert "--json" not in help_text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_can_be_parsed(command: str) -> None:
    """An example is one line for a shell: settings, then `reelmate`, then the command with existing options."""
    words = shlex.split(COMMANDS[command].EXAMPLE)
    while re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    assert words[:2] == ["reelmate", command]
    _group().commands[command].make_context(command, words[2:])


def test_the_commands_in_the_readme_exist() -> None:
    """Every `reelmate COMMAND` in README.md is a command."""
    mentioned = set(re.findall(r"\breelmate ([a-z]+)\b", README.read_text(encoding="utf-8")))
    assert mentioned - set(COMMANDS) == set()
    assert {"demo", "prepare", "recommend", "run"} & mentioned


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["recommend", "--age", "7"], "reelmate: age 7: expected 13 to 120"),
        (["recommend", "--gender", "x", "--json"], "reelmate: gender 'x': expected F or M"),
        (["prepare", "--starter", "--data", "ml-1m"], "reelmate: --starter and --data or --download name two"),
        (
            ["import", "--download", "ml-33m"],
            "reelmate: --download ml-33m: expected one of ml-32m, ml-latest",
        ),
        (["import", "--data", "ml-1m", "--scale", "7"], "reelmate: --scale 7: expected 5 or 10"),
        (
            ["train", "--data", "ml-1m", "--train-on-details"],
            "reelmate: --train-on-details is about the file of --details",
        ),
        (["train", "--starter", "--skip-bad-rows"], "reelmate: --details, --skip-bad-rows and --scale say how"),
        (["evaluate", "--plot", "nowhere/plot.png"], "reelmate: --plot nowhere/plot.png: its folder does not exist"),
        (["evaluate", "--lists", "--wishes"], "reelmate: evaluate: --lists and --wishes are separate reports"),
        (["evaluate", "--lists", "--plot", "lists.png"], "reelmate: --plot: --lists has no plot"),
        (["evaluate", "--list-misread"], "reelmate: evaluate: --list-misread goes with --understanding"),
        (["train", "--objective", "hinge"], "hinge"),
        (["recommend", "--count", "0"], "--count"),
        (["refresh"], "reelmate: refresh: expected one of metadata, vectors and model, or --rollback"),
        (["refresh", "model", "--rollback"], "reelmate: refresh: expected one of metadata, vectors and model"),
        (
            ["refresh", "vectors", "--starter"],
            "reelmate: --data, --download, --starter and their options do not go with",
        ),
        (["refresh", "metadata", "--allow-worse"], "reelmate: --allow-worse goes with model, not with metadata"),
        (["refresh", "model", "--skip-bad-rows"], "reelmate: --details, --skip-bad-rows and --scale say how"),
        (["import-history", "nowhere.zip", "--person", "7"], "reelmate: nowhere.zip: No such file or directory"),
        (["import-history", "nowhere.zip"], "--person"),
        (["import-people", "nowhere.jsonl"], "reelmate: nowhere.jsonl: No such file or directory"),
        (["export-people", "people.jsonl", "--person", "0"], "--person"),
        (["dance"], "dance"),
    ],
)
def test_bad_input_is_status_2_and_says_so_on_standard_error(arguments: list[str], line: str) -> None:
    """Standard output stays empty, and nothing is stored."""
    result = _run(arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert line in result.stderr
    assert not Path("home").exists()


def test_an_invalid_setting_is_status_2_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the setting and the supported schemes."""
    monkeypatch.setenv("VECTORS_URL", "faiss://x")
    result = _run(["prepare", "--starter"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("reelmate: VECTORS_URL: faiss:// is not supported; expected one of ")
    assert len(result.stderr.splitlines()) == 1
    assert not Path("home").exists()


def test_an_interruption_is_one_line_and_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C has no traceback."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.settings.load_settings", interrupt)
    result = _run(["migrate"])
    assert result.exit_code == 130
    assert result.stderr == "interrupted; nothing is lost: run the command again to continue\n"


def test_run_without_a_token_explains_how_to_get_one() -> None:
    """Three lines on standard error, before anything is opened."""
    result = _run(["run"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "@BotFather" in result.stderr
    assert result.stderr.count("\n") == 3


def test_importing_the_commands_imports_no_numerical_library() -> None:
    """These libraries read the number of threads once, when they are imported, and a command sets it before that."""
    program = "import sys, bot.cli; print({'numpy', 'scipy', 'paddle'} & sys.modules.keys())"
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    assert printed.stdout == "set()\n"
