"""How a destination deletes users: by which API, under which law, and by which identifiers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from rudder_mixpanel.destination.dynamic import fill_defaults, parse_template, templates_in
from rudder_mixpanel.destination.project import APP_URLS, INGESTION_URLS
from rudder_mixpanel.destination.settings import named_values, read_settings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.message.identity import deleted_ids

# Ids in one request: RudderStack's limit, or fewer where the project uses groups.
MOST_BY_TASK: Final = 1999
IDS_AND_GROUPS: Final = 2000
MOST_BY_ENGAGE: Final = 1000
DELETION_API: Final = "userDeletionApi"
SHOWN_OF_A_TOKEN: Final = 6
# The settings that a deletion needs: a mistake in another one must not delay it.
OF_DELETIONS: Final = frozenset(
    {
        *("token", "dataResidency", "identityMergeApi", "groupKeySettings", DELETION_API),
        *("gdprApiToken", "complianceType", "deletionIdentifiers"),
    }
)
# Those that select the project.
OF_THE_PROJECT: Final = ("token", "dataResidency")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionSettings:
    """The settings of a destination's Config for deletions; its repr shows no secret."""

    token: str = field(repr=False)
    gdpr_api_token: str = field(repr=False)
    by_task: bool
    region: str
    # As its owner recognizes it: by its id, or the end of its token.
    project: str
    compliance_type: str
    identifiers: tuple[str, ...]
    # Whether devices have the prefix of simplified merge; both where events select the merge.
    merges: frozenset[bool]
    groups: int
    ingestion_url: str
    app_url: str
    # Settings that select the project by an event, which a deletion does not have.
    by_event: tuple[str, ...]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read RudderStack's Config, with the defaults of dynamic settings.

        Raises ConfigurationError with the name of the invalid setting.
        """
        read = read_settings(fill_defaults(config, templates_in(config)), OF_DELETIONS)
        values = named_values(config)
        return cls(
            token=read["token"],
            gdpr_api_token=read["gdprApiToken"],
            by_task=read[DELETION_API] == "task",
            region=read["dataResidency"],
            project=project_name(values.get("projectId"), read["token"]),
            compliance_type=read["complianceType"],
            identifiers=read["deletionIdentifiers"],
            merges=frozenset(
                {True, False}
                if is_dynamic(values.get("identityMergeApi"))
                else {read["identityMergeApi"] == "simplified"}
            ),
            groups=len(read["groupKeySettings"]),
            ingestion_url=INGESTION_URLS[read["dataResidency"]],
            app_url=APP_URLS[read["dataResidency"]],
            by_event=tuple(name for name in OF_THE_PROJECT if is_dynamic(values.get(name))),
        )

    def require_project(self) -> None:
        """Raise ConfigurationError when events select the project.

        The user may be in several projects, and a deletion in one of them would count as complete.
        """
        for name in self.by_event:
            expected = "expected one value in the secret for deletions, got one that events select"
            raise ConfigurationError(name, expected)

    @property
    def deletion_api(self) -> str:
        """The value of userDeletionApi."""
        return "task" if self.by_task else "engage"

    @property
    def has_gdpr_token(self) -> bool:
        """Whether there is a GDPR token that fits into a header."""
        token = self.gdpr_api_token
        return bool(token) and token.isascii() and token.isprintable()

    @property
    def max_ids(self) -> int:
        """How many ids one request may name."""
        if self.by_task:
            return min(MOST_BY_TASK, IDS_AND_GROUPS // (self.groups + 1))
        return MOST_BY_ENGAGE

    def identifiers_of(self, attributes: Mapping[str, str]) -> list[str]:
        """The names of the identifiers by which a user is suppressed and deleted.

        They are the userId, or without one the anonymousId, and those that the settings name.
        """
        identifying = "userId" if "userId" in attributes else "anonymousId"
        names = dict.fromkeys((identifying, *self.identifiers))
        return [name for name in names if name in attributes]

    def ids_of(self, attributes: Mapping[str, str]) -> list[str]:
        """A user's ids at Mixpanel, from the values of the identifiers."""
        ids = [
            id_
            for identifier in self.identifiers_of(attributes)
            for simplified in sorted(self.merges)
            for id_ in deleted_ids(identifier, attributes[identifier], simplified=simplified)
        ]
        return list(dict.fromkeys(ids))


def deletion_api_of(config: Mapping[str, Any]) -> str:
    """The value of userDeletionApi in a Config, with its default; raises ConfigurationError."""
    own = {DELETION_API: named_values(config).get(DELETION_API)}
    api: str = read_settings(fill_defaults(own, templates_in(own)), {DELETION_API})[DELETION_API]
    return api


def project_name(project_id: Any, token: str) -> str:
    """The name of a project in reports: its id if the settings have it, else its token's end."""
    if isinstance(project_id, str) and project_id.isdecimal():
        return project_id
    return f"the project whose token ends with {token[-SHOWN_OF_A_TOKEN:]}"


def is_dynamic(value: Any) -> bool:
    """Whether events can provide the value of a setting."""
    return isinstance(value, str) and bool(parse_template((), value))
