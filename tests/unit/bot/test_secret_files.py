"""Secrets in files that the environment names."""

from pathlib import Path

import pytest

from bot.releases import training_process
from bot.settings import Settings, load_settings
from storage.errors import Misconfigured

SECRETS = {
    "BOT_TOKEN": "123456:abc",
    "DATABASE_URL": "mysql://me:hunter2@host/reelmate",
    "VECTORS_URL": "milvus://me:hunter2@host",
    "METADATA_URL": "redis://:hunter2@host",
    "WEBHOOK_SECRET": "hunter2",
    "WISH_LLM_KEY": "hunter2",
    "TMDB_API_KEY": "hunter2",
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without any setting, and an empty current folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_in_a_file_is_read_without_the_end_of_its_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, end: str
) -> None:
    """Editors and `echo` end the line, and `printf` does not. The log hides the secret as it hides any other."""
    (tmp_path / "secret").write_bytes(f"{SECRETS[name]}{end}".encode())
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    loaded = load_settings()
    assert getattr(loaded, name.lower()).get_secret_value() == SECRETS[name]
    assert list(loaded.secrets()) == ["hunter2" if "hunter2" in SECRETS[name] else SECRETS[name]]


def test_dotenv_may_name_the_file_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A relative path begins in the current folder. The name is known, so nothing warns about it."""
    (tmp_path / "one").write_text("1:one", encoding="utf-8")
    (tmp_path / "two").write_text("2:two", encoding="utf-8")
    (tmp_path / ".env").write_text("BOT_TOKEN_FILE=one\n", encoding="utf-8")
    assert load_settings().token == "1:one"
    monkeypatch.setenv("BOT_TOKEN_FILE", "two")
    assert load_settings().token == "2:two"
    assert caplog.records == []


@pytest.mark.parametrize("in_dotenv", [False, True])
def test_a_secret_that_is_given_twice_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_dotenv: bool
) -> None:
    """Whichever was taken, it might be the wrong one."""
    (tmp_path / "token").write_text("2:two", encoding="utf-8")
    if in_dotenv:
        (tmp_path / ".env").write_text("BOT_TOKEN_FILE=token\nBOT_TOKEN=1:one\n", encoding="utf-8")
    else:
        monkeypatch.setenv("BOT_TOKEN_FILE", "token")
        monkeypatch.setenv("BOT_TOKEN", "1:one")
    with pytest.raises(Misconfigured, match=r"^BOT_TOKEN and BOT_TOKEN_FILE are both set: unset one of them$"):
        load_settings()


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Compose files pass on variables that may be empty."""
    (tmp_path / "token").write_text("2:two", encoding="utf-8")
    monkeypatch.setenv("BOT_TOKEN", "")
    monkeypatch.setenv("BOT_TOKEN_FILE", "token")
    monkeypatch.setenv("TMDB_API_KEY_FILE", "")
    loaded = load_settings()
    assert loaded.token == "2:two"
    assert loaded.tmdb_api_key is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"1:a\n2:b\n", "has more than one line"),
        (b"\xff\xfe1\0", "is not text in UTF-8"),
        (b"x" * 70_000, "has more than 65536 bytes and is no secret"),
    ],
)
def test_a_file_without_a_secret_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """The line names the setting and the file. An embedded database never replaces one whose URL is missing."""
    file = tmp_path / "database_url"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("DATABASE_URL_FILE", str(file))
    with pytest.raises(Misconfigured) as raised:
        load_settings()
    assert str(raised.value) == f"DATABASE_URL_FILE: {file} {problem}"


def test_a_secret_in_the_place_of_the_file_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a common mistake, and logs are kept."""
    monkeypatch.setenv("BOT_TOKEN_FILE", "123456:hunter2")
    with pytest.raises(Misconfigured, match=r"^BOT_TOKEN_FILE: the file that it names cannot be read: ") as raised:
        load_settings()
    assert "hunter2" not in str(raised.value)


def test_only_secrets_may_be_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wrong name in `.env` is warned about, as for any other setting."""
    (tmp_path / "name").write_text("Movies", encoding="utf-8")
    monkeypatch.setenv("BOT_NAME_FILE", "name")
    assert load_settings().bot_name is None


def test_the_environment_wins_over_dotenv_in_either_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So does any other variable."""
    (tmp_path / "token").write_text("2:two", encoding="utf-8")
    (tmp_path / ".env").write_text("BOT_TOKEN_FILE=nowhere\nTMDB_API_KEY=old\n", encoding="utf-8")
    monkeypatch.setenv("BOT_TOKEN", "1:one")
    monkeypatch.setenv("TMDB_API_KEY_FILE", "token")
    loaded = load_settings()
    assert loaded.token == "1:one"
    assert loaded.tmdb_api_key is not None
    assert loaded.tmdb_api_key.get_secret_value() == "2:two"


def test_a_training_process_gets_the_secrets_that_its_parent_has_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It inherits the environment, in which the same secret must not be given twice."""
    (tmp_path / "database_url").write_text("sqlite+aiosqlite:////srv/one.db", encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL_FILE", "database_url")
    environment = training_process.child_environment(load_settings())
    assert environment["DATABASE_URL"] == "sqlite+aiosqlite:////srv/one.db"
    assert "DATABASE_URL_FILE" not in environment
