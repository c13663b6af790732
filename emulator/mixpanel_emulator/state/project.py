"""A Mixpanel project: its credentials, and the settings that decide what it accepts."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

# The raw export of projects created by this day goes by their time zones.
LAST_DAY_OF_LOCAL_EXPORTS: Final = date(2023, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """A username and secret, and the role that they have in a project."""

    username: str
    secret: str = field(repr=False)
    # Only the first two may import.
    role: Literal["owner", "admin", "analyst", "consumer"] = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class GdprToken:
    """An OAuth token that may request deletions until it expires."""

    token: str = field(repr=False)
    user: str = "owner@example.com"
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The settings of a project, as they are before any data arrives."""

    project_id: str = "1"
    token: str = "f00dfeedf00dfeedf00dfeedf00dfeed"  # noqa: S105 - made up; a token is no secret
    api_secret: str | None = field(default=None, repr=False)
    service_accounts: tuple[ServiceAccount, ...] = (
        ServiceAccount(username="sandbox.0123.mp-service-account", secret="s3cret"),  # noqa: S106 - made up
    )
    gdpr_tokens: tuple[GdprToken, ...] = (
        GdprToken(token="gdpr-f00dfeed"),  # noqa: S106 - made up
    )
    region: Literal["us", "eu", "in"] = "us"
    id_mode: Literal["original", "simplified"] = "original"
    # 730 for projects created since September 2025, 1825 for older ones, 0 for no limit.
    retention_days: int = 730
    # Documented as 3, enforced as 10.
    max_depth: int = 10
    max_body: int = 10_485_760
    # In any minute: 2 GB, and 30,000 records a second.
    bytes_per_minute: int = 2_000_000_000
    records_per_minute: int = 1_800_000
    # Of one user on one day.
    hot_shard_events: int = 200_000
    # The keys of its groups; each lowers the number of users that a deletion may name.
    data_groups: tuple[str, ...] = ()
    # The name of a time zone as in the IANA database, and the day the project was created.
    timezone: str = "UTC"
    created: date = date(2025, 9, 1)
    # Until all that arrived shows in the raw export.
    export_delay_seconds: float = 2700
    # Of the raw export; 0 for no limit.
    exports_per_hour: int = 60
    exports_per_second: int = 3
    concurrent_exports: int = 100
    # By Lexicon: the names of events that queries do not show, and of those that are not stored.
    hidden_events: tuple[str, ...] = ()
    dropped_events: tuple[str, ...] = ()
    # How long a deletion task stays in each status; in production the whole task takes weeks.
    deletion_stage_seconds: float = 60
    # Between two requests about deletions; 0 for no limit.
    deletion_rest_seconds: float = 1
    # Both shapes of the response to a new deletion are documented.
    deletion_results_as_list: bool = False
    # 200 gives NOT_FOUND in the body; 404 is as likely.
    unknown_deletion_status: Literal[200, 404] = 200

    @property
    def simplified(self) -> bool:
        """Whether the project uses simplified identity management."""
        return self.id_mode == "simplified"

    @property
    def export_zone(self) -> tzinfo:
        """The time zone of days and times in the raw export."""
        is_local = self.created <= LAST_DAY_OF_LOCAL_EXPORTS and self.timezone != "UTC"
        return ZoneInfo(self.timezone) if is_local else UTC
