"""One Mixpanel project: its credentials and the settings that decide what it accepts."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """A username and secret that may import into a project."""

    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What Mixpanel knows of a project before any data arrives."""

    project_id: str = "1"
    token: str = "f00dfeedf00dfeedf00dfeedf00dfeed"  # noqa: S105 - made up; a token is no secret
    api_secret: str | None = field(default=None, repr=False)
    service_accounts: tuple[ServiceAccount, ...] = (
        ServiceAccount(username="sandbox.0123.mp-service-account", secret="s3cret"),  # noqa: S106 - made up
    )
    id_mode: Literal["original", "simplified"] = "original"
    # 730 for projects made since September 2025, 1825 for older ones, 0 for no limit.
    retention_days: int = 730
    # Documented as 3, enforced as 10.
    max_depth: int = 10
    max_body: int = 10_485_760
