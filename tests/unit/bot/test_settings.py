"""Valid settings, and the messages about invalid ones."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot import settings
from bot.settings import Settings, load_settings
from recsys.services.administration import Audience
from recsys.services.conversation import SHOWN_AGAIN_AFTER
from storage.errors import Misconfigured
from storage.records import Retention
from storage.sql import Database
from storage.urls import lite_folder


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without any setting, and an empty current folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_embedded_under_the_current_folder(tmp_path: Path) -> None:
    """The defaults need no server, and reading them creates no file."""
    loaded = load_settings()
    home = tmp_path / ".reelmate"
    assert loaded.reelmate_home == home
    assert loaded.database_url.get_secret_value() == f"sqlite+aiosqlite:///{home}/reelmate.db"
    assert loaded.vectors_url.get_secret_value() == f"milvus+lite:///{home}/milvus.db"
    assert loaded.metadata_url.get_secret_value() == "sql"
    assert loaded.models_folder == home / "models"
    assert not home.exists()


@pytest.mark.parametrize("name", ["my#1 home", "100%", "a%20b", "why?"])
def test_a_home_with_characters_of_urls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Everything lies in that folder, and not in one with another name."""
    home = tmp_path / name
    monkeypatch.setenv("REELMATE_HOME", str(home))
    loaded = load_settings()
    assert loaded.models_folder == home / "models"
    assert lite_folder(loaded.vectors_url.get_secret_value()) == home / "milvus.db"
    assert Database(loaded.database_url.get_secret_value()).file == home / "reelmate.db"


def test_urls_as_hosting_services_write_them_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stores translate them."""
    monkeypatch.setenv("DATABASE_URL", "postgres://me:pw@host/x?sslmode=require")
    monkeypatch.setenv("VECTORS_URL", "https://in03.zillizcloud.com?token=KEY")
    assert sorted(load_settings().secrets()) == ["KEY", "pw"]


def test_the_home_moves_every_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """REELMATE_HOME alone moves all data, even to a path with blanks."""
    monkeypatch.setenv("REELMATE_HOME", str(tmp_path / "my home"))
    loaded = load_settings()
    assert loaded.models_folder == tmp_path / "my home" / "models"
    assert Database(loaded.database_url.get_secret_value()).file == tmp_path / "my home" / "reelmate.db"


def test_a_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment overrides `.env` in the current folder."""
    (tmp_path / ".env").write_text("VECTORS_URL=memory://\nMETADATA_URL=redis://one\n", encoding="utf-8")
    monkeypatch.setenv("METADATA_URL", "redis://two")
    loaded = load_settings()
    assert loaded.vectors_url.get_secret_value() == "memory://"
    assert loaded.metadata_url.get_secret_value() == "redis://two"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252"])
def test_a_dotenv_file_in_another_encoding_is_one_sentence(tmp_path: Path, encoding: str) -> None:
    """Windows editors write such files. The sentence says how to save it."""
    (tmp_path / ".env").write_bytes("VECTORS_URL=memory://\nBOT_NAME=Caf\xe9\n".encode(encoding))
    with pytest.raises(Misconfigured, match=r"^\.env is .*UTF-.*: save it again as UTF-8$"):
        load_settings()


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    """The first setting counts too."""
    (tmp_path / ".env").write_text("VECTORS_URL=memory://\n", encoding="utf-8-sig")
    assert load_settings().vectors_url.get_secret_value() == "memory://"


def test_unknown_names_in_a_dotenv_file_are_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Names that look like settings; a value is never shown."""
    lines = ["BOT_TOKN=hunter2", "REELMATE_COLOUR=hunter2", "DATABSE_URL=hunter2", "HOME_SERVER=hunter2", "hunter2"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    load_settings()
    assert [record.getMessage() for record in caplog.records if record.name == "bot.dotenv"] == [
        "BOT_TOKN in .env is no setting of Reelmate and is ignored; did you mean BOT_TOKEN?",
        "REELMATE_COLOUR in .env is no setting of Reelmate and is ignored",
        "DATABSE_URL in .env is no setting of Reelmate and is ignored; did you mean DATABASE_URL?",
    ]


@pytest.mark.parametrize("name", sorted(settings.SCHEMES))
def test_an_unsupported_scheme_is_one_line_with_the_setting_and_the_supported_schemes(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The line is enough to correct the setting, and contains no secret."""
    monkeypatch.setenv(name, "gopher://me:hunter2@host/x")
    with pytest.raises(Misconfigured) as raised:
        load_settings()
    message = str(raised.value)
    assert message.startswith(f"{name}: gopher:// is not supported; expected one of ")
    assert all(scheme in message for scheme in settings.SCHEMES[name])
    assert "hunter2" not in message
    assert "\n" not in message


def test_a_value_that_is_not_a_url_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be a password on the wrong line."""
    monkeypatch.setenv("DATABASE_URL", "hunter2")
    with pytest.raises(Misconfigured, match=r"^DATABASE_URL: this is not a URL; expected one of sqlite") as raised:
        load_settings()
    assert "hunter2" not in str(raised.value)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The representation of settings contains no password."""
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
        ({"KEEP_UPDATES_DAYS": "1"}, "KEEP_UPDATES_DAYS: Input should be greater than or equal to 2"),
        ({"KEEP_UPDATES_DAYS": "6"}, "KEEP_UPDATES_DAYS: Input should be less than or equal to 5"),
        ({"KEEP_SHOWN_DAYS": "29"}, "KEEP_SHOWN_DAYS: Input should be greater than or equal to 30"),
        ({"KEEP_CARDS_DAYS": "1"}, "KEEP_CARDS_DAYS: Input should be greater than or equal to 2"),
        ({"KEEP_CHANGES_DAYS": "29"}, "KEEP_CHANGES_DAYS: Input should be greater than or equal to 30"),
        ({"KEEP_DRAFTS_DAYS": "0"}, "KEEP_DRAFTS_DAYS: Input should be greater than or equal to 1"),
        ({"KEEP_AUDIT_DAYS": "1e9"}, "KEEP_AUDIT_DAYS: "),
        ({"KEEP_SHOWN_DAYS": "91"}, "KEEP_DELIVERIES_DAYS: expected at least 91, the value of KEEP_SHOWN_DAYS"),
        ({"KEEP_JOBS_DAYS": "89"}, "KEEP_JOBS_DAYS: expected at least 90, the value of KEEP_DELIVERIES_DAYS"),
        ({"LISTEN": "8080"}, "LISTEN: '8080' is not host:port"),
        ({"LISTEN": "localhost:99999"}, "LISTEN: 'localhost:99999' is not host:port"),
        ({"WEBHOOK_SECRET": "hunter2!"}, "WEBHOOK_SECRET: expected 1 to 256"),
        ({"WEBHOOK_URL": "https://me.example/telegram"}, "WEBHOOK_SECRET: is not set, and WEBHOOK_URL needs it"),
        ({"WEBHOOK_URL": "http://me.example/x", "WEBHOOK_SECRET": "s"}, "WEBHOOK_URL: expected an https:// address"),
        (
            {"WEBHOOK_URL": "https://me.example:99/x", "WEBHOOK_SECRET": "s"},
            "WEBHOOK_URL: expected an https:// address",
        ),
        ({"WEBHOOK_URL": "https://me.example:x/x", "WEBHOOK_SECRET": "s"}, "WEBHOOK_URL: expected an https:// address"),
    ],
)
def test_an_invalid_setting_is_one_line(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], line: str) -> None:
    """The line names the setting, and contains no secret."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as raised:
        load_settings()
    assert str(raised.value).startswith(line)
    assert "hunter2" not in str(raised.value)


def test_a_bot_api_server_of_your_own_may_call_any_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only Telegram's own servers require https and one of four ports."""
    monkeypatch.setenv("BOT_API_URL", "http://bot-api:8081/")
    monkeypatch.setenv("WEBHOOK_URL", "http://bot:8080/telegram")
    monkeypatch.setenv("WEBHOOK_SECRET", "s")
    monkeypatch.setenv("LISTEN", "[::1]:8080")
    loaded = load_settings()
    assert loaded.telegram_api == "http://bot-api:8081"
    assert loaded.listen_address == ("::1", 8080)


def test_admin_ids_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks are ignored, and by default there are no admins."""
    assert load_settings().admin_ids == frozenset()
    monkeypatch.setenv("ADMIN_IDS", "12345, 678")
    assert load_settings().admin_ids == {12345, 678}


def test_a_missing_token_is_three_lines_that_say_how_to_get_one() -> None:
    """Settings can be loaded without a token; only using it is an error."""
    loaded = load_settings()
    assert loaded.bot_token is None
    with pytest.raises(Misconfigured, match="@BotFather") as raised:
        _ = loaded.token
    assert str(raised.value).count("\n") == 2


def test_secrets_are_listed_for_redaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token, the webhook's secret, and the password of every URL, but nothing else."""
    monkeypatch.setenv("BOT_TOKEN", "123456:abc")
    monkeypatch.setenv("WEBHOOK_SECRET", "s3cret")
    monkeypatch.setenv("DATABASE_URL", "mysql+asyncmy://me:hunter2@host/reelmate")
    monkeypatch.setenv("METADATA_URL", "redis://:p%40ss@host")
    assert sorted(load_settings().secrets()) == ["123456:abc", "hunter2", "p%40ss", "s3cret"]


def test_each_kind_of_record_is_kept_for_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shortest times that are allowed are still as long as what reads the records needs."""
    day = timedelta(days=1)
    default = Retention(2 * day, 90 * day, 180 * day, 365 * day, 90 * day, day, 365 * day, 730 * day)
    assert load_settings().retention == default
    for kind, days in {"updates": 3, "shown": 30, "cards": 2, "changes": 31, "deliveries": 33, "drafts": 4}.items():
        monkeypatch.setenv(f"KEEP_{kind.upper()}_DAYS", str(days))
    for kind, days in {"jobs": 34, "audit": 36_500}.items():
        monkeypatch.setenv(f"KEEP_{kind.upper()}_DAYS", str(days))
    shortest = load_settings().retention
    assert shortest == Retention(*(days * day for days in (3, 30, 2, 31, 33, 4, 34, 36_500)))
    assert shortest.of_people == 33 * day
    for days in (timedelta(days=Audience.MONTH.days or 0), SHOWN_AGAIN_AFTER):
        assert days <= min(shortest.shown, shortest.changes, shortest.deliveries)


def test_settings_are_immutable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assigning to a setting is an error."""
    monkeypatch.setenv("METADATA_URL", "sql")
    with pytest.raises(ValueError, match="frozen"):
        Settings().reelmate_home = Path("/elsewhere")


@pytest.mark.parametrize(
    ("url", "folder"),
    [("file:///srv/some%20models", Path("/srv/some models")), ("s3://bucket/abc", Path("/home/models"))],
)
def test_releases_are_trained_and_loaded_in_a_local_folder(
    monkeypatch: pytest.MonkeyPatch, url: str, folder: Path
) -> None:
    """That of MODELS_URL, or a cache in the home."""
    monkeypatch.setenv("MODELS_URL", url)
    monkeypatch.setenv("REELMATE_HOME", "/home")
    assert load_settings().models_folder == folder


def test_models_of_an_unknown_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the setting and the schemes."""
    monkeypatch.setenv("MODELS_URL", "s4://bucket/abc")
    with pytest.raises(Misconfigured, match="MODELS_URL: s4:// is not supported; expected one of file://, s3://"):
        load_settings()
