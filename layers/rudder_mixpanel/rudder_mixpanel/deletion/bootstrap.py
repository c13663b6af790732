"""Builds what deletions need from the environment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.transport import checked_base_url, http_client
from rudder_mixpanel.regulations.bootstrap import RegulationsEnvironment, RegulationsResources

if TYPE_CHECKING:
    import httpx

# Seconds between one request to the deletion API and the next: it takes one a second.
REST: Final = 1.1
DELETION_HOLDS: Final = "a JSON object with gdprApiToken and, unless the settings have it, token"


class AwsDeletionDependencies(RegulationsResources):
    """What the function that deletes users needs, on AWS; `time_left` is one invocation's."""

    def __init__(
        self,
        environment: RegulationsEnvironment,
        base_url: str,
        clock: Callable[[], datetime],
        http: "httpx.Client | None" = None,
    ) -> None:
        super().__init__(environment, clock)
        self.base_url = base_url
        self.http = http or http_client()
        self.time_left: Callable[[], int] = lambda: 0

    def pause(self) -> None:
        """Let more than a second pass."""
        sleep(REST)

    def mixpanel(self) -> DeletionClient:
        """Mixpanel's deletions as settings and secret say now; raises ConfigurationError."""
        settings = DeletionSettings.from_config({**self.config(), **self.secret(DELETION_HOLDS)})
        if settings.by_task and not settings.has_gdpr_token:
            raise ConfigurationError("gdprApiToken", f"expected in the secret: {DELETION_HOLDS}")
        if base_url := checked_base_url(self.base_url):
            settings = replace(settings, app_url=base_url, ingestion_url=base_url)
        return DeletionClient(self.http, settings)

    def token_age(self) -> float | None:
        """Days since the secret was put with a GDPR token in it, which lives for a year.

        None where there is no such token, or where nobody can say.
        """
        try:
            has_one = self.secret(DELETION_HOLDS).get("gdprApiToken")
            secret = self.secrets.client.get_secret_value(SecretId=self.environment.secret)
        except (BotoCoreError, ClientError, ConfigurationError):
            return None
        if not has_one:
            return None
        age: float = (self.clock() - secret["CreatedDate"]).total_seconds() / 86_400
        return age
