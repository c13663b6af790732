"""Creates, finds and cancels regulations over HTTP."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from rudder_mixpanel.garbage import collector_paused

with collector_paused():
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from rudder_mixpanel import __version__
    from rudder_mixpanel.regulations.bootstrap import (
        AwsRegulationsDependencies,
        RegulationsEnvironment,
    )
    from rudder_mixpanel.regulations.routes import RegulationsApi


logger = Logger()


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)  # noqa: TID251 - the edge, where the clock is read


@cache
def dependencies() -> AwsRegulationsDependencies:
    """The dependencies of this container, kept while it is warm."""
    logger.info("cold start", version=__version__)
    environment = RegulationsEnvironment.of(os.environ, "WEBHOOK_TOKENS_SECRET")
    return AwsRegulationsDependencies(environment, os.environ["SUPPRESSION_KEY_SECRET"], now)


api = RegulationsApi(dependencies, logger)


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    dependencies().time_left = context.get_remaining_time_in_millis
    return api.answer(event, context)
