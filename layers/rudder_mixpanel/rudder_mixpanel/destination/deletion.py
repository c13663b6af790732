"""How a destination deletes: which API, under which law, and by which of a user's identifiers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from rudder_mixpanel.destination.destination import DEVICE, INGESTION_URLS
from rudder_mixpanel.destination.settings import read_settings

# https://docs.mixpanel.com/docs/privacy/end-user-data-management
APP_URLS: Final = {
    "us": "https://mixpanel.com",
    "eu": "https://eu.mixpanel.com",
    "in": "https://in.mixpanel.com",
}
# Users of one request: as many as the peer names, and where groups are used fewer.
MOST_BY_TASK: Final = 1999
IDS_AND_GROUPS: Final = 2000
MOST_BY_ENGAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionSettings:
    """What deletions need of a destination's Config; secrets never show in its repr."""

    token: str = field(repr=False)
    gdpr_api_token: str = field(repr=False)
    by_task: bool
    compliance_type: str
    identifiers: tuple[str, ...]
    simplified: bool
    groups: int
    ingestion_url: str
    app_url: str

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read RudderStack's Config; raises ConfigurationError with the wrong setting's name."""
        read = read_settings(config)
        return cls(
            token=read["token"],
            gdpr_api_token=read["gdprApiToken"],
            by_task=read["userDeletionApi"] == "task",
            compliance_type=read["complianceType"],
            identifiers=read["deletionIdentifiers"],
            simplified=read["identityMergeApi"] == "simplified",
            groups=len(read["groupKeySettings"]),
            ingestion_url=INGESTION_URLS[read["dataResidency"]],
            app_url=APP_URLS[read["dataResidency"]],
        )

    @property
    def has_gdpr_token(self) -> bool:
        """Whether there is a GDPR token that a header can carry."""
        token = self.gdpr_api_token
        return bool(token) and token.isascii() and token.isprintable()

    @property
    def max_ids(self) -> int:
        """Users that one request may name."""
        if self.by_task:
            return min(MOST_BY_TASK, IDS_AND_GROUPS // (self.groups + 1))
        return MOST_BY_ENGAGE

    def ids_of(self, attributes: Mapping[str, str]) -> list[str]:
        """A user's ids at Mixpanel: userId, and what the other identifiers name.

        Each as it is given, and without the blanks around it, which events may have had or not.
        """
        named: list[str] = []
        for identifier in ("userId", *self.identifiers):
            given = attributes.get(identifier, "")
            spellings = [one for one in (given, given.strip()) if one]
            if self.simplified and identifier == "anonymousId":
                spellings = [f"{DEVICE}{one.removeprefix(DEVICE)}" for one in spellings]
            named += spellings
        return list(dict.fromkeys(named))
