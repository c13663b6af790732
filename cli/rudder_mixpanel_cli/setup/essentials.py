"""The five settings that everybody needs: what to choose, and what each value means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Essential:
    """One of the five: what to choose, what follows from a wrong choice, and what values mean."""

    name: str
    choose: str
    wrong: str
    meanings: Mapping[str, str] = field(default_factory=dict)
    # A list has no fixed values
    some: str = ""
    none: str = ""

    def meaning(self, value: Any) -> str:
        """What a value of the setting means, in one sentence."""
        return self.meanings.get(value, "") if self.meanings else self.some if value else self.none


ESSENTIALS: Final = (
    Essential(
        "dataResidency",
        "The region of the project. The address of its pages shows it: mixpanel.com (us), "
        "eu.mixpanel.com (eu), in.mixpanel.com (in).",
        "The project is unknown in another region: nothing arrives.",
        {
            "us": "The project's data is in the United States.",
            "eu": "The project's data is in the European Union.",
            "in": "The project's data is in India.",
        },
    ),
    Essential(
        "identityMergeApi",
        "The ID merge API of the project, as Mixpanel's project settings show it.",
        "Users are split in two, or two users become one for good.",
        {
            "original": "userId and anonymousId are merged by identify and alias calls, for good.",
            "simplified": "Mixpanel joins a device to a user by events that carry both ids.",
        },
    ),
    Essential(
        "groupKeySettings",
        "The group keys of the project, such as company_id; none without Mixpanel's group "
        "analytics.",
        "Group calls are rejected.",
        some="Group calls put users into these groups, and make profiles of the groups.",
        none="No groups: group calls are rejected. Without group calls, nothing is lost.",
    ),
    Essential(
        "compatibility",
        "How pages, screens and revenue are sent. rudderstack: as RudderStack's destination has "
        "sent them (Loaded a Page), so that existing reports go on. none: as RudderStack documents "
        "it (Page), for a project without such reports.",
        "Pages, screens and revenue go where the existing reports do not look.",
        {
            "none": "As documented: events Page and Screen; revenue is charged with people on.",
            "rudderstack": "As RudderStack does it: Loaded a Page, Loaded a Screen; charges.",
        },
    ),
    Essential(
        "userDeletionApi",
        "What a regulation deletes of a user. engage: the profile. task: the user's events, too; "
        "it needs a GDPR API token.",
        "The events of deleted users stay in Mixpanel.",
        {
            "engage": "A regulation deletes the profile only: the user's events stay.",
            "task": "A regulation deletes the profile and all events of the user.",
        },
    ),
)
