"""Users of regulations are deleted from Mixpanel, one request at a time."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from rudder_mixpanel.deletion.bootstrap import AwsDeletionDependencies
from rudder_mixpanel.deletion.metrics import emit_deletion_metrics
from rudder_mixpanel.deletion.worker import process_due_chunks
from rudder_mixpanel.regulations.bootstrap import RegulationsEnvironment

logger = Logger()
metrics = Metrics()


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)  # noqa: TID251 - the edge, where the clock is read


@cache
def workshop() -> AwsDeletionDependencies:
    """What this container is connected to, for as long as it stays warm."""
    environment = RegulationsEnvironment.of(os.environ, "DELETION_CREDENTIALS_SECRET")
    return AwsDeletionDependencies(environment, os.environ["MIXPANEL_BASE_URL"], now)


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Do what is due; the message only says that there is something, and is done with."""
    world = workshop()
    world.time_left = context.get_remaining_time_in_millis
    emit_deletion_metrics(
        process_due_chunks(world),
        world.token_age(),
        logger=logger,
        metrics=metrics,
        destination_id=world.destination_id,
    )
