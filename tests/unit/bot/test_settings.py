"""What the environment may say, and what happens where it says something else."""

from pathlib import Path

import pytest

from bot import settings
from bot.settings import Settings, folder_of, load_settings
from storage.errors import Misconfigured


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting is set, and the current folder is empty."""
    own = ("REELMATE_HOME", "ADMIN_IDS", "ANNOUNCE_RATE", "BOT_TOKEN", "DIVERSITY", "WEBHOOK_SECRET", "LISTEN")
    for name in (*own, *settings.SCHEMES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_everything_is_embedded_under_the_current_folder(tmp_path: Path) -> None:
    """The defaults need no server, and reading them makes no file."""
    found = load_settings()
    home = tmp_path / ".reelmate"
    assert found.reelmate_home == home
    assert found.database_url.get_secret_value() == f"sqlite+aiosqlite:///{home}/reelmate.db"
    assert found.vectors_url.get_secret_value() == f"milvus+lite:///{home}/milvus.db"
    assert found.metadata_url.get_secret_value() == "sql"
    assert found.models_folder == home / "models"
    assert not home.exists()


def test_the_home_moves_every_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """REELMATE_HOME alone is enough to keep everything elsewhere, blanks in its name included."""
    monkeypatch.setenv("REELMATE_HOME", str(tmp_path / "my home"))
    found = load_settings()
    assert found.models_folder == tmp_path / "my home" / "models"
    assert str(tmp_path / "my home") in found.database_url.get_secret_value()


def test_a_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`.env` in the current folder is the lasting way to set something."""
    (tmp_path / ".env").write_text("VECTORS_URL=memory://\nMETADATA_URL=redis://one\n", encoding="utf-8")
    monkeypatch.setenv("METADATA_URL", "redis://two")
    found = load_settings()
    assert found.vectors_url.get_secret_value() == "memory://"
    assert found.metadata_url.get_secret_value() == "redis://two"


@pytest.mark.parametrize("name", sorted(settings.SCHEMES))
def test_an_unknown_scheme_is_one_line_that_names_the_setting_and_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The line says enough to correct the setting, and repeats no secret."""
    monkeypatch.setenv(name, "gopher://me:hunter2@host/x")
    with pytest.raises(Misconfigured) as raised:
        load_settings()
    message = str(raised.value)
    assert message.startswith(f"{name}: gopher:// is not known; known schemes are ")
    assert all(scheme in message for scheme in settings.SCHEMES[name])
    assert "hunter2" not in message
    assert "\n" not in message


def test_what_is_no_url_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password on the wrong line stays where it is."""
    monkeypatch.setenv("DATABASE_URL", "hunter2")
    with pytest.raises(Misconfigured, match=r"^DATABASE_URL: this is not a URL; known schemes are sqlite") as raised:
        load_settings()
    assert "hunter2" not in str(raised.value)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings can be printed and logged."""
    monkeypatch.setenv("DATABASE_URL", "mysql+asyncmy://me:hunter2@host/reelmate")
    assert "hunter2" not in repr(load_settings())


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"BOT_TOKEN": "hunter2"}, "BOT_TOKEN: this is not a token"),
        ({"ADMIN_IDS": "hunter2"}, "ADMIN_IDS: expected Telegram's numeric user ids"),
        ({"ADMIN_IDS": "1,,2"}, "ADMIN_IDS: expected Telegram's numeric user ids"),
        ({"ADMIN_IDS": "-100"}, "ADMIN_IDS: expected Telegram's numeric user ids"),
        ({"ANNOUNCE_RATE": "0"}, "ANNOUNCE_RATE: "),
        ({"DIVERSITY": "-0.1"}, "DIVERSITY: Input should be greater than or equal to 0"),
        ({"DIVERSITY": "3.1"}, "DIVERSITY: Input should be less than or equal to 3"),
        ({"DIVERSITY": "nan"}, "DIVERSITY: "),
        ({"LISTEN": "8080"}, "LISTEN: '8080' is not host:port"),
        ({"LISTEN": "localhost:99999"}, "LISTEN: 'localhost:99999' is not host:port"),
        ({"WEBHOOK_SECRET": "hunter2!"}, "WEBHOOK_SECRET: expected 1 to 256"),
        ({"WEBHOOK_URL": "https://me.example/telegram"}, "WEBHOOK_SECRET: WEBHOOK_URL needs one"),
        ({"WEBHOOK_URL": "http://me.example/x", "WEBHOOK_SECRET": "s"}, "WEBHOOK_URL: Telegram calls https:// only"),
        (
            {"WEBHOOK_URL": "https://me.example:99/x", "WEBHOOK_SECRET": "s"},
            "WEBHOOK_URL: Telegram calls https:// only",
        ),
        ({"WEBHOOK_URL": "https://me.example:x/x", "WEBHOOK_SECRET": "s"}, "WEBHOOK_URL: Telegram calls https:// only"),
    ],
)
def test_what_telegram_would_refuse_is_one_line(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], line: str
) -> None:
    """It names the setting, and repeats no secret."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as raised:
        load_settings()
    assert str(raised.value).startswith(line)
    assert "hunter2" not in str(raised.value)


def test_a_bot_api_server_of_ones_own_may_call_any_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only Telegram's own servers insist on https and four ports."""
    monkeypatch.setenv("BOT_API_URL", "http://bot-api:8081/")
    monkeypatch.setenv("WEBHOOK_URL", "http://bot:8080/telegram")
    monkeypatch.setenv("WEBHOOK_SECRET", "s")
    monkeypatch.setenv("LISTEN", "[::1]:8080")
    found = load_settings()
    assert found.telegram_api == "http://bot-api:8081"
    assert found.listen_address == ("::1", 8080)


def test_admins_are_numbers_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks do not matter, and nobody is one unless named."""
    assert load_settings().admin_ids == frozenset()
    monkeypatch.setenv("ADMIN_IDS", "12345, 678")
    assert load_settings().admin_ids == {12345, 678}


def test_without_a_token_three_lines_say_how_to_get_one() -> None:
    """Everything else works without; who wants the bot is told what to do."""
    found = load_settings()
    assert found.bot_token is None
    with pytest.raises(Misconfigured, match="@BotFather") as raised:
        _ = found.token
    assert str(raised.value).count("\n") == 2


def test_the_secrets_are_known_to_who_must_hide_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token, the webhook's secret, and the password in every URL; nothing that is no secret."""
    monkeypatch.setenv("BOT_TOKEN", "123456:abc")
    monkeypatch.setenv("WEBHOOK_SECRET", "s3cret")
    monkeypatch.setenv("DATABASE_URL", "mysql+asyncmy://me:hunter2@host/reelmate")
    monkeypatch.setenv("METADATA_URL", "redis://:p%40ss@host")
    assert sorted(load_settings().secrets()) == ["123456:abc", "hunter2", "p%40ss", "s3cret"]


def test_settings_cannot_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read once; whoever holds them can rely on that."""
    monkeypatch.setenv("METADATA_URL", "sql")
    with pytest.raises(ValueError, match="frozen"):
        Settings().reelmate_home = Path("/elsewhere")


def test_a_release_elsewhere_than_on_disk_is_refused() -> None:
    """Only file:// URLs name a folder."""
    assert folder_of("file:///srv/some%20models/abc") == Path("/srv/some models/abc")
    with pytest.raises(Misconfigured, match="MODELS_URL: s3:// is not known"):
        folder_of("s3://bucket/abc")
