"""Activation, rollback, refreshes, and the training process."""

import asyncio
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot.releases.training_process
from bot.app import Services, open_services
from bot.releases import pipeline
from bot.releases.activation import KEPT_FOLDERS, Live, Refused, go_live, roll_back
from bot.releases.refresh import refresh_metadata, refresh_model, refresh_vectors
from bot.releases.training_child import training_set
from bot.releases.training_process import TrainingFailed, train_in_process
from bot.reporting import ShowProgress, no_progress
from bot.settings import Settings
from bot.stores import Stores
from recsys.data import Dataset
from recsys.serving.publish import PublishCheck
from recsys.text.meaning import Situation, Wished
from recsys.training.options import TrainingOptions
from storage.errors import Conflict, NotFound
from storage.records import Movie
from storage.vectors import open_index
from tests.flow.releases.helpers import Models, arrive, contribute, release_of, serving

NOW = datetime(2026, 3, 1, tzinfo=UTC)
QUICK = TrainingOptions(epochs=2, min_steps=0, batch_size=64, validations=1)


@pytest.mark.parametrize(
    ("active_ndcg", "new_ndcg", "is_live"),
    [(0.5, 0.49, True), (0.5, 0.4899, False), (0.5, None, False), (None, 0.1, True), (None, None, True)],
)
async def test_a_release_that_is_worse_by_more_than_2_percent_is_refused(
    stores: Stores, settings: Settings, models: Models, active_ndcg: float | None, new_ndcg: float | None, is_live: bool
) -> None:
    """With `allow_worse` it is activated."""
    await go_live(stores, settings, release_of(models.good, settings, active_ndcg))
    new = release_of(models.second, settings, new_ndcg)
    outcome = await go_live(stores, settings, new)
    active = await stores.releases.active()
    assert active is not None
    if is_live:
        assert outcome == Live(new, published=False)
        assert active.version == models.second.version
        return
    assert isinstance(outcome, Refused)
    assert models.second.version in outcome.reason
    assert active.version == models.good.version
    assert await go_live(stores, settings, new, allow_worse=True) == Live(new, published=False)
    assert await stores.releases.previous() == active


async def test_a_folder_that_is_no_release_is_refused(stores: Stores, settings: Settings, models: Models) -> None:
    """`allow_worse` does not help, and the active release stays."""
    await go_live(stores, settings, release_of(models.good, settings))
    broken = release_of(models.second, settings)
    (settings.models_folder / broken.version / "movies.safetensors").unlink()
    outcome = await go_live(stores, settings, broken, allow_worse=True)
    assert isinstance(outcome, Refused)
    assert "movies.safetensors is missing" in outcome.reason
    active = await stores.releases.active()
    assert active is not None
    assert active.version == models.good.version


async def test_a_release_of_another_data_set_is_refused(stores: Stores, settings: Settings, models: Models) -> None:
    """Its movies are not in the catalogue."""
    await stores.catalogue.replace([Movie(10, "Alone")])
    outcome = await go_live(stores, settings, release_of(models.good, settings), allow_worse=True)
    assert isinstance(outcome, Refused)
    assert "lacks 59 of the release's 60 movies" in outcome.reason
    assert await stores.releases.active() is None


async def test_each_rollback_goes_back_by_one_release(stores: Stores, settings: Settings, models: Models) -> None:
    """It is refused if the previous release cannot be read, and does nothing for a version that is not active."""
    assert isinstance(await roll_back(stores), Refused)
    releases = [release_of(model, settings) for model in models]
    for release in releases:
        await go_live(stores, settings, release)
    first = await roll_back(stores, releases[2].version)
    repeated = await roll_back(stores, releases[2].version)
    assert isinstance(first, Live)
    assert isinstance(repeated, Live)
    assert first.release.version == repeated.release.version == releases[1].version
    weights = settings.models_folder / releases[0].version / "towers.safetensors"
    weights.rename(weights.with_suffix(".gone"))
    assert "towers.safetensors is missing" in refusal(await roll_back(stores))
    weights.with_suffix(".gone").rename(weights)
    assert isinstance(await roll_back(stores), Live)
    assert refusal(await roll_back(stores)) == f"there is no release from before {releases[0].version}"


async def test_a_rollback_skips_releases_that_learned_from_somebody_who_has_left(
    stores: Stores, settings: Settings, models: Models
) -> None:
    """If no other release is left, the rollback is refused. Nobody has left who has consented again."""
    first, second, third = [release_of(model, settings) for model in models]
    await contribute(stores, 3)
    await go_live(stores, settings, first)
    for release in (second, third):
        await stores.contributors.record(release.version, (await stores.contributors.read())[1])
        await go_live(stores, settings, release)
    await stores.people.forget(3)
    assert await roll_back(stores) == Live(first, skipped=1)
    assert await stores.releases.active() == first
    await go_live(stores, settings, second)
    await stores.releases.activate(first.version)
    every = f"every release before {first.version} learned from somebody who has left: refresh the model"
    assert refusal(await roll_back(stores)) == every
    assert await stores.releases.active() == first
    await contribute(stores, 3)
    assert await roll_back(stores) == Live(second)


async def test_a_rollback_ignores_releases_whose_folder_was_deleted(
    stores: Stores, settings: Settings, models: Models
) -> None:
    """It goes back further. If no folder is left, it is refused."""
    releases = [release_of(model, settings) for model in models]
    for release in releases:
        await go_live(stores, settings, release)
    shutil.rmtree(settings.models_folder / releases[1].version)
    assert await roll_back(stores) == Live(releases[0])
    await stores.releases.activate(releases[2].version)
    shutil.rmtree(settings.models_folder / releases[0].version)
    assert refusal(await roll_back(stores)) == f"there is no release from before {releases[2].version}"


async def test_a_release_that_learned_from_somebody_who_has_left_is_not_published(
    stores: Stores, settings: Settings, models: Models
) -> None:
    """`reelmate index` refuses it, unless it is the active release, whose vectors may have been lost."""
    release = release_of(models.good, settings)
    for person_id in (3, 4):
        await contribute(stores, person_id)
    await stores.contributors.record(release.version, (await stores.contributors.read())[1])
    await pipeline.index_release(release, settings, no_progress)
    await stores.people.update(3, consent=False)
    await stores.people.forget(4)
    await pipeline.index_release(release, settings, no_progress)
    await stores.releases.add(release_of(models.second, settings))
    await stores.releases.activate(models.second.version)
    with pytest.raises(Conflict, match=f"release {release.version} learned from 2 people who have left: run `reelmate"):
        await pipeline.index_release(release, settings, no_progress)
    active = await stores.releases.active()
    assert active is not None
    assert active.version == models.second.version


def refusal(outcome: Live | Refused) -> str:
    """Return the reason of a refusal."""
    assert isinstance(outcome, Refused)
    return outcome.reason


async def test_old_folders_are_deleted_but_not_those_of_the_active_and_the_previous_release(
    stores: Stores, settings: Settings, models: Models
) -> None:
    """Folders whose name is not a version are kept too. Who contributed is deleted with the folder."""
    old = [models.good, models.second]
    for model in old:
        await go_live(stores, settings, release_of(model, settings))
        os.utime(settings.models_folder / model.version / "release.json", (1, 1))
    empty = [f"{number:016x}" for number in range(KEPT_FOLDERS + 2)]
    for age, name in enumerate(["my-own", *empty]):
        (settings.models_folder / name).mkdir()
        file = settings.models_folder / name / "release.json"
        file.write_text("{}")
        os.utime(file, (1e9 - age, 1e9 - age))
    await contribute(stores, 3)
    for version in empty:
        await stores.contributors.record(version, (await stores.contributors.read())[1])
    await stores.people.forget(3)
    for _ in range(2):
        await go_live(stores, settings, release_of(models.second, settings))
    left = {folder.name for folder in settings.models_folder.iterdir() if not folder.name.startswith(".")}
    # The third model is newer than the empty releases.
    assert left == {*(model.version for model in old), models.third.version, "my-own", *empty[: KEPT_FOLDERS - 1]}
    counts = [await stores.contributors.count_left(version) for version in empty]
    assert counts == [1] * (KEPT_FOLDERS - 1) + [0] * 3


async def test_refreshed_metadata_reaches_a_running_bot_and_its_filters(
    replicas: tuple[Services, Services], stores: Stores, settings: Settings, board: Dataset
) -> None:
    """A bot's index in memory finds a movie by its new genre."""
    changed = Movie(10, "Movie 10", 1951, ("Western",))
    assert await refresh_metadata(stores, settings, [changed]) == 1
    replica = replicas[0]
    await arrive(replica.conversation)
    await replica.conversation.rate(7, 10, None, "button")
    await replica.reloader.sync()
    wish = await replica.conversation.read("western", Situation())
    assert isinstance(wish, Wished)
    [card] = await replica.conversation.next_cards(7, wish.wish)
    assert (card.movie, card.model_missing) == (changed, False)
    assert await refresh_metadata(stores, settings) == len(board.movies)


async def test_vectors_are_published_if_the_index_is_free(stores: Stores, settings: Settings, models: Models) -> None:
    """A bot that has Milvus Lite open publishes them itself."""
    with pytest.raises(NotFound, match="no trained model"):
        await refresh_vectors(stores, settings)
    url = f"milvus+lite://{settings.reelmate_home}/milvus.db"
    lite = Settings(**{**settings.model_dump(), "vectors_url": url})
    good = release_of(models.good, lite)
    check = PublishCheck("FLAT", 1.0, 1.0)
    assert await go_live(stores, lite, good) == Live(good, published=True, check=check)
    index = await open_index(url)
    assert await index.versions() == [models.good.version]
    await index.close()
    async with open_services(lite) as services:
        assert await refresh_vectors(stores, lite) is False
        outcome = await go_live(stores, lite, release_of(models.second, lite))
        assert isinstance(outcome, Live)
        assert outcome.published is False
        await services.reloader.sync()
        assert serving(services) == models.second.version
        assert set(await services.index.versions()) == {models.good.version, models.second.version}


def shares_of_training(shares: list[float]) -> ShowProgress:
    """Return a function that collects the progress of the epochs alone."""

    def show(stage: str, share: float) -> None:
        if stage == "training":
            shares.append(share)

    return show


class TestTraining:
    """Training on the imported data set and on the contributors' ratings."""

    async def test_only_contributors_are_trained_on(self, stores: Stores, settings: Settings, board: Dataset) -> None:
        """They are appended to the data set's people, and the validation newcomers do not change."""
        before, split_before, _ = await training_set(settings, 0)
        for person_id, consent in ((987_654_321, True), (3, False)):
            await stores.people.get_or_create(person_id, "ready", NOW)
            await stores.people.update(person_id, consent=consent)
            await stores.ratings.rate(person_id, 10, 5, "button", NOW)
        dataset, split, _ = await training_set(settings, 0)
        assert len(before.user_ids) == len(board.user_ids) == len(dataset.user_ids) - 1
        assert dataset.user_ids.tolist() == list(range(1, 202))
        assert len(dataset.rating_stars) == len(board.rating_stars) + 1
        assert split.validation.tolist() == split_before.validation.tolist()
        assert split.train.tolist() == [*split_before.train.tolist(), 200]

    async def test_a_trained_release_goes_live(self, stores: Stores, settings: Settings) -> None:
        """The training process reports its progress."""
        reports: list[tuple[str, float]] = []
        first = await refresh_model(stores, settings, QUICK, lambda *report: reports.append(report))
        assert isinstance(first, Live)
        assert [share for stage, share in reports if stage == "training"] == [0.0, 0.5, 1.0, 1.0]
        assert await stores.releases.active() == first.release
        assert first.release.validation_ndcg is not None

    async def test_a_refresh_learns_from_who_consents_and_leaves_out_who_has_left(
        self, stores: Stores, settings: Settings
    ) -> None:
        """A contributor makes another release. Without them the release is that from before, and nothing is trained."""
        stages: list[str] = []

        async def refreshed() -> Live:
            stages.clear()
            outcome = await refresh_model(
                stores, settings, QUICK, lambda stage, _: stages.append(stage), allow_worse=True
            )
            assert isinstance(outcome, Live)
            return outcome

        first = await refreshed()
        await contribute(stores, 3)
        second = await refreshed()
        assert second != first
        assert "training" in stages
        assert await stores.contributors.count_left(second.release.version) == 0
        await stores.people.update(3, consent=False)
        assert await stores.contributors.count_left(second.release.version) == 1
        assert await refreshed() == replace(first, is_new=False)
        assert await refreshed() == replace(first, is_new=False, was_live=True)
        assert "training" not in stages
        assert await stores.contributors.count_left(first.release.version) == 0
        assert await stores.releases.earlier() == [second.release]
        assert "learned from somebody who has left" in refusal(await roll_back(stores))

    async def test_cancelling_kills_the_process_and_the_next_training_resumes(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No process is left behind, and the second training starts from the checkpoint."""
        started: list[asyncio.subprocess.Process] = []
        start = asyncio.create_subprocess_exec

        async def recording(*arguments: str, **options: object) -> asyncio.subprocess.Process:
            started.append(await start(*arguments, **options))  # type: ignore[arg-type]  # passed on as they are
            return started[-1]

        monkeypatch.setattr(bot.releases.training_process.asyncio, "create_subprocess_exec", recording)
        long = TrainingOptions(epochs=400, min_steps=0, batch_size=64, validations=400, patience=400)
        shares: list[float] = []
        task = asyncio.create_task(train_in_process(settings, long, shares_of_training(shares)))
        while not shares or shares[-1] < 0.01:  # noqa: ASYNC110 - another process makes the progress.
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert started[0].returncode is not None
        resumed: list[float] = []
        task = asyncio.create_task(train_in_process(settings, long, shares_of_training(resumed)))
        while not any(resumed):  # noqa: ASYNC110 - another process makes the progress.
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        assert max(resumed) > next(share for share in shares if share)

    async def test_a_training_that_fails_is_a_refusal(self, stores: Stores, settings: Settings, tmp_path: Path) -> None:
        """Without an imported data set the reason names the command to run."""
        empty = Settings(**{**settings.model_dump(), "reelmate_home": tmp_path / "empty"})
        assert await refresh_model(stores, empty, QUICK) == Refused("no data set imported yet; run `reelmate import`")
        assert await stores.releases.active() is None

    async def test_a_process_that_dies_is_a_failed_training(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The reason is one line with the exit status."""
        monkeypatch.setattr(bot.releases.training_process.sys, "executable", "/bin/false")
        assert await train_in_process(settings, QUICK, lambda *_: None) == TrainingFailed(
            "training ended with status 1: no error message"
        )
