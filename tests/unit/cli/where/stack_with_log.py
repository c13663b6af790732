"""A stack in memory: its log, its queues, and `where` asked about it."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import typer

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.actions import print_answers
from tests.fakes.logs.client import LogGroup
from tests.fakes.sqs.queue import Queue

ID = "6b0f0a4e-53f5-4ab8-9c8e-8d2ee9b7c1a1"
EVENT = {"type": "track", "event": "Signed Up", "userId": "u", "messageId": ID}


@dataclass
class Stack:
    """A stack, its log and its queues."""

    log: LogGroup
    queues: dict[str, Queue]
    stack: DeployedStack

    def put(self, age: float, message: str, **fields: Any) -> None:
        """Write a line of the log, so many seconds ago."""
        at = current_time() - timedelta(seconds=age)
        self.log.put(round(at.timestamp() * 1000), json.dumps({"message": message, **fields}))

    def where(self, *ids: str, **options: Any) -> int:
        """Run `where`, and return its exit status."""
        chosen = {"since": "1h", "follow": False, "as_json": False, **options}
        try:
            print_answers(self.stack, list(ids), **chosen)
        except typer.Exit as exit_:
            return exit_.exit_code
        return 0


def attributes(**texts: str) -> dict[str, dict[str, str]]:
    """Message attributes."""
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
