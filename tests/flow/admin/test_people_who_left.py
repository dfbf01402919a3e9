"""After /forget or withdrawn consent, models that learned from the person are counted and never restored."""

from datetime import UTC, datetime

import numpy as np

from bot.app import Services
from bot.health import check
from bot.local_bot_api import Message, Person, TelegramServer
from bot.releases.activation import Live, go_live
from bot.settings import Settings
from recsys.data import Dataset
from recsys.models.item_reranker import ItemReranker
from recsys.models.towers import Towers, assemble
from storage.records import Release
from tests.flow.admin.helpers import has
from tests.networks import network_of


async def answer(person: Person, text: str, words: str) -> Message:
    """Send a text, and return the next message with these words that was not returned before."""
    await person.send(text)
    while words not in (message := await person.next_message()).text:
        pass
    return message


async def consent(person: Person) -> None:
    """Rate a movie, and switch the consent to training on."""
    await answer(person, "/rate Movie 10 5", "Movie 10")
    await switch_consent(person, "⬜")


async def switch_consent(person: Person, sign: str) -> None:
    """Press the button for the consent, which shows this sign."""
    settings = await answer(person, "/settings", "Settings")
    await person.press(settings, f"{sign} My ratings may train the model")
    await person.next_edit(settings)


async def train(bot: Services, settings: Settings, towers: Towers, board: Dataset, bonus: float) -> Release:
    """Activate a release that learned from everybody who consents now: the same towers with another re-ranker."""
    count = len(board.movies)
    weights, bonuses = np.zeros((10, 10), np.float32), np.full(count, bonus, np.float32)
    model = assemble(
        network_of(towers),
        towers.vocabulary,
        board.movies,
        seed=0,
        dataset=board.name,
        validation_ndcg=None,
        item_reranker=ItemReranker(np.arange(10), weights, bonuses),
    )
    folder = settings.models_folder / model.version
    await bot.stores.contributors.record(model.version, (await bot.stores.contributors.read())[1])
    model.save(folder)
    release = Release(model.version, folder.as_uri(), datetime.now(UTC))
    assert isinstance(await go_live(bot.stores, settings, release), Live)
    return release


async def model_lines(ada: Person) -> list[str]:
    """Return what /health says about the model."""
    lines = (await answer(ada, "/health", "Health")).text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("Model:"))
    return [line for line in lines[first:] if "Model:" in line or "left" in line]


async def test_who_leaves_is_in_no_model_that_a_rollback_restores(
    bot: Services,
    settings: Settings,
    server: TelegramServer,
    ada: Person,
    towers: Towers,
    board: Dataset,
) -> None:
    """Ann uses /forget, Bob withdraws his consent, Cleo stays. The rollback goes back to the model of the data set."""
    ann, bob, cleo = (server.person(person_id, name) for person_id, name in ((11, "Ann"), (12, "Bob"), (13, "Cleo")))
    for person in (ann, bob, cleo):
        await consent(person)
    releases = [await train(bot, settings, towers, board, bonus) for bonus in (1.0, 2.0)]
    line = f"Model: {releases[1].version} of {releases[1].created_at:%Y-%m-%d}"
    assert await model_lines(ada) == [line]

    asked = await answer(ann, "/forget", "Delete all of it?")
    await ann.press(asked, "Yes, delete everything")
    await ann.next_edit(asked)
    await switch_consent(bob, "✅")
    assert await model_lines(ada) == [line, "It learned from 2 people who have left; /refresh model leaves them out"]
    (finding,) = [finding for finding in await check(settings) if finding.setting == "MODELS_URL"]
    model, remedy = finding.detail.split("; ")
    assert model == f"release {releases[1].version}, 60 movies"
    assert remedy == "it learned from 2 people who have left: run `reelmate refresh model`"

    await ada.send("/refresh rollback")
    done = await ada.wait_for(has("is live"))
    assert f"Release {towers.version} is live. 1 release after it learned from somebody who has left" in done.text
    active = await bot.stores.releases.active()
    assert active is not None
    assert active.version == towers.version
    assert len(await model_lines(ada)) == 1

    privacy = (await answer(bob, "/privacy", "Your data")).text
    assert "the model in use keeps what it learned from you until the next one" in privacy
    assert "Earlier models that learned from you are not used again." in privacy


async def test_a_rollback_to_people_who_left_fails(
    bot: Services, settings: Settings, server: TelegramServer, ada: Person, towers: Towers, board: Dataset
) -> None:
    """The active model stays, and the message says what to do. Once the person consents again, the rollback works."""
    bob = server.person(12, "Bob")
    await consent(bob)
    await bot.stores.contributors.record(towers.version, (await bot.stores.contributors.read())[1])
    await switch_consent(bob, "✅")
    release = await train(bot, settings, towers, board, 1.0)
    await ada.send("/refresh rollback")
    failed = await ada.wait_for(has("failed"))
    assert (
        f"every release before {release.version} learned from somebody who has left: refresh the model" in failed.text
    )
    assert await bot.stores.releases.active() == release
    await switch_consent(bob, "⬜")
    await ada.send("/refresh rollback")
    done = await ada.wait_for(has("is live"))
    assert done.text.endswith(f"Release {towers.version} is live.")
