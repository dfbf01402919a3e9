"""Prometheus metrics. No label identifies a person."""

from prometheus_client import Counter, Gauge, Histogram

UPDATES = Counter(
    "reelmate_updates",
    "Updates from Telegram, by kind and outcome: handled, failed, refused, repeated or dropped.",
    ["kind", "outcome"],
)

HANDLING_SECONDS = Histogram(
    "reelmate_update_handling_seconds",
    "Time to handle an update, without the time it waited for earlier updates of the same person.",
    ["kind"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60),
)

TELEGRAM_ERRORS = Counter(
    "reelmate_telegram_errors", "Calls to the Bot API that failed, by method and error.", ["method", "error"]
)

FALLBACK_REQUESTS = Gauge(
    "reelmate_fallback_requests",
    "Requests that a fallback answered since the start, by the service that it replaced.",
    ["name"],
)

DEGRADED = Gauge("reelmate_degraded", "1 while a fallback replaces a service, by service.", ["name"])

READY = Gauge("reelmate_ready", "1 while the bot has everything it needs.")

DELIVERIES = Counter(
    "reelmate_deliveries",
    "Messages of announcements, by outcome: sent, blocked, failed, uncertain, declined, or waiting for a retry.",
    ["outcome"],
)

DELETED_RECORDS = Counter("reelmate_deleted_records", "Records that housekeeping has deleted, by kind.", ["kind"])
