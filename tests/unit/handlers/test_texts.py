"""Texts: escaped, within the limits of the Bot API, complete, and naming only commands that exist."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import recsys.data
from handlers import texts
from handlers.admin import MAX_ANNOUNCEMENT
from handlers.callbacks.buttons import Thumb
from handlers.i18n import LOCALES, Html, Label, Text, clipped, fitted, html, joined, utf16_length
from handlers.steps import QUESTIONS, Reason
from handlers.texts import (
    account,
    admin,
    cards,
    details,
    history,
    imports,
    lists,
    names,
    notices,
    onboarding,
    opinions,
    talk,
    titles,
    undo,
    wishes,
)
from recsys.histories.problems import Problem
from recsys.histories.reading import MAX_PROFILES
from recsys.histories.rows import Source
from recsys.profile import AGE_GROUPS, GENDERS, OCCUPATIONS
from recsys.services.administration import Health
from recsys.services.histories.importing import Preview, Profiles
from recsys.services.memory import ShownMovie
from recsys.services.probes import ProbeResult
from recsys.text.search import Field, Hit
from recsys.text.wishes import Wish
from storage.errors import Unavailable
from storage.imports import ImportResult
from storage.records import (
    DELIVERY_STATUSES,
    Job,
    JobStatus,
    Movie,
    Person,
)
from tests.unit.handlers.samples import ALIEN, EVERY_WISH, NASTY, with_details
from tests.unit.handlers.telegram_html import shown

MODULES = [getattr(texts, name) for name in texts.__all__]
NOBODY = Person(7, "ready", None, None, None, False, True, False, datetime(2026, 1, 1, tzinfo=UTC))
SOMEBODY = Person(7, "ready", "F", 28, 12, True, False, False, datetime(2026, 1, 1, tzinfo=UTC))


def constants(kind: type[Text] | type[Label]) -> Iterator[tuple[str, Text | Label]]:
    """Yield all texts of a kind in the modules of texts, including those in dicts and tuples."""
    for module in [*MODULES, names]:
        for name, value in vars(module).items():
            values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            for text in values:
                if isinstance(text, Text | Label) and isinstance(text, kind):
                    yield f"{_name(module)}.{name}", text


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def composed(movie: Movie, text: str) -> dict[str, Html]:
    """Return every message with values, filled with this movie and this text."""
    profile = Preview(1, Source.NETFLIX, 9_999, 1, 2, 3, 9, (text,), text)
    database_down = ProbeResult("database", 1.0, error=Unavailable(text))
    return {
        "question": onboarding.question(QUESTIONS[0], 1, 3),
        "changed_question": onboarding.changed_question(QUESTIONS[2]),
        "named": onboarding.named(movie),
        "finished": onboarding.finished(2),
        "ambiguous": titles.ambiguous(text),
        "not_found": titles.not_found(text, [movie]),
        "nothing_near": titles.not_found(text, []),
        "search_results": titles.search_results(text, [Hit(movie, field, text) for field in Field] * 3, 1_000),
        "nothing_found": titles.nothing_found(text, []),
        "nothing_found_but_alike": titles.nothing_found(text, [movie]),
        "details": details.details(with_details(movie, text)),
        "similar_to": titles.similar_to(movie),
        "how_many_stars": titles.how_many_stars(movie),
        "bad_stars": titles.bad_stars(text),
        "rated": titles.rated(movie, 3.5),
        "history": history.history(
            [ShownMovie(movie, stars, stars is None, True) for stars in (None, 5.0, 2.5)] * 4, 1, 99
        ),
        "undone rating": undo.rating(movie, 2.0),
        "unrated": undo.rating(movie, None),
        "undone mark": undo.mark(movie, "later", is_marked=True),
        "unmarked": undo.mark(movie, "seen", is_marked=False),
        "not unseen": undo.mark(movie, "unseen", is_marked=False),
        "undone import": undo.imported(1_000),
        "import preview": imports.preview(Preview(1, Source.OTHER, 9_999, 1, 2, 3, 9, (text, movie.title) * 50)),
        "import of nothing known": imports.preview(Preview(None, Source.IMDB, 1, 0, 0, 0, 0, (text,))),
        "profiles": imports.profiles(Profiles(1, Source.NETFLIX, (profile,) * MAX_PROFILES)),
        "no profile knows a film": imports.profiles(Profiles(None, Source.NETFLIX, (profile, profile))),
        "imported": imports.imported(ImportResult(1, 2, 3, 4, 5, 6)),
        "nothing new": imports.imported(ImportResult(same=1)),
        "import problem": imports.problem(Problem.TOO_MANY_ROWS),
        "undone card": undo.card(movie),
        "undone preferences": undo.preferences([text]),
        "understood": wishes.understood(EVERY_WISH, [movie, movie], [movie], [text]),
        "preferred": wishes.preferred([text, "no horror"], [text]),
        "preferences": wishes.preferences([text]),
        "picks": wishes.picks([movie, movie], wishes.HEAD_PICKS()),
        "ask": opinions.ask(movie),
        "which": opinions.which(text),
        "seen": opinions.seen(movie),
        "unseen": opinions.unseen(movie),
        "disliked": opinions.disliked(movie),
        "noted": opinions.noted([(movie, 5.0, None), (movie, 2.5, None), (movie, None, True)] * 9),
        "at most": wishes.at_most(5),
        "denied": talk.denied(text),
        "plot": talk.plot(movie),
        "people": talk.people(movie),
        "plot with details": talk.plot(replace(movie, description=text * 99)),
        "people with details": talk.people(replace(movie, directors=(text,), actors=(text,) * 20)),
        "reason": talk.reason(movie, cards.because_liked(movie)),
        "ratings": lists.ratings([(movie, 4.5)] * 8, 1, 100),
        "edit_rating": lists.edit_rating(movie, 4.5),
        "watchlist": lists.watchlist([movie] * 8, 9, 100),
        "help": account.help_text(),
        "profile": account.profile(SOMEBODY, 1, 2),
        "privacy": account.privacy(1_000),
        "odd": notices.odd(notices.Odd.STICKER),
        "announcement": admin.announcement("x" * MAX_ANNOUNCEMENT),
        "job": admin.job(job(text, "running")),
        "ended": admin.job(job(text, "failed"), admin.Deliveries(dict.fromkeys(DELIVERY_STATUSES, 100_000))),
        "busy": admin.requested(job(text, "waiting"), is_new=False),
        "how_to_refresh": admin.how_to_refresh(text),
        "health": admin.health(Health((database_down,), None, (job(text, "done"),), 0)),
        "health without database": admin.health_without_database([database_down]),
    }


def job(text: str, status: JobStatus) -> Job:
    """Return a refresh job with these words in its stage and its result."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Job(3, "model", True, None, status, 1, now, None, text[:64], 0.5, text, False)


@pytest.mark.parametrize("movie", [ALIEN, NASTY], ids=["Alien", "nasty"])
@pytest.mark.parametrize("text", ["Alien", "</b><a href='x'>&amp; {0} {text}" * 400], ids=["plain", "nasty"])
def test_telegram_accepts_every_message_with_values(movie: Movie, text: str) -> None:
    """For any title and text, tags are balanced, values are escaped, and the message is not too long."""
    for name, message in composed(movie, text).items():
        assert 0 < utf16_length(shown(message)) <= 4096, name


def test_telegram_accepts_every_message_without_values() -> None:
    """Tags are balanced and no message is too long."""
    fixed = dict(constants(Text))
    assert len(fixed) > 25
    for name, text in fixed.items():
        assert isinstance(text, Text)
        assert 0 < len(shown(text())) <= 4096, name


def test_labels_are_plain_words_that_fit() -> None:
    """Buttons, toasts and menus have no markup, and a toast is at most 200 characters long."""
    labels = dict(constants(Label))
    assert len(labels) > 30
    for name, label in labels.items():
        assert 0 < len(label()) <= 200, name
        assert not re.search(r"[<>]|&\w+;", label()), name


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        (15, "<b>R&amp;B</b> <i>and 🎬🎬 &lt;3</i>"),
        (14, "<b>R&amp;B</b> <i>and 🎬🎬…</i>"),
        (12, "<b>R&amp;B</b> <i>and 🎬…</i>"),
        (5, "<b>R&amp;B</b> <i>…</i>"),
        (4, "<b>R&amp;B</b>…"),
        (3, "<b>R&amp;…</b>"),
        (2, "<b>R…</b>"),
    ],
)
def test_a_text_is_cut_between_its_tags_and_entities(units: int, expected: str) -> None:
    """Tags count nothing, an entity counts as one and a surrogate pair as two. Open tags are closed after the cut."""
    text = Html("<b>R&amp;B</b> <i>and 🎬🎬 &lt;3</i>")
    assert fitted(text, units) == expected
    assert utf16_length(shown(fitted(text, units))) <= units


def test_what_people_read_before_they_start() -> None:
    """The descriptions fit what Telegram allows, and the longer one says what to do."""
    assert utf16_length(account.description()) <= 512
    assert "Press Start" in account.description()
    assert utf16_length(account.short_description()) <= 120


@pytest.mark.parametrize(
    ("wish", "summary"),
    [
        (Wish(), "Understood: anything you may like."),
        (Wish(("Comedy",), year_from=1990, year_to=1999), "Understood: Comedy, from the 1990s."),
        (Wish(genres_none=("Horror", "War")), "Understood: no Horror, no War."),
        (Wish(("Comedy", "War", "Drama")), "Understood: Comedy, War or Drama."),
        (Wish(genres_all=("Romance", "Comedy")), "Understood: Romance and Comedy."),
        (Wish(year_to=1979), "Understood: up to 1979."),
        (Wish(year_from=2001), "Understood: from 2001 on."),
        (Wish(year_from=1995, year_to=1995), "Understood: from 1995."),
        (Wish(year_from=1985, year_to=1994), "Understood: from 1985 to 1994."),
        (Wish(like=(1,)), "Understood: like Alien (1979)."),
        (Wish(people=("Al Pacino", "Meg Ryan")), "Understood: with Al Pacino, with Meg Ryan."),
        (Wish(people_any=("Al Pacino", "Meg Ryan")), "Understood: with Al Pacino or Meg Ryan."),
        (
            Wish(("Comedy",), like=(1,), unknown_titles=("Qwertz",), leftover=("Tom", "Hanks")),
            (
                "Understood: Comedy, like Alien (1979).\n"
                "I know no movie called “Qwertz”.\nI cannot search for “Tom Hanks”."
            ),
        ),
    ],
)
def test_a_wish_is_summarised(wish: Wish, summary: str) -> None:
    """The summary names each part of a wish, and the words that were not understood."""
    assert shown(wishes.understood(wish, [ALIEN] if wish.like else [])) == summary


def test_a_profile_lists_answers_and_counts() -> None:
    """The profile has each answer or "not told", and the sizes of both lists."""
    assert shown(account.profile(SOMEBODY, 1, 0)) == (
        "What I know of you\nAge: 25-34\nGender: woman\nOccupation: programmer\n"
        "1 rating, see /ratings\n0 movies for later, see /watchlist"
    )
    assert "Age: not told\nGender: not told\nOccupation: not told" in shown(account.profile(NOBODY, 2, 1))


def test_lists_number_their_entries() -> None:
    """A later page continues the numbers, and a single rating is in the singular."""
    assert shown(lists.ratings([(ALIEN, 4.5)], 9, 9)) == (
        "You have rated 9 movies, newest first:\n9. Alien (1979) 4.5\xa0★\nTap one to change it."
    )
    assert "You have rated 1 movie:" in lists.ratings([(ALIEN, 5.0)], 1, 1)
    assert (
        shown(lists.watchlist([ALIEN], 1, 1))
        == "1 movie to see:\n1. Alien (1979)\nTap one to see its card. ✕ takes it off the list."
    )


def test_every_choice_has_a_name() -> None:
    """Every age group, gender, occupation, question, reason and kind of message has its text."""
    assert len(names.AGE_GROUPS) == len(AGE_GROUPS)
    assert len(names.OCCUPATIONS) == len(OCCUPATIONS)
    assert set(names.GENDERS) == set(GENDERS)
    assert set(account.EDIT) == set(QUESTIONS)
    assert len({notices.odd(kind) for kind in notices.Odd}) == len(notices.Odd)
    assert all(onboarding.refused(reason) for reason in Reason)
    assert len({imports.problem(problem) for problem in Problem}) == len(Problem)
    assert set(imports.SOURCES) == set(Source)


def test_the_genres_of_the_starter_set_can_be_translated() -> None:
    """Every genre of the starter set is in the catalogue of translations."""
    with (Path(recsys.data.__file__).parent / "starter" / "movies.csv").open(encoding="utf-8", newline="") as file:
        genres = {genre for row in csv.DictReader(file) for genre in row["genres"].split("|")}
    assert genres <= {label() for label in names.GENRES}


def test_texts_name_only_commands_that_exist() -> None:
    """No text names a command that does not exist, and Telegram accepts the menus."""
    messages = [*composed(ALIEN, "Alien").values(), *(text() for kind in (Text, Label) for _, text in constants(kind))]
    named = {command for message in messages for command in re.findall(r"(?<![\w<])/([a-z]+)\b", message)}
    assert {"export", "forget", "settings", "recommend"} <= named
    assert named <= {*account.COMMANDS, *admin.COMMANDS, "start"}
    for command, label in {**account.COMMANDS, **admin.COMMANDS}.items():
        assert re.fullmatch(r"[a-z0-9_]{1,32}", command)
        assert len(label()) <= 256
        assert (f"/{command} " in account.help_text()) == (command in account.COMMANDS)


def test_privacy_answers_the_usual_questions() -> None:
    """/privacy says what is stored, where, how long, how to get and delete it, and that consent is off at first."""
    privacy = shown(account.privacy(365))
    for words in (
        "stored",
        "Where",
        "How long",
        "after 365 days",
        "/export",
        "/forget",
        "only if you switch that on",
        "It is off unless",
        "the model in use keeps what it learned from you until the next one",
        "Earlier models that learned from you are not used again",
    ):
        assert words in privacy
    assert "/forget" in onboarding.GREETING()


@pytest.mark.parametrize(
    ("thumb", "label"),
    [
        (Thumb.UP, "👍 Alien (1979)"),
        (Thumb.DOWN, "👎 Alien (1979)"),
        (Thumb.SO_SO, "😐 Alien (1979)"),
        (Thumb.OFF, "Alien (1979)"),
    ],
)
def test_a_title_button_shows_its_thumb(thumb: Thumb, label: str) -> None:
    """A tapped title has its thumb, and a long title is cut before its year."""
    assert onboarding.title_button(ALIEN, thumb) == label
    long = Movie(5, "A Very " * 20 + "Long Title", 1999)
    assert onboarding.title_button(long, thumb).endswith("\N{HORIZONTAL ELLIPSIS} (1999)")
    assert len(onboarding.title_button(long, thumb)) <= 50


def test_escaping_happens_once() -> None:
    """Values are escaped when they are filled into a template, and Html is not escaped again."""
    inner = html("<b>{title}</b>", title="R&B <3")
    assert html("{a} {b}", a=inner, b="{b} & co") == "<b>R&amp;B &lt;3</b> {b} &amp; co"
    assert joined(", ", ["a<b", Html(), "", inner]) == "a&lt;b, <b>R&amp;B &lt;3</b>"
    assert clipped("one\ntwo  three", 9) == "one two" + "\N{HORIZONTAL ELLIPSIS}"
    assert clipped("one\ntwo", 7) == "one two"
    assert clipped("🎬🎬🎬", 6) == "🎬🎬🎬"
    assert clipped("🎬🎬🎬", 5) == "🎬🎬\N{HORIZONTAL ELLIPSIS}"
    assert clipped("🎬🎬🎬", 4) == "🎬\N{HORIZONTAL ELLIPSIS}"


def test_the_catalogue_template_holds_every_text() -> None:
    """messages.pot is up to date. Run `make messages` after a change of texts."""
    keywords = {"gettext": None, "ngettext": (1, 2), "Text": None, "Label": None}
    extracted = {message for _, _, message, _, _ in extract_from_dir(str(LOCALES.parent), keywords=keywords)}
    with (LOCALES / "messages.pot").open("rb") as file:
        template = {message.id for message in read_po(file) if message.id}
    assert template == extracted
