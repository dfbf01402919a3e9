"""What the environment may say, and what happens where it says something else."""

from pathlib import Path

import pytest

from bot import settings
from bot.settings import Settings, folder_of, load_settings
from storage.errors import Misconfigured


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting is set, and the current folder is empty."""
    for name in ("REELMATE_HOME", *settings.SCHEMES):
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
