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

Use a second shell, in this folder, for the commands below. First, for all of them:

  export AWS_ENDPOINT_URL={aws} AWS_DEFAULT_REGION={region}
  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={key} RUDDER_MIXPANEL_STACK={stack}

Send an event, see what becomes of it, and find it in Mixpanel:

  .venv/bin/rudder-mixpanel send events/deliver_events/track_node.json --yes --follow
  curl {mixpanel}/_emulator/events      also: profiles, groups, violations, requests

Send events with an SDK of RudderStack: set its write key to {write_key}, and its data plane URL to

  {data_plane}

Send an event that cannot be delivered, ask where it is and why, and look at it:

  echo '{{"type": "track", "userId": "ann", "messageId": "nameless"}}' |
      .venv/bin/rudder-mixpanel send --yes
  .venv/bin/rudder-mixpanel where nameless --follow
  .venv/bin/rudder-mixpanel rejected show nameless --body

Let Mixpanel fail for a minute, ask what is wrong, and follow an event until it is delivered:

  curl {mixpanel}/_emulator/faults -d '{{"fault": "json_503", "seconds": 60}}'
  .venv/bin/rudder-mixpanel doctor
  .venv/bin/rudder-mixpanel send events/deliver_events/page_node.json --yes --follow

Delete a user, and see the state of the request; Mixpanel is asked a minute later:

  export RUDDER_MIXPANEL_URL={regulations} RUDDER_MIXPANEL_TOKEN={token}
  .venv/bin/rudder-mixpanel regulation create --user user-1042
  .venv/bin/rudder-mixpanel regulation list

After that minute, the first event is suppressed: its user is user-1042. Send it again to see it.

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
        log=outputs["DeliverEventsLogGroupName"],
        regulations=running.stack.regulations_url,
        token=WEBHOOK_TOKEN,
    )
