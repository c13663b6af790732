"""A check of the keys with which SDKs and webhooks send events to the stack."""

from collections.abc import Iterator
from typing import Any

from rudder_mixpanel.auth import SHORTEST_TOKEN
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.receiving.keys import KEYS_HOLD, SHORTEST_KEY, SenderKeys
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok
from rudder_mixpanel_cli.regulations.checks import expiry_findings
from rudder_mixpanel_cli.settings.configuration import (
    WRITE_KEYS,
    NotJson,
    NotSet,
    repair_of,
    secret_name,
    secret_of,
)
from rudder_mixpanel_cli.times import current_time


@check("write keys")
def check_write_keys(stack: DeployedStack) -> Iterator[Finding]:
    """With ReceiveEvents, the keys of SDKs and the tokens of webhooks are valid, and do not expire.

    Put keys in with `rudder-mixpanel setup`; `docs/deploying.md` shows the secret.
    """
    if WRITE_KEYS not in stack.outputs:
        yield ok("Not used: the stack receives no events of SDKs.")
        return
    name = secret_name(stack, WRITE_KEYS)
    again = f"Run rudder-mixpanel setup --stack {stack.name}."
    try:
        keys = SenderKeys("the secret", secret_of(stack, WRITE_KEYS).content)
        check_lists(keys)
    except NotSet:
        yield failure("There are none, so every event of an SDK or a webhook is refused.", again)
    except NotJson as error:
        yield failure(
            f"The secret is {error}: every event of an SDK is refused.", repair_of(stack, name)
        )
    except ConfigurationError:
        advice = f"The secret {name} is {KEYS_HOLD}."
        yield failure("The secret is malformed: every event of an SDK is refused.", advice)
    else:
        yield from keys_findings(stack, keys.content)


def check_lists(keys: SenderKeys) -> None:
    """Raise ConfigurationError when one of the lists is malformed."""
    now = current_time()
    keys.valid_entries("writeKeys", "", now, "writeKey", SHORTEST_KEY)
    keys.valid_entries("webhookTokens", "", now, "token", SHORTEST_TOKEN)


def keys_findings(stack: DeployedStack, content: Any) -> Iterator[Finding]:
    """What a valid secret says: how many keys there are, and which expire."""
    keys, tokens = content.get("writeKeys", []), content.get("webhookTokens", [])
    name = secret_name(stack, WRITE_KEYS)
    expiring = [*expiry_findings(keys, "source", name), *expiry_findings(tokens, "name", name)]
    counts = f"{counted(len(keys), 'write key')} and {counted(len(tokens), 'webhook token')}"
    yield from expiring or [ok(f"Valid: {counts}.")]


def counted(count: int, what: str) -> str:
    """A number of things in words."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
