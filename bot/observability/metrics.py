"""Prometheus metrics, of this process or of several that share a port. No label identifies a person."""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable with the folder in which several processes share their metrics. prometheus_client reads it
when it is imported. Counters and histograms of the processes are added up."""

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
    multiprocess_mode="sum",
)

DEGRADED = Gauge(
    "reelmate_degraded",
    "1 while a fallback replaces a service in any process, by service.",
    ["name"],
    multiprocess_mode="livemax",
)

READY = Gauge("reelmate_ready", "1 while every process has everything it needs.", multiprocess_mode="livemin")

PROCESSES = Gauge("reelmate_processes", "Processes that run.", multiprocess_mode="livesum")

RESIDENT_MEMORY = Gauge(
    "reelmate_resident_memory_bytes", "Resident memory of the largest process.", multiprocess_mode="livemax"
)

DELIVERIES = Counter(
    "reelmate_deliveries",
    "Messages of announcements, by outcome: sent, blocked, failed, uncertain, declined, or waiting for a retry.",
    ["outcome"],
)

DELETED_RECORDS = Counter("reelmate_deleted_records", "Records that housekeeping has deleted, by kind.", ["kind"])


def exposition() -> bytes:
    """Return the metrics in the text format of Prometheus."""
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # not annotated in prometheus_client
    return generate_latest(registry)


def resident_memory() -> float:
    """Return the resident memory of this process in bytes; 0 where the system does not tell."""
    return REGISTRY.get_sample_value("process_resident_memory_bytes") or 0.0
