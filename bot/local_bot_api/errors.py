"""Error responses, in Telegram's words."""

from typing import Any


class ApiError(Exception):
    """A rejected API call.

    Attributes:
        code: the HTTP status, repeated in the body as `error_code`.
        description: the text that Telegram sends for this error.
        retry_after: seconds to wait before the next attempt; set for a 429 only.
    """

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the response."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad_request(detail: str) -> ApiError:
    """Return a 400: the call itself is wrong."""
    return ApiError(400, f"Bad Request: {detail}")


def forbidden(detail: str) -> ApiError:
    """Return a 403: the bot may not do this."""
    return ApiError(403, f"Forbidden: {detail}")


def conflict(detail: str) -> ApiError:
    """Return a 409: another client or a webhook receives the updates."""
    return ApiError(409, f"Conflict: {detail}")


def too_many_requests(retry_after: int) -> ApiError:
    """Return a 429: the bot must wait this many seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after)


def outdated_query() -> ApiError:
    """Return a 400: the callback or inline query cannot be answered any more."""
    return bad_request("query is too old and response timeout expired or query ID is invalid")
