"""Training is skipped if there is a release of the same data, options and code."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import fsspec
import pytest
from pydantic import SecretStr

from bot.releases import pipeline
from bot.reporting import no_progress
from bot.settings import Settings
from recsys.data import Dataset, snapshot
from recsys.models.towers import Towers
from recsys.protocol.newcomers import split_people
from recsys.training.options import TrainingOptions
from storage.errors import Conflict, NotFound
from storage.records import Release
from tests.builders import checkerboard

BOARD = checkerboard(people=20, movies=10, rated=10)
OPTIONS = TrainingOptions(epochs=2, min_steps=0, batch_size=32, validations=2)


@dataclass(frozen=True)
class Trained:
    """The result of a training.

    Attributes:
        release: the new or existing release.
        epochs: number of epochs trained.
        notes: the messages for the person at the terminal.
    """

    release: Release
    epochs: int
    notes: list[str]


Train = Callable[..., Trained]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home without any release."""
    return Settings(_env_file=None, reelmate_home=tmp_path / "home")


@pytest.fixture
def train(settings: Settings) -> Train:
    """A function that trains as `reelmate train` does."""

    def trained(
        dataset: Dataset = BOARD, options: TrainingOptions = OPTIONS, out: Path | None = None, **more: object
    ) -> Trained:
        stages: list[str] = []
        notes: list[str] = []
        release = pipeline.train(
            dataset,
            settings,
            options,
            out,
            lambda stage, _: stages.append(stage),
            notes.append,
            **more,  # type: ignore[arg-type]  # passed on as they are
        )
        # Without the first and the last report of the epochs.
        return Trained(release, max(0, stages.count("training") - 2), notes)

    return trained


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Inode and content of each file in a folder."""
    return {file.name: (file.stat().st_ino, file.read_bytes()) for file in folder.iterdir()}


def with_another_age(dataset: Dataset) -> Dataset:
    """The data set with another age of the first person."""
    ages = dataset.ages.copy()
    ages[0] = 30
    return replace(dataset, ages=ages)


def with_another_rating(dataset: Dataset) -> Dataset:
    """The data set with the opposite first rating."""
    stars = dataset.rating_stars.copy()
    stars[0] = 6 - stars[0]
    return replace(dataset, rating_stars=stars)


def with_another_genre(dataset: Dataset) -> Dataset:
    """The data set with another genre of the first movie."""
    return replace(dataset, movies=(replace(dataset.movies[0], genres=("Even",)), *dataset.movies[1:]))


def test_the_same_training_is_not_done_twice(train: Train, settings: Settings) -> None:
    """One note says so. Neither the data set's name nor a round trip through its snapshot matters."""
    first = train()
    folder = settings.models_folder / first.release.version
    before = contents(folder)
    snapshot.save(replace(BOARD, name="moved"), settings.snapshot_folder)
    again = train(snapshot.load(settings.snapshot_folder))
    assert (first.epochs, first.notes) == (2, [])
    assert again == Trained(
        first.release,
        0,
        [f"training: nothing has changed since release {first.release.version}; `reelmate train --force` repeats it"],
    )
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("dataset", "options"),
    [
        (with_another_age(BOARD), OPTIONS),
        (with_another_rating(BOARD), OPTIONS),
        (with_another_genre(BOARD), OPTIONS),
        (BOARD, replace(OPTIONS, seed=1)),
        (BOARD, replace(OPTIONS, epochs=4)),
    ],
    ids=["demographics", "ratings", "movies", "seed", "epochs"],
)
def test_anything_new_is_trained_on(train: Train, dataset: Dataset, options: TrainingOptions) -> None:
    """Each difference makes another release, and both are found again."""
    train()
    assert (train(dataset, options).epochs, train(dataset, options).epochs) == (options.epochs, 0)
    assert train().epochs == 0


def test_another_split_is_trained_on(train: Train) -> None:
    """A refresh of a running bot has a split of its own."""
    train()
    assert train(split=split_people(BOARD, 7)).epochs == 2


@pytest.mark.parametrize("damage", ["missing", "cut off", "unreadable"])
def test_a_damaged_release_is_trained_again_and_replaced(train: Train, settings: Settings, damage: str) -> None:
    """The new release has the same version and folder."""
    first = train().release
    folder = settings.models_folder / first.version
    if damage == "missing":
        (folder / "item_reranker.safetensors").unlink()
    elif damage == "cut off":
        weights = (folder / "towers.safetensors").read_bytes()
        (folder / "towers.safetensors").write_bytes(weights[:-4])
    else:
        (folder / "release.json").write_text("{")
    again = train()
    assert (again.epochs, again.release.version, again.release.url) == (2, first.version, first.url)
    assert Towers.load(folder).version == first.version
    assert train().epochs == 0


def test_force_trains_the_same_release_again(train: Train, settings: Settings) -> None:
    """Bots may have the folder's files open, so only release.json is replaced."""
    first = train().release
    folder = settings.models_folder / first.version
    before = contents(folder)
    (folder / "release.json").write_text(
        (folder / "release.json").read_text().replace('"trained_on": "', '"trained_on": "x')
    )
    assert train().epochs == 2
    assert train().epochs == 0
    assert train(force=True).epochs == 2
    after = contents(folder)
    assert before.pop("release.json") != after.pop("release.json")
    assert after == before
    assert [path.name for path in settings.models_folder.iterdir() if not path.name.startswith(".")] == [first.version]


def test_an_existing_release_becomes_the_newest(train: Train, settings: Settings) -> None:
    """`reelmate index` publishes the release that `reelmate train` printed last."""
    first, _, again = train(), train(options=replace(OPTIONS, seed=1)), train()
    assert pipeline.find_release(None, settings) == first.release == again.release


def test_a_release_is_recorded_before_it_can_be_found(train: Train, settings: Settings) -> None:
    """If the record fails, there is no release to publish. A release that exists already is recorded too."""
    versions: list[str] = []

    def fail(version: str) -> None:
        versions.append(version)
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        train(record=fail)
    with pytest.raises(NotFound, match="there is no release"):
        pipeline.find_release(None, settings)
    for _ in range(2):
        assert train(record=versions.append).release.version == versions[0]
    assert versions == [versions[0]] * 3


def test_only_the_requested_folder_is_searched(train: Train, tmp_path: Path) -> None:
    """With --out, releases in MODELS_URL do not count, and a release in the folder does."""
    train()
    folder = tmp_path / "mine"
    first = train(out=folder)
    assert (first.epochs, train(out=folder).epochs, train(with_another_rating(BOARD), out=folder).epochs) == (2, 0, 2)
    assert first.release.url == folder.as_uri()


def test_an_interrupted_training_resumes(train: Train, settings: Settings) -> None:
    """The second run only does the epochs that the first one did not."""

    def interrupt(_: str, share: float) -> None:
        if share == 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.train(BOARD, settings, OPTIONS, None, interrupt, print)
    assert train().epochs == 1


def test_a_release_is_stored_in_object_storage(settings: Settings, tmp_path: Path) -> None:
    """Checkpoints and the folder of the training stay on the machine. Nothing is trained if storing failed before."""
    url = f"memory://{tmp_path.name}/models"
    with_storage = settings.model_copy(update={"models_url": SecretStr(url)})

    def train() -> Release:
        return pipeline.train(BOARD, with_storage, OPTIONS, None, no_progress, print)

    release = train()
    names = fsspec.filesystem("memory").ls(f"/{tmp_path.name}/models", detail=False)
    assert [name.rpartition("/")[2] for name in names] == [release.version]
    fsspec.filesystem("memory").rm(f"/{tmp_path.name}/models", recursive=True)
    assert train() == release
    other = with_storage.model_copy(update={"reelmate_home": tmp_path / "other"})
    found = pipeline.find_release(None, other)
    assert (found, found.url) == (release, (other.models_folder / release.version).as_uri())


def test_two_trainings_cannot_write_to_one_folder(train: Train, settings: Settings, tmp_path: Path) -> None:
    """The second one is refused at once, and can start after the first one has ended."""
    folder = tmp_path / "mine"

    def train_meanwhile(_: str, share: float) -> None:
        if share == 0.5:
            with pytest.raises(Conflict, match="another training writes to"):
                train(out=folder)

    pipeline.train(BOARD, settings, OPTIONS, folder, train_meanwhile, print)
    assert train(options=replace(OPTIONS, seed=1), out=folder).epochs == 2
