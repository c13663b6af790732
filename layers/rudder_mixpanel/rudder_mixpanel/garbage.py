"""Pauses Python's cyclic garbage collector while a function starts, and while it delivers."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector in the block, and exclude what the block made from later scans.

    For imports, which create no garbage: scanning what they made took a twentieth of a cold start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def collecting_afterwards() -> Iterator[None]:
    """Pause the garbage collector in the block, and collect at its end.

    A batch creates a hundred thousand objects and hardly any cycles; scanning them repeatedly took
    up to a fifth of the time when measured. The few cycles hold the bodies of requests, so that a
    container that never collects grows by megabytes with each invocation.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        freeze_once()
        gc.enable()


@cache
def freeze_once() -> None:
    """Exclude objects that live as long as the container, such as clients, from later scans."""
    gc.freeze()
