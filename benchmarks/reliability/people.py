"""Simulated people who onboard, thumb, rate, undo and wish, and write down what they did and saw."""

import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.reliability.checker import StoredPerson
from benchmarks.reliability.record import Action, Finding, Kind
from benchmarks.reliability.screens import (
    bot_messages,
    cards_of,
    has_answer,
    is_nothing_left,
    last_id,
    movie_on,
    values_on,
)
from bot.local_bot_api import Message, Person, TelegramServer
from bot.local_bot_api.person import Press
from handlers.callbacks import CallbackData, pack
from handlers.callbacks.buttons import (
    Action as CardButton,
)
from handlers.callbacks.buttons import (
    AgeChosen,
    CardAction,
    GenderChosen,
    OccupationChosen,
    OnboardingNav,
    Setting,
    SettingToggle,
    Thumb,
    TitlesDone,
    ToggleTitle,
    UndoChange,
)
from handlers.steps import Move
from handlers.texts import notices
from recsys.profile import AGE_GROUPS, DISLIKE, LIKE

TIMEOUT_S = 120.0
"""A person gives up after this time, kills and starts of the bot included."""

_APOLOGIES = (str(notices.SOMETHING_BROKE()), str(notices.OUT_OF_REACH()))
_WISHES = ("90s comedy", "something funny", "/recommend drama, no horror", "/recommend", "thriller before 1980")
_STARS = {CardButton.LIKE: LIKE, CardButton.DISLIKE: DISLIKE}
_MARKS = {
    CardButton.SEEN: "seen",
    CardButton.LATER: "later",
    CardButton.NEXT: "next",
    CardButton.MORE_LIKE_THIS: "similar",
}
_THUMBS = {LIKE: "👍", DISLIKE: "👎"}
_TYPED_STARS = (1.5, 2.5, 3.5, 4.5)


@dataclass(frozen=True, slots=True)
class Title:
    """A title that means one movie, whatever is typed behind it."""

    movie_id: int
    text: str


class Guest:
    """A simulated person, who does one thing after the other and waits for each answer.

    Attributes:
        actions: what the person did, in the order of the updates.
        findings: the promises that the person saw broken.
        case: what is tried with this person; empty in a trial of kills.
    """

    def __init__(
        self,
        server: TelegramServer,
        person: Person,
        titles: Sequence[Title],
        stored: StoredPerson,
        dice: random.Random,
    ) -> None:
        """Create a person who has not written to the bot.

        Args:
            server: Telegram.
            person: the person's chat.
            titles: what the person can rate by typing.
            stored: what the bot has stored of the person.
            dice: what the person does next.
        """
        self.person = person
        self.actions: list[Action] = []
        self.findings: list[Finding] = []
        self.case = ""
        self._server, self._titles, self._stored, self._dice = server, titles, stored, dice
        self._timeout_s = TIMEOUT_S
        self._is_owed = True
        self._answered: set[tuple[int, int]] = set()

    def pause(self, mean_s: float) -> float:
        """Return how long the person pauses before the next deed, in seconds."""
        return self._dice.uniform(0, 2 * mean_s)

    @contextmanager
    def expecting_nothing(self, timeout_s: float) -> Iterator[None]:
        """Wait at most `timeout_s` for each answer until the block ends, and do not mind if there is none."""
        self._timeout_s, self._is_owed = timeout_s, False
        try:
            yield
        finally:
            self._timeout_s, self._is_owed = TIMEOUT_S, True

    # The parts of a visit.

    async def onboard(self) -> None:
        """Answer the three questions, thumb a few titles, and get the first card."""
        await self._say("/start", Kind.OTHER, lambda: self._newest_with(OnboardingNav) is not None)
        begin = next(nav for nav in values_on(self._expect(OnboardingNav), OnboardingNav) if nav.move is Move.BEGIN)
        await self._tap(self._expect(OnboardingNav), begin, lambda: self._newest_with(AgeChosen) is not None)
        ages = [age for age in values_on(self._expect(AgeChosen), AgeChosen) if age.group is not None]
        age = self._dice.choice(ages)
        await self._tap(
            self._expect(AgeChosen),
            age,
            lambda: self._newest_with(GenderChosen) is not None,
            kind=Kind.QUESTION,
            profile=("age", AGE_GROUPS[age.group or 0][0]),
        )
        gender = self._dice.choice(values_on(self._expect(GenderChosen), GenderChosen))
        await self._tap(
            self._expect(GenderChosen),
            gender,
            lambda: self._newest_with(OccupationChosen) is not None,
            kind=Kind.QUESTION,
            profile=("gender", gender.gender),
        )
        occupation = self._dice.choice(values_on(self._expect(OccupationChosen), OccupationChosen))
        await self._tap(
            self._expect(OccupationChosen),
            occupation,
            lambda: self._newest_with(ToggleTitle) is not None,
            kind=Kind.QUESTION,
            profile=("occupation", occupation.occupation),
        )
        for _ in range(3):
            await self._toggle_a_title()
        await self.switch_announcements_on()
        await self._tap(
            self._expect(ToggleTitle),
            values_on(self._expect(ToggleTitle), TitlesDone)[0],
            lambda: bool(cards_of(self.person)),
        )

    async def do_something(self) -> None:
        """Do one thing at random. A person without a card asks for one."""
        deeds: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.tap_a_card, 12),
            (self._tap_twice, 2),
            (self._undo, 3),
            (self._tap_undo, 3),
            (self._react, 2),
            (self._reply, 2),
            (self._rate_by_typing, 3),
            (self.wish, 3),
        ]
        does, weights = zip(*deeds if cards_of(self.person) else [(self.wish, 1)], strict=True)
        await self._dice.choices(does, weights)[0]()

    async def wish(self) -> None:
        """Ask for a card."""
        after = last_id(self.person)
        await self._say(self._dice.choice(_WISHES), Kind.OTHER, lambda: has_answer(self.person, after))

    async def export(self) -> None:
        """Ask for everything that is stored."""
        after = last_id(self.person)
        await self._say("/export", Kind.OTHER, lambda: has_answer(self.person, after))

    async def tap_a_card(self) -> None:
        """Tap a button of the last card and wait for the next card."""
        card, movie_id = self._last_card()
        button = self._dice.choice((*[CardButton.LIKE] * 4, *[CardButton.DISLIKE] * 3, *CardButton))
        await self.tap_card(card, movie_id, button)

    async def tap_card(self, message_id: int, movie_id: int, button: CardButton) -> Action:
        """Tap a button of a card and wait until the message shows another card, or is gone and there is a new one."""
        after = last_id(self.person)
        action, _ = await self._start_tapping(message_id, movie_id, button)
        await self._wait(action, lambda: self._is_replaced(message_id, movie_id, after))
        action.is_followed = self._is_followed(message_id, movie_id, after)
        if not action.is_followed:
            self._answered.discard((message_id, movie_id))
        return action

    async def tap_all_cards(self, *, repairs: bool) -> None:
        """Tap each card on the screen, so that the checker sees whether each is alive.

        Args:
            repairs: whether a card may show a movie that was answered before. A tap must put the present one there.
        """
        for message_id in list(cards_of(self.person)):
            movie_id = movie_on(self.person.message(message_id))
            if movie_id is not None and (message_id, movie_id) in self._answered:
                action = await self.tap_card(message_id, movie_id, CardButton.LIKE)
                if not repairs:
                    detail = f"message {message_id} showed a movie that had been answered"
                    self.findings.append(Finding("dead card", action.update_id, detail))
                movie_id = movie_on(self.person.message(message_id))
            if movie_id is not None:
                await self.tap_card(message_id, movie_id, self._dice.choice((CardButton.LIKE, CardButton.DISLIKE)))

    # The single deeds.

    async def _toggle_a_title(self) -> None:
        page = self._expect(ToggleTitle)
        toggle = self._dice.choice([value for value in values_on(page, ToggleTitle) if value.thumb is Thumb.UP])

        def is_shown() -> bool:
            message = self._newest_with(ToggleTitle)
            after = ToggleTitle(toggle.movie_id, toggle.page, toggle.thumb.next)
            return message is not None and after in values_on(message, ToggleTitle)

        await self._tap(page, toggle, is_shown, kind=Kind.TITLE, movie_id=toggle.movie_id, stars=LIKE)

    async def switch_announcements_on(self) -> None:
        """Switch announcements on in the settings."""
        await self._say("/settings", Kind.OTHER, lambda: self._newest_with(SettingToggle) is not None)
        settings = self._expect(SettingToggle)
        on = SettingToggle(Setting.NOTIFY, True)
        off = SettingToggle(Setting.NOTIFY, False)

        def is_shown() -> bool:
            # If the bot was killed, the settings can come a second time, and then the newest message was not tapped.
            tapped = self.person.message(settings.message_id)
            return tapped is not None and off in values_on(tapped, SettingToggle)

        await self._tap(settings, on, is_shown, kind=Kind.QUESTION, profile=("notify", True))

    async def _tap_twice(self) -> None:
        card, movie_id = self._last_card()
        after = last_id(self.person)
        first, _ = await self._start_tapping(card, movie_id, CardButton.LIKE)
        second, press = await self._start_tapping(card, movie_id, CardButton.DISLIKE)
        await self._wait(first, lambda: self._is_replaced(card, movie_id, after))
        await self._wait(second, lambda: self.person.answer_to(press.query_id) is not None)
        first.is_followed = second.is_followed = self._is_followed(card, movie_id, after)
        if not first.is_followed:
            self._answered.discard((card, movie_id))

    async def _undo(self) -> None:
        after = last_id(self.person)
        await self._say("/undo", Kind.UNDO, lambda: has_answer(self.person, after))

    async def _tap_undo(self) -> None:
        card, shown = self._last_card()
        message = self.person.message(card)
        undo = values_on(message, UndoChange) if message is not None else []
        movie_id = self._stored.movie_of_change(undo[0].number) if undo else None
        if message is None or movie_id is None:
            return
        after = last_id(self.person)
        self._answered.discard((card, movie_id))
        action, press = await self._press(message, undo[0], kind=Kind.UNDO_BUTTON, message_id=card, movie_id=movie_id)

        def is_answered() -> bool:
            answer = self.person.answer_to(press.query_id)
            is_refused = answer is not None and bool(answer.text)
            return is_refused or has_answer(self.person, after) or self._is_replaced(card, shown, after)

        await self._wait(action, is_answered)

    async def _react(self) -> None:
        card, movie_id = self._last_card()
        message = self.person.message(card)
        stars = self._dice.choice(list(_THUMBS))
        if message is None or message.reactions.person or movie_id in self._rated_movies():
            return
        if not self._stored.is_card(card):
            # The bot was killed between sending and recording the card. It ignores reactions to it, as is documented.
            return
        after = last_id(self.person)
        action = await self._do(
            Kind.REACTION, self.person.react(message, _THUMBS[stars]), message_id=card, movie_id=movie_id, stars=stars
        )
        await self._wait(action, lambda: has_answer(self.person, after))

    async def _reply(self) -> None:
        card, movie_id = self._last_card()
        message = self.person.message(card)
        stars = self._dice.choice(list(_THUMBS))
        if message is None or movie_id in self._rated_movies():
            return
        after = last_id(self.person)
        action = await self._do(
            Kind.REPLY, self.person.reply(message, _THUMBS[stars]), message_id=card, movie_id=movie_id, stars=stars
        )
        await self._wait(action, lambda: has_answer(self.person, after))

    async def _rate_by_typing(self) -> None:
        title, stars = self._dice.choice(self._titles), self._dice.choice(_TYPED_STARS)
        after = last_id(self.person)
        text = f"/rate {title.text} {stars}"
        await self._say(text, Kind.TYPED, lambda: has_answer(self.person, after), movie_id=title.movie_id, stars=stars)

    # Writing down.

    async def _say(self, text: str, kind: Kind, is_answered: Callable[[], bool], **facts: Any) -> None:
        action = await self._do(kind, self.person.send(text), **facts)
        await self._wait(action, is_answered)

    async def _tap(
        self,
        message: Message,
        value: CallbackData,
        is_answered: Callable[[], bool],
        kind: Kind = Kind.OTHER,
        **facts: Any,
    ) -> None:
        action, _ = await self._press(message, value, kind, **facts)
        await self._wait(action, is_answered)

    async def _start_tapping(self, message_id: int, movie_id: int, button: CardButton) -> tuple[Action, Press]:
        message = self.person.message(message_id)
        if message is None:
            raise LookupError(f"message {message_id} is gone")
        self._answered.add((message_id, movie_id))
        return await self._press(
            message,
            CardAction(movie_id, button),
            Kind.CARD,
            message_id=message_id,
            movie_id=movie_id,
            stars=_STARS.get(button),
            mark=_MARKS.get(button, ""),
        )

    async def _press(self, message: Message, value: CallbackData, kind: Kind, **facts: Any) -> tuple[Action, Press]:
        pressing = self.person.press_crafted(message.message_id, pack(value))
        press: list[Press] = []

        async def press_and_keep() -> None:
            press.append(await pressing)

        action = await self._do(kind, press_and_keep(), **facts)
        return action, press[0]

    async def _do(self, kind: Kind, deed: Awaitable[object], **facts: Any) -> Action:
        asked_at = time.monotonic()
        # A deed does not wait for anything, so the last update is its own.
        await deed
        action = Action(
            self._server.updates[-1]["update_id"], self.person.id, kind, asked_at, is_owed=self._is_owed, **facts
        )
        self.actions.append(action)
        return action

    async def _wait(self, action: Action, is_answered: Callable[[], bool]) -> None:
        apologies = self._apologies()
        try:
            await self.person.until(lambda _: is_answered() or self._apologies() > apologies, self._timeout_s)
        except TimeoutError:
            return
        action.answered_at = time.monotonic()
        action.is_apologised = self._apologies() > apologies

    # Looking at the screen.

    def _newest_with(self, kind: type[CallbackData]) -> Message | None:
        return next((message for message in bot_messages(self.person) if values_on(message, kind)), None)

    def _expect(self, kind: type[CallbackData]) -> Message:
        message = self._newest_with(kind)
        if message is None:
            raise LookupError(f"no message has a button of class {kind.__name__}")
        return message

    def _last_card(self) -> tuple[int, int]:
        cards = cards_of(self.person)
        if not cards:
            raise LookupError("there is no card on the screen")
        return list(cards.items())[-1]

    def _is_replaced(self, message_id: int, movie_id: int, after: int) -> bool:
        shown = movie_on(self.person.message(message_id))
        if shown is not None:
            return shown != movie_id
        return any(newer > after for newer in cards_of(self.person)) or is_nothing_left(self.person, after)

    def _is_followed(self, message_id: int, movie_id: int, after: int) -> bool:
        is_edited = movie_on(self.person.message(message_id)) not in (None, movie_id)
        return is_edited or not is_nothing_left(self.person, after)

    def _apologies(self) -> int:
        return sum(any(apology in message.text for apology in _APOLOGIES) for message in bot_messages(self.person))

    def _rated_movies(self) -> set[int]:
        return {action.movie_id for action in self.actions if action.movie_id and action.kind is not Kind.UNDO_BUTTON}
