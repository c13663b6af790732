"""The log of a function, as it is on the standard output."""

import json
from typing import Any


def lines(output: str) -> list[dict[str, Any]]:
    """Every line of the log, each of which must be JSON."""
    return [json.loads(line) for line in output.splitlines()]


def metrics(output: str) -> list[dict[str, Any]]:
    """The log lines that CloudWatch reads as metrics."""
    return [line for line in lines(output) if "_aws" in line]


def problems(output: str) -> list[dict[str, Any]]:
    """The log lines that are errors or warnings."""
    return [line for line in lines(output) if line.get("level") in {"ERROR", "WARNING"}]
