"""What regulations need from outside."""

from dataclasses import dataclass
from typing import Protocol

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.regulations.repository import RegulationRepository
from rudder_mixpanel.regulations.scopes import Scope
from rudder_mixpanel.suppression import SuppressionStore


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the API: the name of a token, and what the token may do."""

    name: str
    scopes: frozenset[Scope]

    @property
    def sees_users(self) -> bool:
        """Whether answers show the identifiers of users."""
        return Scope.SEE_USERS in self.scopes


class AcceptDependencies(Protocol):
    """What accepting and cancelling regulations needs."""

    @property
    def repository(self) -> RegulationRepository:
        """The stored regulations."""
        ...

    @property
    def suppressions(self) -> SuppressionStore:
        """The table of suppressed users."""
        ...

    @property
    def delivery_timeout(self) -> int:
        """The time limit of the delivery function, in seconds."""
        ...

    def now(self) -> int:
        """The time, in seconds since 1970."""
        ...


class RegulationsDependencies(AcceptDependencies, Protocol):
    """What creating and finding regulations needs."""

    @property
    def destination_id(self) -> str:
        """The id of the destination that this stack serves."""
        ...

    @property
    def log_retention_days(self) -> int:
        """How many days the functions' logs are kept; 0 if that is not known."""
        ...

    def settings(self) -> DeletionSettings:
        """How the destination deletes users; raises ConfigurationError."""
        ...

    def keyed_hash(self, text: str) -> str:
        """The keyed hash of a text; raises ConfigurationError."""
        ...

    def pseudonym(self, identifier: str) -> str:
        """The keyed hash of an identifier; raises ConfigurationError."""
        ...

    def wake(self) -> None:
        """Wake the function that deletes users."""
        ...


class ApiDependencies(RegulationsDependencies, Protocol):
    """What the HTTP API needs."""

    def project_token(self) -> str:
        """The token of the project that jobs must name; raises ConfigurationError."""
        ...

    def caller(self, token: str) -> Caller | None:
        """The caller with this token, or None; raises ConfigurationError."""
        ...
