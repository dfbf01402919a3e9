"""A clock that tests move."""

import pytest

from tests.unit.services.helpers import Clock


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until a test moves it."""
    return Clock()
