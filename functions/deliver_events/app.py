"""Events of the queue go to Mixpanel."""

import logging
import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from rudder_mixpanel.delivery.bootstrap import AwsDeliveryDependencies, DeliveryEnvironment
from rudder_mixpanel.delivery.deliver import BatchResponse, deliver
from rudder_mixpanel.delivery.garbage import collecting_afterwards
from rudder_mixpanel.delivery.metrics import emit_delivery_metrics
from rudder_mixpanel.delivery.ports import Invocation

logger = Logger()
# Where it finds credentials, which it tells at each start, helps nobody who looks for an event.
logging.getLogger("botocore").setLevel(logging.WARNING)
metrics = Metrics()


@cache
def connection() -> AwsDeliveryDependencies:
    """What this container is connected to, for as long as it stays warm."""
    return AwsDeliveryDependencies(DeliveryEnvironment.of(os.environ))


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)  # noqa: TID251 - the edge, where the clock is read


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics
@collecting_afterwards()
def handler(event: dict[str, Any], context: LambdaContext) -> BatchResponse:
    """Deliver one batch; whatever could not be delivered yet stays on the queue."""
    run = Invocation(context.aws_request_id, now, context.get_remaining_time_in_millis)
    delivery = deliver(event["Records"], connection(), run)
    emit_delivery_metrics(
        delivery,
        logger=logger,
        metrics=metrics,
        destination_id=connection().destination_id,
        now=now(),
    )
    return delivery.response
