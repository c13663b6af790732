"""Delivers the events of the queue to Mixpanel."""

import logging
import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from rudder_mixpanel.garbage import collecting_afterwards, collector_paused

with collector_paused():
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from rudder_mixpanel import __version__
    from rudder_mixpanel.delivery.bootstrap import AwsDeliveryDependencies, DeliveryEnvironment
    from rudder_mixpanel.delivery.deliver import BatchResponse, Delivery, deliver
    from rudder_mixpanel.delivery.log import log_delivery, log_setting_warnings
    from rudder_mixpanel.delivery.metrics import emit_delivery_metrics
    from rudder_mixpanel.delivery.ports import Invocation


logger = Logger()
# botocore logs at each start where it found credentials, which is noise.
logging.getLogger("botocore").setLevel(logging.WARNING)
metrics = Metrics()


@cache
def dependencies() -> AwsDeliveryDependencies:
    """The dependencies, built once for the life of the container."""
    logger.info("cold start", version=__version__)
    return AwsDeliveryDependencies(DeliveryEnvironment.of(os.environ))


def now() -> datetime:
    """The current time."""
    return datetime.now(UTC)  # noqa: TID251 - the edge, where the clock is read


def report(delivery: Delivery) -> None:
    """Emit the metrics and write the log lines of a batch."""
    emit_delivery_metrics(
        delivery, metrics, destination_id=dependencies().destination_id, now=now()
    )
    log_delivery(delivery, logger)
    log_setting_warnings(dependencies().new_setting_warnings(), logger)


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics
@collecting_afterwards()
def handler(event: dict[str, Any], context: LambdaContext) -> BatchResponse:
    """Deliver one batch; what could not be delivered stays on the queue."""
    invocation = Invocation(context.aws_request_id, now, context.get_remaining_time_in_millis)
    return deliver(event["Records"], dependencies(), invocation, report).response
