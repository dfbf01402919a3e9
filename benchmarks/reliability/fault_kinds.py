"""The kinds of faults of Telegram, and how each is injected into the local Bot API server."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.local_bot_api.faults import Faults

SHORT_S, LONG_S = 1, 35
"""The waits of a 429. The bot waits for the short one, and raises an error for the long one."""

DELAY_S = 40.0
REPEATED_TIMES = 4
"""A call that is repeated after an error fails this often, which is as often as the bot tries."""

REPEATED = ("get", "set", "edit", "delete", "answer", "sendChatAction")
"""How the methods begin that the bot calls again after an error."""

REFUSALS = (
    "query is too old and response timeout expired or query ID is invalid",
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "message to delete not found",
    "message can't be deleted",
    "chat not found",
    "user not found",
    "PEER_ID_INVALID",
    "not enough rights to send text messages to the chat",
    "CHAT_WRITE_FORBIDDEN",
    "wrong remote file identifier specified",
)
"""Texts of a 400. The handlers distinguish all but the last."""

HTML = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"

Inject = Callable[[Faults, str, int, int | None], None]
"""Injects a fault: the faults of the server, the method, how many calls meet it, and the chat."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault.

    Attributes:
        name: its name.
        inject: injects it.
        lasts_s: how long Telegram gives no answer, in seconds.
    """

    name: str
    inject: Inject
    lasts_s: float = 0.0


def _fails(code: int, text: str = "") -> Inject:
    def inject(faults: Faults, method: str, times: int, chat_id: int | None) -> None:
        faults.fail_next(method, times, code=code, description=text, chat_id=chat_id)

    return inject


def _limits(seconds: int) -> Inject:
    def inject(faults: Faults, method: str, _times: int, chat_id: int | None) -> None:
        faults.fail_next(method, retry_after=seconds, chat_id=chat_id)

    return inject


def _answers_html(faults: Faults, method: str, times: int, chat_id: int | None) -> None:
    faults.fail_next(method, times, code=502, chat_id=chat_id)
    faults.damage_next(method, HTML, times, chat_id=chat_id)


def _resets(*, has_effect: bool) -> Inject:
    def inject(faults: Faults, method: str, times: int, chat_id: int | None) -> None:
        faults.reset_next(method, times, has_effect=has_effect, chat_id=chat_id)

    return inject


GENERAL = (
    FaultKind("429 short", _limits(SHORT_S), SHORT_S),
    FaultKind("429 long", _limits(LONG_S), LONG_S),
    FaultKind("500", _fails(500)),
    FaultKind("502 with HTML", _answers_html),
    FaultKind("reset before the effect", _resets(has_effect=False)),
    FaultKind("reset after the effect", _resets(has_effect=True)),
    FaultKind("cut JSON", lambda faults, method, times, chat: faults.damage_next(method, None, times, chat_id=chat)),
    FaultKind("40 s", lambda faults, method, _, chat: faults.delay_next(method, DELAY_S, chat_id=chat), DELAY_S),
)
"""Faults that every method can meet."""

OF_CHATS = (
    *GENERAL,
    FaultKind("403", _fails(403, "Forbidden: bot was blocked by the user")),
    *(FaultKind(f"400 {text}", _fails(400, f"Bad Request: {text}")) for text in REFUSALS),
)
"""Faults that a call to a chat can meet."""


UNDELETABLE_TIMES = 100
UNDELETABLE = FaultKind(
    "400 for long",
    lambda faults, method, _, chat: faults.fail_next(
        method,
        UNDELETABLE_TIMES,
        code=400,
        description="Bad Request: message can't be deleted",
        chat_id=chat,
    ),
)
"""A message that cannot be deleted, so that the bot removes its keyboard instead."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind of fault at a method.

    Attributes:
        method: the method.
        kind: the kind of fault.
        chat_id: the chat whose calls meet it; None for a method without a chat.
    """

    method: str
    kind: FaultKind
    chat_id: int | None = None

    @property
    def name(self) -> str:
        """The name of the cell."""
        return f"{self.kind.name} at {self.method}"

    def inject(self, faults: Faults) -> Callable[[], bool]:
        """Inject the fault, and return a function that returns whether a call has met it."""
        self.kind.inject(faults, self.method, self._times, self.chat_id)
        injected = faults.pending(self.method, self.chat_id)
        return lambda: faults.pending(self.method, self.chat_id) < injected

    @property
    def _times(self) -> int:
        return REPEATED_TIMES if self.method.startswith(REPEATED) else 1
