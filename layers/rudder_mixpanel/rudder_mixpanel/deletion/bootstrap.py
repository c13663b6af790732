"""Builds the dependencies of deletions from the environment."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.deletion.overview import KnownChunks
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from rudder_mixpanel.mixpanel.transport import checked_base_url, http_client
from rudder_mixpanel.profiles.erase import erase_profiles
from rudder_mixpanel.regulations.bootstrap import RegulationsEnvironment, RegulationsResources

if TYPE_CHECKING:
    import httpx

SECONDS_A_DAY: Final = 86_400
# Seconds between two requests to the deletion API, which allows one a second.
PAUSE: Final = 1.1
# Milliseconds that a step needs after its first calls to tables.
TIME_FOR_A_REQUEST: Final = 20_000
DELETION_HOLDS: Final = "a JSON object with gdprApiToken and, unless it is in the settings, token"


class AwsProfileTimes:
    """The table of when the properties of profiles were last set."""

    def __init__(self, resources: RegulationsResources) -> None:
        self.resources = resources
        # What follows in the same step: a request to Mixpanel, and the regulation's own table.
        self.backoff = TableBackoff(resources.remaining_time, reserve=TIME_FOR_A_REQUEST)

    def erase(self, pseudonyms: Collection[str]) -> None:
        """Delete the items of these users. Raises TableUnavailable."""
        table = self.resources.environment.profiles_table
        erase_profiles(self.resources.clients.dynamodb, table, pseudonyms, self.backoff)


class AwsDeletionDependencies(RegulationsResources):
    """The dependencies of deletions on AWS."""

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
        self.token_proofs = TokenProofs()
        self.known_chunks = KnownChunks()
        self.profile_times = AwsProfileTimes(self)

    def pause(self) -> None:
        """Wait until the next request to Mixpanel is allowed."""
        sleep(PAUSE)

    def mixpanel(self) -> DeletionClient:
        """A client for Mixpanel's deletions, as configured now; raises ConfigurationError."""
        settings = DeletionSettings.from_config({**self.config(), **self.secret(DELETION_HOLDS)})
        settings.require_project()
        if settings.by_task and not settings.has_gdpr_token:
            raise ConfigurationError("gdprApiToken", f"expected in the secret: {DELETION_HOLDS}")
        if base_url := checked_base_url(self.base_url):
            settings = replace(settings, app_url=base_url, ingestion_url=base_url)
        return DeletionClient(self.http, settings)

    def token_age(self) -> float | None:
        """Days since the secret with the GDPR token was written; the token expires after a year.

        None when the secret has no such token, or cannot be read.
        """
        try:
            has_token = self.secret(DELETION_HOLDS).get("gdprApiToken")
            secret = self.clients.secrets_manager.get_secret_value(SecretId=self.environment.secret)
        except (BotoCoreError, ClientError, ConfigurationError):
            return None
        if not has_token:
            return None
        age: float = (self.clock() - secret["CreatedDate"]).total_seconds() / SECONDS_A_DAY
        return age
