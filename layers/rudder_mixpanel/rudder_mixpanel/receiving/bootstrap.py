"""Builds what receiving needs from the environment: the events queue and the senders' keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

from rudder_mixpanel.aws.clients import AwsClients
from rudder_mixpanel.aws.configuration import read_json
from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.aws.text_store import secret_store
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.receiving.enrich import Arrival
from rudder_mixpanel.receiving.keys import KEYS_HOLD, SenderKeys


@dataclass(frozen=True, slots=True)
class ReceivingEnvironment:
    """The environment variables that template.yaml sets."""

    secret: str
    events_queue_url: str
    browser_origins: tuple[str, ...]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables; raises KeyError with the name of a missing one."""
        origins = environ["BROWSER_ORIGINS"].split(",")
        return cls(
            secret=environ["WRITE_KEYS_SECRET"],
            events_queue_url=environ["EVENTS_QUEUE_URL"],
            browser_origins=tuple(origin for origin in origins if origin),
        )


class ReceivingDependencies:
    """What receiving needs on AWS; built once per container."""

    def __init__(
        self,
        environment: ReceivingEnvironment,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.environment = environment
        self.clock = clock
        self.new_id = new_id
        self.clients = AwsClients()
        self.secrets = secret_store(self.clients)

    @cached_property
    def queue(self) -> Queue:
        """The events queue."""
        return Queue(self.clients.sqs, self.environment.events_queue_url)

    def keys(self) -> SenderKeys:
        """The senders' keys; raises ConfigurationError when the secret cannot be read."""
        name = self.environment.secret
        content = read_json(self.secrets, name, kind="secret", holds=KEYS_HOLD)
        return SenderKeys(f"secret {name}", content)

    def arrival(self, ip: str | None) -> Arrival:
        """The arrival of a request at this moment."""
        return Arrival(since_epoch(self.clock()), ip, self.new_id)
