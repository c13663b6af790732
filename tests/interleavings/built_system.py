"""All built functions, and a clock that advances while they wait for Mixpanel."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Self

from tests.fakes.clock import SharedClock
from tests.fakes.sqs.account import START
from tests.package.conftest import Built
from tests.system.delivery_system import DeliverySystem
from tests.system.regulations import RegulationsSystem


class BuiltSystem(DeliverySystem):
    """The functions for delivery and regulations, which one scenario after the other uses.

    Each function runs in a process of its own. They share one clock, which only the scenario and
    the pauses of the worker advance.
    """

    def __init__(self, built: Built, aws: str, folder: Path) -> None:
        super().__init__(
            built,
            aws,
            SharedClock(START, folder / "clock"),
            identityMergeApi="simplified",
            userDeletionApi="task",
            groupKeySettings=["company"],
        )
        # Called at each request to Mixpanel, while the request is under way.
        self.at_request: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        """Start with small batches, so that the emulator shows each request as a whole."""
        super().__enter__()
        self.source.batch_size = 2
        self.regulations = self._stack.enter_context(RegulationsSystem(self))
        return self

    def time_at_mixpanel(self) -> datetime:
        """The time as Mixpanel reads it at a request that took some time to arrive."""
        self.at_request()
        return self.clock()
