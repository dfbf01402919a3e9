"""A person sends a file from another service: preview, import, the next card, undo."""

import json
from pathlib import Path

import pytest

from bot.app import Services
from bot.cli.import_history import import_history
from bot.errors import BadInput
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from handlers.callbacks import STARS
from handlers.steps import Step
from tests.flow.conversation.helpers import has, is_card, shown
from tests.unit.histories.builders import THUMBS, letterboxd

ODD = {(f"Movie {movie_id}", 1950 + movie_id // 10): 4.5 for movie_id in range(10, 400, 20)}
NETFLIX = THUMBS + "".join(
    f"{profile},{title},thumb,,{thumb},TV,2020-01-01 10:00:00,x\n"
    for profile, title, thumb in (
        ("Zoë", "Movie 10", 2),
        ("Zoë", "Movie 20", 1),
        ("Zoë", "Dark: Season 1: Alpha", 2),
        ("Max <3", "Movie 10", 1),
        ("Max <3", "Movie 30", 3),
        ("Guest", "Unknown Film", 2),
    )
)
EVEN = {(f"Movie {movie_id}", 1950 + movie_id // 10): 1.0 for movie_id in range(20, 400, 20)}


async def test_a_letterboxd_archive(bot: Services, ann: Person) -> None:
    """The preview changes nothing, the next card knows the ratings, and one undo takes all of them back."""
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, {})
    await bot.conversation.rate(ann.id, 20, 5.0, "button")
    content = letterboxd({**ODD, **EVEN, ("Unknown <Film>", 1999): 3}, [("Movie 410", 1991)], [("Movie 420", 1992)])
    await ann.send_document(content, "letterboxd-zoe.zip")
    preview = await ann.wait_for(has("Letterboxd, 42 rows: 41 films known here, 1 not found."))
    assert "39 ratings, 1 seen, 1 for your watchlist" in preview.text
    assert "• Unknown <Film> (1999)" in preview.text
    assert await bot.conversation.stars(ann.id) == {20: 5.0}
    await ann.press(preview, "Import")
    result = await ann.next_edit(preview)
    assert "38 ratings, 1 seen, 1 for your watchlist" in result.text
    assert "1 stays as you said it here" in result.text
    card = await ann.wait_for(is_card)
    assert shown(card) // 10 % 2 == 1
    assert shown(card) > 400
    stars = await bot.conversation.stars(ann.id)
    assert len(stars) == 39
    assert stars[20] == 5.0
    assert stars[10] >= 4 > 2 >= stars[40]
    await ann.send("/export")
    sent = await ann.wait_for(lambda message: "document" in message.raw)
    exported = json.loads(ann.file(sent.raw["document"]["file_id"]))
    assert [(file["source"], file["row_count"], file["entries"]) for file in exported["imports"]] == [
        ("letterboxd", 42, [])
    ]
    await ann.send("/export letterboxd")
    sent = await ann.wait_for(lambda message: message.raw.get("document", {}).get("file_name") == "letterboxd.csv")
    header, *lines = ann.file(sent.raw["document"]["file_id"]).decode().splitlines()
    assert header == "tmdbID,imdbID,Title,Year,Rating10,WatchedDate"
    assert {",,Movie 10,1951,9,2024-01-02", ",,Movie 410,1991,,"} <= set(lines)
    await ann.press(result, "Undo")
    await ann.wait_for(has("with its 40 movies"))
    assert await bot.conversation.stars(ann.id) == {20: 5.0}
    assert await bot.conversation.watchlist(ann.id) == []


async def test_the_profiles_of_a_netflix_account(bot: Services, ann: Person, caplog: pytest.LogCaptureFixture) -> None:
    """Ann says which profile is hers. Nothing of the others is stored, and no profile is named in the log."""
    caplog.set_level("INFO")
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, {})
    await ann.send_document(NETFLIX.encode(), "Ratings.csv", "text/csv")
    question = await ann.wait_for(has("Netflix, 6 rows."))
    assert "• Zoë: 2 films known here, 1 series left out." in question.text
    assert "• Max <3: 2 films known here." in question.text
    assert "• Guest: 0 films known here, 1 not found." in question.text
    assert [button.text for button in question.buttons] == ["Zoë: 2 films", "Max <3: 2 films", "✖ Cancel"]
    assert await bot.conversation.stars(ann.id) == {}
    await ann.press(question, "Max <3: 2 films")
    assert "Imported: 2 ratings." in (await ann.next_edit(question)).text
    assert await bot.conversation.stars(ann.id) == {10: 1.0, 30: 5.0}
    tap = await ann.press(question, "Zoë: 2 films")
    assert "Send it again" in (await tap.answered()).text
    await ann.send_document(NETFLIX.encode(), "Ratings.csv", "text/csv")
    question = await ann.wait_for(has("Netflix, 6 rows."))
    await ann.press(question, "Cancel")
    assert (await ann.next_edit(question)).text == "Nothing was imported."
    exported = await bot.conversation.export(ann.id)
    assert exported is not None
    assert [file["entries"] for file in exported["imports"]] == [[]]
    assert await bot.conversation.stars(ann.id) == {10: 1.0, 30: 5.0}
    assert not [name for name in ("Zoë", "Max", "Guest") if name in caplog.text]


async def test_the_profile_on_the_command_line(bot: Services, ann: Person, polling: Settings, tmp_path: Path) -> None:
    """Without a profile, one sentence lists them and nothing is imported. With one, only its films are."""
    file = tmp_path / "Ratings.csv"
    file.write_text(NETFLIX)
    listed = "'Zoë' (2 films known here), 'Max <3' (2 films known here), 'Guest' (0 films known here)"
    for profile in (None, "zoe"):
        with pytest.raises(BadInput) as refused:
            await import_history(polling, file, ann.id, profile, preview=False)
        assert str(refused.value) == f"{file}: say with --profile NAME whose films to import: {listed}"
    exported = await bot.conversation.export(ann.id)
    assert exported is not None
    assert (exported["imports"], exported["ratings"]) == ([], [])
    result = await import_history(polling, file, ann.id, "Zoë", preview=False)
    assert result["file"] == {"source": "netflix", "rows": 3, "known": 2, "left_out": 1, "not_found": 0}
    assert result["imported"]["rated"] == 2
    assert await bot.conversation.stars(ann.id) == {10: 5.0, 20: 1.0}
    file.write_text("Title,Date\nMovie 30,1/31/24\n")
    with pytest.raises(BadInput, match="this file names no profiles"):
        await import_history(polling, file, ann.id, "Zoë", preview=False)
    assert (await import_history(polling, file, ann.id, None, preview=False))["imported"]["seen"] == 1


async def test_an_export_that_another_person_imports(bot: Services, server: TelegramServer, ann: Person) -> None:
    """Bob gets exactly Ann's ratings, however she uses the scale."""
    given = {10 * place: stars for place, stars in enumerate([*STARS, *[4.5] * 20, *[1.5] * 5], 1)}
    for movie_id, stars in given.items():
        await bot.conversation.rate(ann.id, movie_id, stars, "button")
    bob = server.person(8, "Bob")
    await bob.send("/start")
    await bob.next_message()
    await bot.conversation.change_step(bob.id, Step.WELCOME, Step.READY, {})
    await bob.send_document(await bot.histories.for_letterboxd(ann.id), "letterboxd.csv", "text/csv")
    preview = await bob.wait_for(has("Your export, 34 rows: 34 films known here."))
    await bob.press(preview, "Import")
    await bob.next_edit(preview)
    assert await bot.conversation.stars(bob.id) == given


async def test_a_file_that_was_dropped_changes_nothing(bot: Services, ann: Person) -> None:
    """Cancel drops the draft, and a later tap on Import finds nothing."""
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, {})
    await ann.send_document(letterboxd(ODD, [], []), "x.zip")
    preview = await ann.wait_for(has("20 films known here"))
    await ann.press(preview, "Cancel")
    assert (await ann.next_edit(preview)).text == "Nothing was imported."
    tap = await ann.press(preview, "Import")
    assert "Send it again" in (await tap.answered()).text
    assert await bot.conversation.stars(ann.id) == {}


async def test_the_later_rating_counts_under_two_names(bot: Services, ann: Person) -> None:
    """Of two rows of one movie that write its title differently, the later one counts, by its date or its place."""
    await bot.conversation.change_step(ann.id, Step.WELCOME, Step.READY, {})
    table = (
        "Title,Year,Rating,Date\nMovie-10,1951,5,2024-02-01\nMovie 10,1951,1,2024-01-01\n"
        "Movie-20,1952,5,2024-01-01\nMovie 20,1952,1,2024-02-01\nMovie-30,1953,5,\nMovie 30,1953,1,\n"
    )
    await ann.send_document(table.encode(), "mine.csv", "text/csv")
    preview = await ann.wait_for(has("3 ratings"))
    await ann.press(preview, "Import")
    await ann.next_edit(preview)
    stars = await bot.conversation.stars(ann.id)
    assert stars[10] >= 4 > 2 >= stars[20]
    assert stars[30] <= 2


async def test_files_that_cannot_be_read(bot: Services, ann: Person) -> None:
    """Each gets one sentence, also before the onboarding is over, and nothing is stored."""
    for content, words in ((b"<html>", "web page"), (b"\0\1\2", "can't read"), (b"PK\x03\x04cut", "damaged")):
        await ann.send_document(content, "ratings.csv", "text/csv")
        await ann.wait_for(has(words))
    assert await bot.conversation.stars(ann.id) == {}
