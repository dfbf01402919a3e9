"""A person sends a file from another service: preview, import, the next card, undo."""

import json

from bot.app import Services
from bot.local_bot_api import Person
from handlers.steps import Step
from tests.flow.conversation.helpers import has, is_card, shown
from tests.unit.histories.builders import letterboxd

ODD = {(f"Movie {movie_id}", 1950 + movie_id // 10): 4.5 for movie_id in range(10, 400, 20)}
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
