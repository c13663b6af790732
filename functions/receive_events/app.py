"""Events of RudderStack's SDKs and webhooks go to the queue."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4  # noqa: TID251 - the edge, where chance is asked

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from rudder_mixpanel.receiving.bootstrap import ReceivingDependencies, ReceivingEnvironment
from rudder_mixpanel.receiving.routes import ReceivingApi

logger = Logger()


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)  # noqa: TID251 - the edge, where the clock is read


def new_id() -> str:
    """An id for an event whose sender gave it none."""
    return str(uuid4())


@cache
def api() -> ReceivingApi:
    """What this container is connected to, for as long as it stays warm."""
    return ReceivingApi(
        ReceivingDependencies(ReceivingEnvironment.of(os.environ), now, new_id), logger
    )


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return api().answer(event, context)
