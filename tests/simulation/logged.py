"""A simulation whose log is kept, so that `rudder-mixpanel where` can be asked about its events."""

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast

from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.log import log_delivery
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.queues.filter import Filter
from rudder_mixpanel_cli.queues.queue import Queue
from rudder_mixpanel_cli.queues.rate_limit import RateLimit
from rudder_mixpanel_cli.queues.reader import MessageReader
from rudder_mixpanel_cli.queues.replay import Replay
from rudder_mixpanel_cli.where.answer import Answer
from rudder_mixpanel_cli.where.investigation import Investigation
from rudder_mixpanel_cli.where.searched_id import SearchedId
from rudder_mixpanel_cli.where.situation import Situation
from tests.fakes.deployed_stack import stack_in_memory
from tests.fakes.logs.client import LogGroup
from tests.simulation.simulation import START, Simulation

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

MEBIBYTE: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class LogWriter:
    """The logger of an invocation, which writes its lines into the log group."""

    group: LogGroup
    invocation: Invocation

    def write(self, message: str, extra: dict[str, Any] | None = None, **fields: Any) -> None:
        """Write a line as Powertools does."""
        line = {
            "message": message,
            **fields,
            **(extra or {}),
            "function_request_id": self.invocation.name,
        }
        self.group.put(round(self.invocation.now().timestamp() * 1000), json.dumps(line))

    info = warning = error = write


@dataclass
class LoggedSimulation(Simulation):
    """A simulation with a log. A record is dead after `max_receives`, if that is given."""

    log: LogGroup = field(default_factory=LogGroup)
    max_receives_of_a_record: int | None = None

    def _create_queues(self) -> None:
        super()._create_queues()
        if self.max_receives_of_a_record is not None:
            self.events.settings = replace(
                self.events.settings, max_receives=self.max_receives_of_a_record
            )

    def report(self, run: Invocation, delivery: Delivery) -> None:
        """Write what the function logs."""
        log_delivery(delivery, cast("Logger", LogWriter(self.log, run)))

    def stack(self) -> DeployedStack:
        """The stack as the command sees it."""
        return stack_in_memory("simulation", self.log, self.events, self.rejected, self.dead)

    def where(self, *ids: str) -> dict[str, tuple[Answer, Situation]]:
        """What the command answers now about these ids."""
        searched = [SearchedId.of(text) for text in ids]
        return Investigation(self.stack(), searched, START).look(self.clock())

    def replay(self) -> int:
        """Replay the rejected queue, and return how many events were sent again."""
        sqs = self.stack().client("sqs")
        rate_limit = RateLimit(None, clock=lambda: 0.0, wait=lambda _seconds: False)
        with MessageReader(Queue(sqs, "rejected")) as reader:
            replay = Replay(
                reader, Queue(sqs, "events"), Filter(), self.clock(), MEBIBYTE, rate_limit
            )
            replay.run(lambda _count: None)
        return replay.result.replayed
