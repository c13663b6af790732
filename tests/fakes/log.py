"""A logger that keeps its lines."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import orjson

from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.log import log_delivery

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


@dataclass
class RecordingLogger:
    """The lines of a log, as the fields of the JSON that Powertools would write."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def info(self, message: str, *, extra: dict[str, Any] | None = None, **fields: Any) -> None:
        """Keep a line of this level."""
        self.write("INFO", message, {**fields, **(extra or {})})

    def warning(self, message: str, **fields: Any) -> None:
        """Keep a line of this level."""
        self.write("WARNING", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """Keep a line of this level."""
        self.write("ERROR", message, fields)

    def write(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Keep a line, with its values as a reader of the JSON gets them."""
        self.lines.append(
            orjson.loads(orjson.dumps({"level": level, "message": message, **fields}))
        )


def logged(delivery: Delivery, message: str | None = None) -> list[dict[str, Any]]:
    """The log lines of a delivery, or those with this message."""
    logger = RecordingLogger()
    log_delivery(delivery, cast("Logger", logger))
    return [line for line in logger.lines if message in (None, line["message"])]
