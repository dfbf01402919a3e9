"""Languages: from a translator's .po file to what a person reads, and to what a wheel contains."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from handlers.i18n import LOCALES, language
from handlers.texts import account, cards, notices, onboarding
from hatch_build import compile_catalogues
from storage.records import Movie

ROOT = LOCALES.parent.parent
ALIEN = Movie(1, "Alien", 1979)

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Nothing was deleted."
msgstr "Nichts wurde gelöscht."

msgid "Because you liked {title}"
msgstr "Weil dir {title} gefiel"

msgid "{n} answer so far."
msgid_plural "{n} answers so far."
msgstr[0] "{n} Antwort bisher."
msgstr[1] "{n} Antworten bisher."

#, fuzzy
msgid "I don't know that command. /help lists those I do."
msgstr "Ungeprüft."

msgid "Liked by many"
msgstr ""
"""


def add_german(locales: Path) -> None:
    """Write a catalogue as `make messages LOCALE=de` and a translator leave it."""
    catalogue = locales / "de" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(PO, encoding="utf-8")


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    """A folder of catalogues with one language, compiled as the build does it."""
    add_german(tmp_path)
    compiled = tmp_path / "de" / "LC_MESSAGES" / "messages.mo"
    assert compile_catalogues(tmp_path) == [compiled]
    return tmp_path


@pytest.mark.parametrize("code", ["de", "de-AT"])
def test_a_po_file_is_enough_for_a_language(code: str, locales: Path) -> None:
    """Constants, templates and plurals are translated."""
    with language(code, locales):
        assert account.FORGET_CANCELLED() == "Nichts wurde gelöscht."
        assert cards.because_liked(ALIEN) == "Weil dir <b>Alien (1979)</b> gefiel"
        assert [onboarding.answered(count) for count in (1, 2)] == ["1 Antwort bisher.", "2 Antworten bisher."]


def test_what_is_not_translated_yet_is_english(locales: Path) -> None:
    """Entries that are empty or fuzzy, and those that are absent, are shown in English."""
    with language("de", locales):
        assert cards.LIKED_BY_MANY() == "Liked by many"
        assert notices.UNKNOWN_COMMAND() == "I don't know that command. /help lists those I do."
        assert account.FORGOTTEN().startswith("Done.")


def test_the_language_changes_for_the_block_only(locales: Path) -> None:
    """Languages nest, and an unknown language is English."""
    with language("de", locales):
        with language("xx", locales):
            assert account.FORGET_CANCELLED() == "Nothing was deleted."
        assert account.FORGET_CANCELLED() == "Nichts wurde gelöscht."
    assert account.FORGET_CANCELLED() == "Nothing was deleted."


@pytest.mark.parametrize("code", [None, "", "en", "xx", "../../etc", "de\0", "x" * 1000])
def test_an_unknown_language_is_english(code: str | None, locales: Path) -> None:
    """Whatever Telegram sends as a language, there is something to read."""
    with language(code, locales):
        assert onboarding.answered(1) == "1 answer so far."
        assert onboarding.answered(2) == "2 answers so far."


def test_a_broken_catalogue_stops_the_build(tmp_path: Path) -> None:
    """A catalogue that cannot be parsed is found when it is compiled."""
    catalogue = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('<<<<<<< HEAD\nmsgid "Done"\nmsgstr "Fertig"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"messages\.po cannot be parsed"):
        compile_catalogues(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_a_wheel_contains_compiled_catalogues(target: str, tmp_path: Path) -> None:
    """A wheel has the compiled catalogues, whether it is built from a checkout or from a source distribution."""
    checkout, dist = tmp_path / "checkout", tmp_path / "dist"
    checkout.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"):
        shutil.copy(ROOT / name, checkout)
    for package in ("bot", "handlers", "recsys", "storage"):
        shutil.copytree(ROOT / package, checkout / package, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    add_german(checkout / "handlers" / "locales")
    if target == "sdist":
        build("sdist", checkout, dist)
        [archive] = dist.glob("*.tar.gz")
        shutil.unpack_archive(archive, dist, filter="data")
        checkout = dist / archive.name.removesuffix(".tar.gz")
        assert not list(checkout.rglob("*.mo"))
    build("wheel", checkout, dist)
    [wheel] = dist.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(unpacked)
    with language("de", unpacked / "handlers" / "locales"):
        assert account.FORGET_CANCELLED() == "Nichts wurde gelöscht."


def build(target: str, source: Path, dist: Path) -> None:
    """Build a distribution with the installed build backend, so that nothing is downloaded."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(dist)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)  # noqa: S603 - our own interpreter and program
