"""Connect to the regulations API that the options name."""

from dataclasses import dataclass

from rudder_mixpanel_cli.aws import report_aws_errors, stack_outputs
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.regulations import client


@dataclass(frozen=True, slots=True)
class Connection:
    """A stack's regulations API, and the id of the stack's destination."""

    api: client.RegulationsClient
    destination: str


def connect(stack: str | None, url: str | None, token: str) -> Connection:
    """Connect as the options say, and read what they omit from the stack's outputs.

    Raises UsageError when an option is missing, CommandError when AWS fails.
    """
    if not token:
        raise UsageError("expected a token in RUDDER_MIXPANEL_TOKEN")
    outputs: dict[str, str] = {}
    if stack:
        with report_aws_errors():
            outputs = stack_outputs(stack)
    address = url or outputs.get("RegulationsApiUrl")
    if not address:
        raise UsageError("expected --stack or --url")
    api = client.RegulationsClient(address, token)
    return Connection(api, outputs.get("DestinationId", "default"))
