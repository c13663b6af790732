"""Deletes the users of regulations from Mixpanel, one request at a time."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from rudder_mixpanel.garbage import collector_paused

with collector_paused():
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from rudder_mixpanel import __version__
    from rudder_mixpanel.deletion.bootstrap import AwsDeletionDependencies
    from rudder_mixpanel.deletion.metrics import emit_deletion_metrics, emit_overview
    from rudder_mixpanel.deletion.overview import make_overview
    from rudder_mixpanel.deletion.worker import process_due_chunks
    from rudder_mixpanel.regulations.bootstrap import RegulationsEnvironment


logger = Logger()
metrics = Metrics()


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)  # noqa: TID251 - the edge, where the clock is read


@cache
def dependencies() -> AwsDeletionDependencies:
    """The dependencies of this container, kept while it is warm."""
    logger.info("cold start", version=__version__)
    environment = RegulationsEnvironment.of(os.environ, "DELETION_CREDENTIALS_SECRET")
    return AwsDeletionDependencies(environment, os.environ["MIXPANEL_BASE_URL"], now)


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Work on what is due; the message only wakes the function, and is always deleted."""
    aws = dependencies()
    aws.time_left = context.get_remaining_time_in_millis
    tally = process_due_chunks(aws)
    emit_overview(make_overview(aws.known_chunks, aws, tally), metrics)
    emit_deletion_metrics(
        tally,
        aws.token_age(),
        logger=logger,
        metrics=metrics,
        destination_id=aws.destination_id,
    )
