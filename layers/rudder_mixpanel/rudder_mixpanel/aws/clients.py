"""Clients of AWS services, made by botocore alone.

Importing boto3 as well, for the same clients, costs about a tenth of a cold start:
docs/decisions/0012 has the figures.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session, get_session

from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient


class AwsClients:
    """The clients of one container, each made when it is first used."""

    def __init__(self) -> None:
        self.session: Session = get_session()

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB, with a connection for each thread of lanes, statements and look-ups."""
        # Checking the parameters takes a fifth of a call of many items. Tests hold them, too.
        client: DynamoDBClient = self.make(
            "dynamodb", max_pool_connections=64, parameter_validation=False
        )
        return client

    @cached_property
    def secrets_manager(self) -> "SecretsManagerClient":
        """Secrets Manager."""
        client: SecretsManagerClient = self.make("secretsmanager")
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS."""
        client: SQSClient = self.make("sqs")
        return client

    @cached_property
    def sqs_without_retries(self) -> "SQSClient":
        """SQS, called once: a SendMessage that is repeated can put a message on a queue twice."""
        once = {"mode": "standard", "total_max_attempts": 1}
        client: SQSClient = self.make("sqs", retries=once)
        return client

    @cached_property
    def ssm(self) -> "SSMClient":
        """SSM, for its parameter store."""
        client: SSMClient = self.make("ssm")
        return client

    def make(self, service: str, **config: Any) -> Any:
        """A client with the time limits of CLIENT_CONFIG; `config` adds options to these."""
        return self.session.create_client(service, config=CLIENT_CONFIG.merge(Config(**config)))
