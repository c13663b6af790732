"""What `setup` is going to write, and what stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel.regulations.scopes import Scope
from rudder_mixpanel_cli.setup import stored
from rudder_mixpanel_cli.setup.credentials import (
    ALL,
    FOR_DELIVERY,
    TOKEN,
    Credentials,
    deletion_credentials,
    select,
)
from rudder_mixpanel_cli.setup.new_keys import NewKey, entries, with_keys
from rudder_mixpanel_cli.setup.stored import StoredObject, StoredObjects


@dataclass(frozen=True, slots=True)
class Change:
    """One object of a stack, and what it is to hold."""

    stored: StoredObject
    content: Mapping[str, Any]

    @property
    def is_needed(self) -> bool:
        """Whether something else is stored; what is not known is not overwritten."""
        return not self.stored.unreadable and self.stored.content != self.content

    @property
    def names(self) -> dict[str, list[str]]:
        """The names in it that are new, changed or removed; never a value."""
        before, after = self.stored.content or {}, self.content
        names = {
            "new": [name for name in after if name not in before],
            "changed": [name for name in after if name in before and before[name] != after[name]],
            "removed": [name for name in before if name not in after],
        }
        return {label: listed for label, listed in names.items() if listed}


def plan_changes(
    before: StoredObjects,
    settings: Mapping[str, Any],
    credentials: Credentials,
    keys: list[NewKey],
) -> list[Change]:
    """What each object of the stack is to hold, in the order in which they are written.

    Credentials come first: with settings alone, the functions would report an error.
    """
    wanted = {
        stored.DELIVERY: replaced(
            before, stored.DELIVERY, select(credentials, FOR_DELIVERY), credentials
        ),
        stored.DELETION: replaced(
            before, stored.DELETION, deletion_credentials(credentials), credentials
        ),
        stored.WEBHOOKS: with_tokens(before, credentials, keys),
        stored.WRITE_KEYS: with_keys(
            before.content(stored.WRITE_KEYS), "writeKeys", of(keys, stored.WRITE_KEYS)
        ),
        stored.SETTINGS: dict(settings),
    }
    return [
        Change(before.objects[output], content)
        for output, content in wanted.items()
        if output in before.objects
    ]


def replaced(
    before: StoredObjects, output: str, chosen: Credentials, credentials: Credentials
) -> dict[str, Any]:
    """A secret with the chosen credentials, and without those that are removed.

    What else it holds stays; so does a token of its own, where events select the other.
    """
    content = before.content(output)
    kept = {
        name: value
        for name, value in content.items()
        if camel_case(name) not in ALL or camel_case(name) in credentials
    }
    # A secret may have the Rudder CLI's spelling, in which its functions read it, too.
    spelled = {camel_case(name): name for name in content}
    return {**kept, **{spelled.get(name, name): value for name, value in chosen.items()}}


def with_tokens(
    before: StoredObjects, credentials: Credentials, keys: list[NewKey]
) -> dict[str, Any]:
    """The tokens of the regulations API, and the project's for the worker that names it."""
    content = before.content(stored.WEBHOOKS)
    content = with_keys(content, "tokens", of(keys, stored.WEBHOOKS))
    if any(Scope.WORKER in entry.get("scopes", ()) for entry in entries(content, "tokens")):
        content["projectToken"] = credentials.get(TOKEN)
    return content


def of(keys: list[NewKey], output: str) -> list[NewKey]:
    """The new keys that one secret gets."""
    return [key for key in keys if key.output == output]
