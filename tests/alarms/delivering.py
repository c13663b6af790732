"""Delivery in the simulation, with the metrics that the function writes, and ways to break it."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from mixpanel_emulator.faults.plan import Fault
from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.metrics import emit_delivery_metrics
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from tests.alarms.emitted import collect
from tests.fakes.alarms.metrics import Metrics
from tests.fakes.delivery_tables import (
    MemoryLedger,
    MemoryProfileStore,
    MemorySuppressionLookup,
)
from tests.simulation.failures import Failures
from tests.simulation.simulation import Simulation
from tests.simulation.traffic import CONFIG


@dataclass
class MeteredSimulation(Simulation):
    """A simulation whose function writes metrics; `mixpanel_fault` is how Mixpanel fails now."""

    config: dict[str, Any] = field(default_factory=lambda: dict(CONFIG))
    failures: Failures = field(default_factory=Failures)
    metrics: Metrics = field(default_factory=Metrics)
    mixpanel_fault: str | None = None
    has_settings: bool = True

    def __post_init__(self) -> None:
        """Connect the fault of Mixpanel."""
        super().__post_init__()
        self.outage = self.fault_at

    @property
    def tables(self) -> dict[str, MemoryLedger | MemoryProfileStore | MemorySuppressionLookup]:
        """The tables, which can be out of reach."""
        return {
            "ledger": self.ledger.ledger,
            "profiles": self.profiles.store,
            "suppressions": self.suppressions,
        }

    def fault_at(self, _now: datetime) -> Fault | None:
        """How Mixpanel fails."""
        return Fault(fault=self.mixpanel_fault) if self.mixpanel_fault else None

    def report(self, run: Invocation, delivery: Delivery) -> None:
        """Write the metrics that the function writes."""
        emit = partial(
            emit_delivery_metrics, delivery, destination_id=self.destination_id, now=run.now()
        )
        collect(self.metrics, "deliver_events", run.now(), lambda emitter: emit(metrics=emitter))

    def mixpanel(self) -> IngestionClient:
        """A client of Mixpanel; raises ConfigurationError without settings."""
        if not self.has_settings:
            raise ConfigurationError("/rudder-mixpanel/stack/destination-settings", "is missing")
        return super().mixpanel()
