"""`make sandbox`: leave the stack running, and print how to use it."""

import signal

from rich.console import Console

from sandbox.aws import KEY, REGION
from sandbox.running import Sandbox, sandbox
from sandbox.stack import NAME, WEBHOOK_TOKEN, WRITE_KEY

MANUAL = """
The stack is running on this machine. Ctrl-C stops it and removes everything.

  AWS (MiniStack)        {aws}
  Mixpanel (emulator)    {mixpanel}      open it in a browser

Use a second shell, in this folder, for the commands below.

Send an event to the queue, and see it in Mixpanel:

  .venv/bin/python -m sandbox send {events} events/deliver_events/track_node.json
  curl {mixpanel}/_emulator/events      also: profiles, groups, violations, requests

Send events with an SDK of RudderStack: set its write key to {write_key}, and its data plane URL to

  {data_plane}

Send events that cannot be delivered, and see why:

  .venv/bin/python -m sandbox send {events} events/deliver_events/batch_with_poison.json
  .venv/bin/python -m sandbox rejected {rejected}

Use the operator's commands, for example to send rejected events to the queue again:

  export AWS_ENDPOINT_URL={aws} AWS_DEFAULT_REGION={region}
  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={key} RUDDER_MIXPANEL_STACK={stack}
  .venv/bin/rudder-mixpanel rejected list
  .venv/bin/rudder-mixpanel rejected replay

Delete a user, and see the state of the request; Mixpanel is asked a minute later:

  export RUDDER_MIXPANEL_URL={regulations} RUDDER_MIXPANEL_TOKEN={token}
  .venv/bin/rudder-mixpanel regulation create --user user-1042
  .venv/bin/rudder-mixpanel regulation list

Read the log of the function that delivers:

  .venv/bin/python -m sandbox log {log} --aws {aws}
"""


def up(console: Console) -> None:
    """Start the sandbox, print how to use it, and stop it at Ctrl-C."""
    with sandbox(console) as running:
        console.print(manual(running), highlight=False, markup=False, soft_wrap=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            console.print("Stopping")


def manual(running: Sandbox) -> str:
    """Return the text that explains a running sandbox."""
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
