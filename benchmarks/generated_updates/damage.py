"""Damage to valid updates: missing fields, wrong types, unknown fields, wrong nesting."""

import random
from typing import Any

from benchmarks.generated_updates.values import odd_value


def damage(rng: random.Random, content: Any) -> None:
    """Change one to three values of a JSON value, anywhere in it."""
    for _ in range(rng.randint(1, 3)):
        places = list(_places(content))
        if not places:
            return
        container, key = rng.choice(places)
        change = rng.randrange(5)
        if change == 0:
            del container[key]
        elif change == 1:
            container[key] = [container[key]]
        elif change == 2 and isinstance(container, dict):
            container[f"new_{key}"] = odd_value(rng)
        else:
            container[key] = odd_value(rng)


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Return (container, key or index) of each value inside a JSON value, except for the id of the update."""
    places: list[tuple[Any, Any]] = []
    waiting = [content]
    while waiting:
        container = waiting.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            if key != "update_id":
                places.append((container, key))
            if isinstance(container[key], dict | list):
                waiting.append(container[key])
    return places
