"""Benchmarks of messages to everybody.

- `announcing`: the worker's speed and memory, and a kill in the middle.
- `cards_for_everybody`: choosing the personal cards of everybody, and what people who chat notice.
"""
