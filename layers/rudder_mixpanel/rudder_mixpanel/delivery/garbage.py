"""Python's cycle collector rests while events are delivered, and does all its work after that."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_afterwards() -> Iterator[None]:
    """Let cycles be until the block ends.

    A batch makes a hundred thousand objects and hardly a cycle; to look them through again and
    again cost up to a fifth of the time where it was measured. The few cycles there are hold the
    bodies of requests, so that a container which never collects grows by megabytes each time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        if not gc.get_freeze_count():
            # What a warm container keeps is not looked through again.
            gc.freeze()
        gc.enable()
