"""The table of HTTP responses to SDKs."""

from docs.printing.markdown import code, table
from rudder_mixpanel.receiving.responses import GatewayResponse


def gateway_responses() -> str:
    """The status and body of each response."""
    return table(
        ("status", "response"),
        ((str(response.status.value), code(response.words)) for response in GatewayResponse),
    )
