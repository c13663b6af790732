"""The function that deletes users, with the metrics that it writes, and ways to break it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn
from unittest.mock import Mock

from rudder_mixpanel.deletion.metrics import emit_deletion_metrics
from rudder_mixpanel.deletion.step import Tally
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from tests.alarms.emitted import collect
from tests.fakes.alarms.metrics import Metrics
from tests.fakes.deletion import FakeDeletionDependencies


@dataclass
class MeteredDeletion(FakeDeletionDependencies):
    """Deletions of which each run writes metrics.

    `client_fails` replaces Mixpanel's client, `table_fails` the table of regulations, and `tally`
    what a run has done.
    """

    metrics: Metrics = field(default_factory=Metrics)
    token_days: float = 30
    tally: Tally | None = None
    client_fails: Callable[[], NoReturn] | None = None
    table_fails: Callable[[], NoReturn] | None = None

    def __post_init__(self) -> None:
        """Let the table fail when it should."""
        super().__post_init__()
        self.working_repository = self.repository

    def mixpanel(self) -> DeletionClient:
        """A client of Mixpanel, unless it fails."""
        return self.client_fails() if self.client_fails else super().mixpanel()

    def invoke(self, now: datetime) -> None:
        """Run the function, and write what it writes."""
        self.time = now
        fails = self.table_fails
        self.repository = Mock(due=lambda _now: fails()) if fails else self.working_repository
        tally = self.tally or self.run_worker()

        def emit(emitter: Any) -> None:
            emit_deletion_metrics(
                tally,
                self.token_days,
                logger=Mock(),
                metrics=emitter,
                destination_id="default",
            )

        collect(self.metrics, "delete_users", now, emit)
