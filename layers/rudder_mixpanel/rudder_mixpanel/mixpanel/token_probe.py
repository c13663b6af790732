"""Asks Mixpanel whether it accepts a project token as a credential, without importing anything."""

from typing import Final

import httpx

from rudder_mixpanel.mixpanel.outcomes import Kept
from rudder_mixpanel.mixpanel.token_responses import token_objection
from rudder_mixpanel.mixpanel.transport import JSON, send

# An event without a name, which Mixpanel rejects after it has authenticated the request. With
# strict=0, that is a success that imported nothing.
NAMELESS_EVENT: Final = b"[{}]"
QUERY: Final = {"strict": "0", "verbose": "1"}


def probe_token(http: httpx.Client, ingestion_url: str, token: str) -> Kept | None:
    """Why nothing may be sent under a token to this address; None when Mixpanel accepts it.

    /track, /engage and /groups answer success for the token of no project, and drop the data. Only
    /import refuses such a token. No `project_id` is sent, so that the token alone decides.
    """
    response = send(
        http,
        "POST",
        f"{ingestion_url}/import",
        params=QUERY,
        content=NAMELESS_EVENT,
        headers=JSON,
        auth=httpx.BasicAuth(token, ""),
    )
    return token_objection(response)
