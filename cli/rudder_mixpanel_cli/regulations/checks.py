"""Checks of what regulations need: secrets, tokens, and the key of suppressed users."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from rudder_mixpanel.auth import expiry_of
from rudder_mixpanel.aws.configuration import MIN_KEY_LENGTH
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.regulations.callers import TOKENS_HOLD, find_caller
from rudder_mixpanel.suppression.pseudonyms import CHECK, CHECK_TEXT, keyed_hash
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, WaitsFor, check, failure, ok, warning
from rudder_mixpanel_cli.settings.configuration import (
    DELETION,
    SETTINGS,
    WEBHOOK_TOKENS,
    NotJson,
    NotSet,
    readable_secret,
    repair_of,
    required_settings,
    secret_name,
    secret_of,
)
from rudder_mixpanel_cli.times import current_time

DELETION_SECRET: Final = "deletion secret"  # noqa: S105 - a name
# Mixpanel's tokens expire after a year; the first number leaves a month to replace one.
# https://docs.mixpanel.com/docs/privacy/end-user-data-management
OLD: Final = timedelta(days=335)
EXPIRED: Final = timedelta(days=365)
# How long before a token expires it is worth a warning.
SOON: Final = timedelta(days=30)
OF_THE_SECRET: Final = frozenset({"token", "gdprApiToken"})


@check("webhook tokens")
def check_webhook_tokens(stack: DeployedStack) -> Iterator[Finding]:
    """The tokens of the regulations API are valid, have scopes, and do not expire soon.

    Put tokens in with `rudder-mixpanel setup`; `docs/deploying.md` shows the secret.
    """
    name = secret_name(stack, WEBHOOK_TOKENS)
    try:
        secret = secret_of(stack, WEBHOOK_TOKENS).content
        find_caller(secret.get("tokens"), "", current_time())
    except NotSet:
        yield ok("None, so nobody can request that a user is suppressed or deleted.")
        return
    except NotJson as error:
        yield failure(f"The secret is {error}: every request is refused.", repair_of(stack, name))
        return
    except ValueError as error:
        advice = f"The secret {name} is {TOKENS_HOLD}."
        yield failure(f"The secret is malformed ({error}): every request is refused.", advice)
        return
    yield from tokens_findings(stack, secret)


def tokens_findings(stack: DeployedStack, secret: dict[str, Any]) -> Iterator[Finding]:
    """What a valid secret says: expiries, and what RudderStack's worker needs."""
    tokens = secret["tokens"]
    expiring = list(expiry_findings(tokens, "name", secret_name(stack, WEBHOOK_TOKENS)))
    worker = any("worker" in token["scopes"] for token in tokens)
    if worker and not (secret.get("projectToken") or required_settings(stack).get("token")):
        yield failure(
            "A token has the scope worker, and no projectToken says which project is meant.",
            f"Add projectToken to the secret {secret_name(stack, WEBHOOK_TOKENS)}.",
        )
    elif expiring:
        yield from expiring
    else:
        yield ok(f"{len(tokens)} valid, none expires within {SOON.days} days.")


def expiry_findings(entries: list[dict[str, Any]], label: str, secret: str) -> Iterator[Finding]:
    """A warning for each token or key that has expired, or expires soon."""
    now = current_time()
    for number, entry in enumerate(entries, 1):
        expiry = expiry_of(entry)
        name = entry.get(label) or f"number {number}"
        if expiry <= now:
            text = f"{name} expired on {expiry:%-d %B %Y}."
            yield warning(text, f"Remove or replace it in the secret {secret}.")
        elif expiry - now < SOON:
            text = f"{name} expires on {expiry:%-d %B %Y}."
            yield warning(text, f"Add another one to the secret {secret} before that.")


@check(DELETION_SECRET)
def check_deletion_secret(stack: DeployedStack) -> Iterator[Finding]:
    """The secret for deletions has what the settings need, and no placeholders.

    Put it in with `rudder-mixpanel setup`.
    """
    again = f"Run rudder-mixpanel setup --stack {stack.name}."
    settings = required_settings(stack)
    try:
        deletion = DeletionSettings.from_config({**settings, **secret_of(stack, DELETION).content})
        deletion.require_project()
    except NotSet:
        if readable_secret(stack, WEBHOOK_TOKENS):
            text = "Empty, but regulations can be requested: nobody would be deleted."
            yield failure(text, again)
        else:
            yield ok("Empty, as nobody can request regulations.")
    except NotJson as error:
        advice = repair_of(stack, secret_name(stack, DELETION))
        yield failure(f"The secret is {error}: nobody is deleted.", advice)
    except ConfigurationError as error:
        if error.setting not in OF_THE_SECRET:
            raise WaitsFor(SETTINGS) from None
        yield failure(f"{error}. Nobody is deleted.", again)
    else:
        yield needed_finding(deletion, again)


def needed_finding(deletion: DeletionSettings, advice: str) -> Finding:
    """Whether there is a GDPR token where the settings need one."""
    if deletion.by_task and not deletion.has_gdpr_token:
        text = 'gdprApiToken is missing, which "userDeletionApi": "task" needs. Nobody is deleted.'
        return failure(text, advice)
    what = "by a task, with its events" if deletion.by_task else "by its profile; events remain"
    return ok(f"A user is deleted {what}.")


@check("GDPR token")
def check_gdpr_token(stack: DeployedStack) -> Iterator[Finding]:
    """The secret with the GDPR token was written within 11 months: such tokens expire in a year.

    Create a new one in Mixpanel under *Personal settings → Data & Privacy*, and put it in with
    `rudder-mixpanel setup` on the same day: only the age of the secret is known.
    """
    try:
        secret = secret_of(stack, DELETION)
    except (NotSet, NotJson):
        raise WaitsFor(DELETION_SECRET) from None
    if not secret.content.get("gdprApiToken"):
        yield ok("There is none.")
        return
    age = current_time() - secret.written_at
    text = f"The secret with the GDPR token was written {age.days} days ago"
    advice = f"Create one in Mixpanel, then: rudder-mixpanel setup --stack {stack.name}."
    if age >= EXPIRED:
        yield failure(f"{text}: it has expired, as after every year.", advice)
    elif age >= OLD:
        yield warning(f"{text}: it expires after a year.", advice)
    else:
        yield ok(f"{text}; it expires after a year.")


@check("suppression key")
def check_suppression_key(stack: DeployedStack) -> Iterator[Finding]:
    """The key of suppressed users is the one with which their table was begun.

    See [Wrong suppression key](alarms.md#wrong-suppression-key).
    """
    key = suppression_key(stack)
    advice = 'Restore it: see "Wrong suppression key" in docs/alarms.md.'
    if len(key) < MIN_KEY_LENGTH:
        yield failure("The secret is empty or too short, so every event waits.", advice)
        return
    dynamodb = stack.client("dynamodb")
    table = stack.resources["Suppressions"].id
    item = dynamodb.get_item(TableName=table, Key={"id": {"S": CHECK}}, ConsistentRead=True)
    value = item.get("Item", {}).get("check_value", {}).get("S", "")
    if value == keyed_hash(key, CHECK_TEXT):
        yield ok("It is that of the table.")
    elif value:
        yield failure("It is not that of the table, so every event waits.", advice)
    elif dynamodb.scan(TableName=table, Limit=1, ProjectionExpression="id")["Items"]:
        yield failure("The table has users but no check value, so every event waits.", advice)
    else:
        yield ok("Nobody is suppressed yet.")


def suppression_key(stack: DeployedStack) -> bytes:
    """The key; empty when the secret has no value."""
    secrets = stack.client("secretsmanager")
    try:
        version = secrets.get_secret_value(SecretId=stack.resources["SuppressionKey"].id)
    except secrets.exceptions.ResourceNotFoundException:
        return b""
    text: str = version.get("SecretString", "")
    return text.encode()
