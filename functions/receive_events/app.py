"""Receives events from RudderStack's SDKs and webhooks, and puts them on the events queue."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4  # noqa: TID251 - random ids are made here, so that the package is testable

from rudder_mixpanel.garbage import collector_paused

with collector_paused():
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from rudder_mixpanel import __version__
    from rudder_mixpanel.receiving.bootstrap import ReceivingDependencies, ReceivingEnvironment
    from rudder_mixpanel.receiving.routes import ReceivingApi


logger = Logger()
metrics = Metrics()


def now() -> datetime:
    """The current time."""
    return datetime.now(UTC)  # noqa: TID251 - the clock is read here, so that the package is testable


def new_id() -> str:
    """A random id for an event without one."""
    return str(uuid4())


@cache
def api() -> ReceivingApi:
    """The API, built once per container."""
    logger.info("cold start", version=__version__)
    environment = ReceivingEnvironment.of(os.environ)
    return ReceivingApi(ReceivingDependencies(environment, now, new_id), logger, metrics)


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Respond to one request of API Gateway."""
    return api().resolve(event, context)
