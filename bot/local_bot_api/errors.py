"""Answers that say no, in Telegram's words."""

from typing import Any


class ApiError(Exception):
    """A call is refused.

    Attributes:
        code: the HTTP status, repeated in the body as `error_code`.
        description: what Telegram would say.
        retry_after: seconds to wait, with a 429.
    """

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """The JSON body of the reply."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad_request(what: str) -> ApiError:
    """400: the call itself is wrong."""
    return ApiError(400, f"Bad Request: {what}")


def forbidden(what: str) -> ApiError:
    """403: the bot may not do this."""
    return ApiError(403, f"Forbidden: {what}")


def conflict(what: str) -> ApiError:
    """409: somebody else is receiving the updates."""
    return ApiError(409, f"Conflict: {what}")


def too_many_requests(retry_after: int) -> ApiError:
    """429: wait this many seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after)


def outdated_query() -> ApiError:
    """400: a callback or inline query that nobody waits for any more."""
    return bad_request("query is too old and response timeout expired or query ID is invalid")
