"""One call of RudderStack's Python SDK, unchanged, to a running sandbox."""

import json
from typing import Final

# The SDK ships no types.
from rudderstack.analytics.client import Client  # type: ignore[import-untyped]

from sandbox.samples import Sample
from sandbox.stack import WRITE_KEY

# The arguments of the call; the fields that the SDK adds do not matter here.
EVENT: Final = {
    "type": "track",
    "event": "Lamp Repaired",
    "userId": "user-1042",
    "messageId": "6d0c53f2-52c3-4c57-8f5e-2f6f0f8b6a10",
}
# Seconds for a function's first start on a busy machine; the SDK waits for 15.
FIRST_START: Final = 60
SAMPLE: Final = Sample("Python SDK, over HTTP", json.dumps(EVENT))


def send_event(data_plane: str) -> None:
    """Send the event and return when it was accepted; raises what the SDK raises."""
    client = Client(
        WRITE_KEY,
        host=data_plane,
        sync_mode=True,
        max_retries=1,
        timeout=FIRST_START,
        proxies={"no_proxy": "127.0.0.1"},
    )
    client.track(EVENT["userId"], EVENT["event"], message_id=EVENT["messageId"])
