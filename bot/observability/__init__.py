"""Observability of a running bot.

- `logs`: JSON lines without secrets and without anything that a person wrote.
- `metrics`: Prometheus metrics.
"""
