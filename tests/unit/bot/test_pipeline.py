"""Training is done once for the same data, options and code, and anew for anything else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.releases import pipeline
from bot.settings import Settings
from recsys.data import Dataset, snapshot
from recsys.models.towers import Towers
from recsys.protocol.newcomers import split_people
from recsys.training.options import TrainingOptions
from storage.records import Release
from tests.builders import checkerboard

BOARD = checkerboard(people=20, movies=10, rated=10)
OPTIONS = TrainingOptions(epochs=2, min_steps=0, batch_size=32, validations=2)


@dataclass(frozen=True)
class Trained:
    """What a training came to.

    Attributes:
        release: what was trained or taken as it was.
        epochs: how many epochs that took.
        said: the notes for people.
    """

    release: Release
    epochs: int
    said: list[str]


Train = Callable[..., Trained]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Nothing was trained yet."""
    return Settings(_env_file=None, reelmate_home=tmp_path / "home")


@pytest.fixture
def train(settings: Settings) -> Train:
    """Train as `reelmate train` does."""

    def trained(
        dataset: Dataset = BOARD, options: TrainingOptions = OPTIONS, out: Path | None = None, **more: object
    ) -> Trained:
        shares: list[float] = []
        said: list[str] = []
        release = pipeline.train(
            dataset,
            settings,
            options,
            out,
            lambda _, share: shares.append(share),
            said.append,
            **more,  # type: ignore[arg-type]  # passed on as they are
        )
        return Trained(release, max(0, len(shares) - 2), said)  # Less the beginning and the end.

    return trained


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """The files of a folder: which they are on the disk, and what they hold."""
    return {file.name: (file.stat().st_ino, file.read_bytes()) for file in folder.iterdir()}


def aged(dataset: Dataset) -> Dataset:
    """The first person is 30 by now."""
    ages = dataset.ages.copy()
    ages[0] = 30
    return replace(dataset, ages=ages)


def rerated(dataset: Dataset) -> Dataset:
    """The first rating is the opposite."""
    stars = dataset.rating_stars.copy()
    stars[0] = 6 - stars[0]
    return replace(dataset, rating_stars=stars)


def retold(dataset: Dataset) -> Dataset:
    """The first movie has another genre."""
    return replace(dataset, movies=(replace(dataset.movies[0], genres=("Even",)), *dataset.movies[1:]))


def test_the_same_training_is_not_done_twice(train: Train, settings: Settings) -> None:
    """The release stays as it is, and one line says so; neither a name nor the way through the snapshot matters."""
    first = train()
    folder = settings.models_folder / first.release.version
    before = contents(folder)
    snapshot.save(replace(BOARD, name="moved"), settings.snapshot_folder)
    again = train(snapshot.load(settings.snapshot_folder))
    assert (first.epochs, first.said) == (2, [])
    assert again == Trained(
        first.release,
        0,
        [f"training: nothing has changed since release {first.release.version}; `reelmate train --force` repeats it"],
    )
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("dataset", "options"),
    [
        (aged(BOARD), OPTIONS),
        (rerated(BOARD), OPTIONS),
        (retold(BOARD), OPTIONS),
        (BOARD, replace(OPTIONS, seed=1)),
        (BOARD, replace(OPTIONS, epochs=4)),
    ],
    ids=["demographics", "ratings", "movies", "seed", "epochs"],
)
def test_anything_new_is_trained_on(train: Train, dataset: Dataset, options: TrainingOptions) -> None:
    """Each difference is a training of its own, and both are remembered."""
    train()
    assert (train(dataset, options).epochs, train(dataset, options).epochs) == (options.epochs, 0)
    assert train().epochs == 0


def test_other_people_to_train_on_are_another_training(train: Train) -> None:
    """The split is what a refresh of a running bot brings along."""
    train()
    assert train(split=split_people(BOARD, 7)).epochs == 2


@pytest.mark.parametrize("damage", ["missing", "cut off", "unreadable"])
def test_a_damaged_release_is_trained_again_and_is_whole_then(train: Train, settings: Settings, damage: str) -> None:
    """It comes out the same, and lies where the damaged one was."""
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


def test_training_can_be_asked_for_all_the_same(train: Train, settings: Settings) -> None:
    """Anew it is trained, to the same release; files that may be in use stay, but for what it says of itself."""
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
    assert [one.name for one in settings.models_folder.iterdir() if not one.name.startswith(".")] == [first.version]


def test_a_release_that_is_taken_as_it_is_becomes_the_newest(train: Train, settings: Settings) -> None:
    """So `reelmate index` publishes what `reelmate train` named last."""
    first, _, again = train(), train(options=replace(OPTIONS, seed=1)), train()
    assert pipeline.find_release(None, settings) == first.release == again.release


def test_a_folder_of_ones_own_is_looked_at_alone(train: Train, tmp_path: Path) -> None:
    """What lies in MODELS_URL is not in the folder that was asked for; once it is, it stays."""
    train()
    mine = tmp_path / "mine"
    first = train(out=mine)
    assert (first.epochs, train(out=mine).epochs, train(rerated(BOARD), out=mine).epochs) == (2, 0, 2)
    assert first.release.url == mine.as_uri()


def test_an_interrupted_training_goes_on(train: Train, settings: Settings) -> None:
    """A training that has left no release is none; only what it had not done is left to do."""

    def interrupt(_: str, share: float) -> None:
        if share == 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.train(BOARD, settings, OPTIONS, None, interrupt, print)
    assert train().epochs == 1
