"""The sandbox, left running for somebody to play with."""

import signal

from rich.console import Console

from sandbox.aws import KEY, REGION
from sandbox.running import Sandbox, sandbox
from sandbox.stack import NAME, WEBHOOK_TOKEN, WRITE_KEY

MANUAL = """
The stack runs on this machine. Ctrl-C stops it and leaves nothing behind.

  Embedded AWS  {aws}
  Mixpanel      {mixpanel}

In another shell, send an event and see it arrive:

  .venv/bin/python -m sandbox send {events} events/deliver_events/track_node.json
  curl {mixpanel}/_emulator/events      also: profiles, groups, violations, requests

Point an SDK of RudderStack's at it, with the write key {write_key}:

  {data_plane}

Send one that cannot be delivered, and see why:

  .venv/bin/python -m sandbox send {events} events/deliver_events/batch_with_poison.json
  .venv/bin/python -m sandbox rejected {rejected}

Do with it what an operator would, such as sending it again:

  export AWS_ENDPOINT_URL={aws} AWS_DEFAULT_REGION={region}
  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={key} RUDDER_MIXPANEL_STACK={stack}
  .venv/bin/rudder-mixpanel rejected list
  .venv/bin/rudder-mixpanel rejected replay

Have a user forgotten, and see how far it is; Mixpanel is asked a minute later:

  export RUDDER_MIXPANEL_URL={regulations} RUDDER_MIXPANEL_TOKEN={token}
  .venv/bin/rudder-mixpanel regulation create --user user-1042
  .venv/bin/rudder-mixpanel regulation list

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
        data_plane=running.stack.data_plane,
        write_key=WRITE_KEY,
        events=outputs["EventsQueueUrl"],
        rejected=outputs["RejectedQueueUrl"],
        log=outputs["DeliverEventsLogGroupName"],
        regulations=running.stack.regulations_url,
        token=WEBHOOK_TOKEN,
    )
