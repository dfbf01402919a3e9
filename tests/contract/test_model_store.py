"""Every model store: a folder, fsspec's memory, and a server that speaks S3. Each is used by two machines."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest

from bot.releases.publishing import load_towers
from bot.stores import release_folder
from recsys.models.towers import Towers
from storage.errors import Misconfigured, NotFound, Unavailable
from storage.model_store import ModelStore, check_models_url, open_model_store
from storage.model_store.objects import ObjectStore
from storage.records import Release
from tests.programs import PATIENCE_S
from tests.servers.s3_server import S3Server, running_s3

KINDS = ("folder", "memory", "s3")
OTHERS = [f"{number:016x}" for number in range(4)]
"""Versions of further releases."""


class Interrupted(Exception):
    """Ends an upload in the middle."""


@pytest.fixture(scope="module")
def s3_server() -> Iterator[S3Server]:
    """A server for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch, running_s3(patch) as server:
        yield server


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> str:
    """The URL of an empty bucket of the S3 server."""
    server: S3Server = request.getfixturevalue("s3_server")
    return server.new_bucket()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The MODELS_URL of each kind of store in turn, with nothing in it."""
    if request.param == "folder":
        return (tmp_path / "shared").as_uri()
    if request.param == "memory":
        return f"memory://{secrets.token_hex(8)}/models"
    return f"{request.getfixturevalue('bucket')}/models"


@pytest.fixture
def machines(url: str, tmp_path: Path) -> tuple[ModelStore, ModelStore]:
    """The stores of two machines."""
    return open_model_store(url, tmp_path / "first"), open_model_store(url, tmp_path / "second")


@pytest.fixture
def release(towers: Towers, tmp_path: Path) -> Path:
    """A release folder that lies outside the stores."""
    towers.save(tmp_path / "trained")
    return tmp_path / "trained"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A release folder that nobody loads, with two files."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "release.json").write_text("{}")
    (folder / "tokens.json").write_text('["some", "tokens"]')
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a release folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "manifest.json"}


def damage(url: str, version: str, name: str) -> None:
    """Change the last bytes of a stored file."""
    files, root = fsspec.url_to_fs(url, skip_instance_cache=True)
    (path,) = [path for path in files.ls(f"{root}/{version}", detail=False) if path.endswith(name)]
    files.pipe_file(path, files.cat_file(path)[:-4] + b"nope")


def test_what_one_machine_stores_another_fetches(
    machines: tuple[ModelStore, ModelStore], release: Path, towers: Towers
) -> None:
    """The files are the same, and other users of the machine cannot read them."""
    first, second = machines
    assert second.versions() == []
    shares: list[float] = []
    stored = first.put(towers.version, release, shares.append)
    assert (shares == sorted(shares), shares[-1]) == (True, 1.0)
    assert second.versions() == [towers.version]
    fetched = second.fetch(towers.version)
    assert contents(fetched) == contents(stored) == contents(release)
    assert load_towers(fetched).version == towers.version
    assert [path for path in (fetched, *fetched.iterdir()) if path.stat().st_mode & 0o077] == []
    assert (first.problem, second.problem) == ("", "")


def test_a_release_is_visible_once_it_is_complete(
    machines: tuple[ModelStore, ModelStore], release: Path, towers: Towers
) -> None:
    """An upload that was cut off leaves nothing to find, and the next one completes it."""

    def interrupt(_: float) -> None:
        raise Interrupted

    first, second = machines
    with pytest.raises(Interrupted):
        first.put(towers.version, release, interrupt)
    assert second.versions() == []
    with pytest.raises(NotFound):
        second.fetch(towers.version)
    for _ in range(2):
        first.put(towers.version, release)
        second.put(towers.version, release)
    assert second.versions() == [towers.version]
    assert load_towers(second.fetch(towers.version)).version == towers.version


@pytest.mark.parametrize("name", ["towers.safetensors", "tokens.json"])
def test_wrong_bytes_are_noticed(
    machines: tuple[ModelStore, ModelStore], url: str, release: Path, towers: Towers, name: str
) -> None:
    """The release is damaged for every machine that has no copy."""
    first, second = machines
    first.put(towers.version, release)
    damage(url, towers.version, name)
    with pytest.raises(NotFound, match="damaged"):
        load_towers(second.fetch(towers.version))


def test_the_newest_releases_are_kept(machines: tuple[ModelStore, ModelStore], small: Path) -> None:
    """A release that is stored again is the newest. What is needed stays, however old it is."""
    first, second = machines
    for version in (*OTHERS, OTHERS[1]):
        first.put(version, small)
    assert second.versions() == [OTHERS[1], OTHERS[3], OTHERS[2], OTHERS[0]]
    assert first.delete_old(1, {OTHERS[0]}) == [OTHERS[3], OTHERS[2]]
    assert second.versions() == [OTHERS[1], OTHERS[0]]
    assert first.delete_old(1, {OTHERS[0]}) == []
    for version in OTHERS[2:4]:
        with pytest.raises(NotFound):
            first.fetch(version)


def test_a_store_that_works_is_verified(machines: tuple[ModelStore, ModelStore], small: Path) -> None:
    """Nothing of it is left behind, and other names are no releases."""
    first, second = machines
    first.put("my-own-folder", small)
    first.ping()
    first.verify()
    assert second.versions() == []


class TestObjectStorage:
    """What a store with a cache does beyond the contract."""

    @pytest.fixture
    def open_store(self, bucket: str, tmp_path: Path) -> Callable[..., ObjectStore]:
        """A function that opens the store of a machine by its name."""

        def open_store(name: str, **options: Any) -> ObjectStore:
            return ObjectStore(f"{bucket}/models", tmp_path / name, **options)

        return open_store

    def test_a_storage_that_is_away(
        self, open_store: Callable[..., ObjectStore], small: Path, s3_server: S3Server
    ) -> None:
        """Copies are served. Everything else is one sentence with the setting, and so is `problem`."""
        cached, missing = OTHERS[:2]
        for version in (cached, missing):
            open_store("writer").put(version, small)
        open_store("reader").fetch(cached)
        reader = open_store("reader", timeout_s=0.5)
        s3_server.freeze()
        try:
            assert contents(reader.fetch(cached)) == contents(small)
            assert reader.problem == ""
            assert reader.versions() == [cached]
            with pytest.raises(Unavailable, match=r"MODELS_URL: s3://.* cannot be used: no answer within 0\.5 s"):
                reader.fetch(missing)
            with pytest.raises(Unavailable, match="MODELS_URL"):
                reader.put(cached, small)
            assert "MODELS_URL" in reader.problem
        finally:
            s3_server.thaw()
        reader._timeout_s = PATIENCE_S
        assert (reader.versions(), reader.problem) == ([missing, cached], "")

    def test_a_damaged_copy_is_fetched_again(self, open_store: Callable[..., ObjectStore], small: Path) -> None:
        """The copy is compared with its hashes each time that it is used."""
        open_store("writer").put(OTHERS[0], small)
        copy = open_store("reader").fetch(OTHERS[0])
        (copy / "tokens.json").write_text("[]")
        assert contents(open_store("reader").fetch(OTHERS[0])) == contents(small)

    def test_a_machine_keeps_the_releases_that_it_used_last(
        self,
        open_store: Callable[..., ObjectStore],
        small: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A release that was trained there and is not stored yet is not deleted."""
        monkeypatch.setattr("storage.model_store.objects.CACHED_RELEASES", 2)
        writer, reader = open_store("writer"), open_store("reader")
        trained = tmp_path / "reader" / ("f" * 16)
        trained.mkdir(parents=True)
        (trained / "release.json").write_text("{}")
        for version in OTHERS:
            writer.put(version, small)
            reader.fetch(version)
        kept = {path.name for path in (tmp_path / "reader").iterdir()}
        assert kept == {trained.name, *OTHERS[-2:]}

    @pytest.mark.usefixtures("s3_server")
    def test_a_bucket_that_does_not_exist(self, tmp_path: Path, small: Path) -> None:
        """The sentence names the setting and the bucket."""
        store = ObjectStore("s3://elsewhere/models", tmp_path / "home")
        with pytest.raises(Misconfigured, match="MODELS_URL: s3://elsewhere/models does not exist"):
            store.put(OTHERS[0], small)
        with pytest.raises(Misconfigured, match="MODELS_URL: s3://elsewhere/models does not exist"):
            store.verify()

    def test_a_manifest_that_names_a_file_elsewhere_is_damaged(
        self, open_store: Callable[..., ObjectStore], bucket: str, tmp_path: Path
    ) -> None:
        """A file of a release is never written outside of its folder."""
        files, root = fsspec.url_to_fs(f"{bucket}/models", skip_instance_cache=True)
        text = '{"stored_at": "2026-01-01T00:00:00Z", "files": {"../x": {"sha256": "%s", "size": 1}}}' % ("0" * 64)
        files.pipe_file(f"{root}/{OTHERS[0]}/manifest.json", text.encode())
        store = open_store("reader")
        with pytest.raises(NotFound, match="damaged"):
            store.fetch(OTHERS[0])
        assert store.versions() == []
        assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("foo://models", "MODELS_URL: foo:// is not supported; expected one of file://, s3://, gs://"),
        ("models", "MODELS_URL: this is not a URL"),
        ("file://server", "MODELS_URL names no folder"),
        ("gs://bucket/models", r"the driver of gs:// is not installed: run `pip install 'reelmate\[gs\]'`"),
    ],
)
def test_a_url_that_cannot_be_used(url: str, words: str, tmp_path: Path) -> None:
    """One sentence says what to write or to install."""
    with pytest.raises(Misconfigured, match=words):
        open_model_store(url, tmp_path)


def test_schemes_that_need_no_driver_to_be_known() -> None:
    """Reading the settings imports no driver."""
    for url in ("file:///srv/models", "s3://bucket", "gs://bucket/models", "sftp://host/models"):
        check_models_url(url)


def test_a_release_that_an_earlier_version_left_elsewhere(machines: tuple[ModelStore, ModelStore], small: Path) -> None:
    """It is found by its URL on the machine that has it, until it is stored. Then its version is enough."""
    first, second = machines
    old = Release(OTHERS[0], small.as_uri(), datetime.now(UTC))
    assert release_folder(first, old) == small
    first.put(OTHERS[0], small)
    assert contents(release_folder(second, replace(old, url=""))) == contents(small)
    with pytest.raises(NotFound):
        release_folder(second, Release(OTHERS[1], "file:///nowhere", datetime.now(UTC)))
