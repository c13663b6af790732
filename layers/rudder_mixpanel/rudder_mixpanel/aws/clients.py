"""Clients of AWS services, made by botocore alone.

Importing boto3 as well, for the same clients, costs about a tenth of a cold start:
docs/decisions/0012 has the figures.
"""

from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG


class AwsClients:
    """Makes the clients of one container, with the time limits of CLIENT_CONFIG."""

    def __init__(self) -> None:
        self.session: Session = get_session()

    def make(self, service: str, **config: Any) -> Any:
        """A client of a service, such as "sqs"; `config` overrides options of CLIENT_CONFIG."""
        return self.session.create_client(service, config=CLIENT_CONFIG.merge(Config(**config)))
