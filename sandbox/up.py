"""The sandbox, left running for somebody to play with."""

import signal

from rich.console import Console

from sandbox.aws import KEY, REGION
from sandbox.running import Sandbox, sandbox
from sandbox.stack import NAME

MANUAL = """
The stack runs on this machine. Ctrl-C stops it and leaves nothing behind.

  Embedded AWS  {aws}
  Mixpanel      {mixpanel}

In another shell, send an event and see it arrive:

  .venv/bin/python -m sandbox send {events} events/deliver_events/track_node.json
  curl {mixpanel}/_emulator/events      also: profiles, groups, violations, requests

Send one that cannot be delivered, and see why:

  .venv/bin/python -m sandbox send {events} events/deliver_events/batch_with_poison.json
  .venv/bin/python -m sandbox rejected {rejected}

Do with it what an operator would, such as sending it again:

  export AWS_ENDPOINT_URL={aws} AWS_DEFAULT_REGION={region}
  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={key} RUDDER_MIXPANEL_STACK={stack}
  .venv/bin/rudder-mixpanel rejected list
  .venv/bin/rudder-mixpanel rejected replay

Read the function's log:

  .venv/bin/python -m sandbox log {log} --aws {aws}
"""


def up(console: Console) -> None:
    """Start it, say how to use it, and stop it at Ctrl-C."""
    with sandbox(console) as running:
        console.print(manual(running), highlight=False, markup=False, soft_wrap=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            console.print("Stopping")


def manual(running: Sandbox) -> str:
    """What one can do with a running sandbox."""
    outputs = running.stack.outputs
    return MANUAL.format(
        aws=running.stack.aws_url,
        region=REGION,
        key=KEY,
        stack=NAME,
        mixpanel=running.mixpanel.url,
        events=outputs["EventsQueueUrl"],
        rejected=outputs["RejectedQueueUrl"],
        log=outputs["DeliverEventsLogGroupName"],
    )
