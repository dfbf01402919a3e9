"""What is counted and measured, for Prometheus; no label says anything about a person."""

from prometheus_client import Counter, Gauge, Histogram

UPDATES = Counter(
    "reelmate_updates",
    "Updates from Telegram, by kind and by what became of them: handled, failed, refused, repeated or dropped.",
    ["kind", "outcome"],
)

HANDLING_SECONDS = Histogram(
    "reelmate_update_handling_seconds",
    "Time from the first look at an update to its last answer, without waiting for earlier ones of the same person.",
    ["kind"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60),
)

TELEGRAM_ERRORS = Counter(
    "reelmate_telegram_errors", "Calls of the Bot API that failed, by method and error.", ["method", "error"]
)

STOOD_IN = Gauge(
    "reelmate_stood_in", "How many requests were answered without what was missing, by name, since the start.", ["name"]
)

DEGRADED = Gauge("reelmate_degraded", "1 while something missing is stood in for, by name.", ["name"])

READY = Gauge("reelmate_ready", "1 while nothing is missing that the bot needs.")

DELIVERIES = Counter(
    "reelmate_deliveries",
    "Messages of announcements, by what became of them: sent, blocked, failed, uncertain, declined, or waiting again.",
    ["outcome"],
)
