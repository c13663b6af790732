"""Faults of the settings and of the secrets."""

from datetime import timedelta

import boto3

from rudder_mixpanel_cli.times import current_time
from tests.unit.cli.doctor.account import API_SECRET, KEY_OF_WEB, TOKEN, WEBHOOK, Account
from tests.unit.cli.doctor.fault import fails, warns

DELETION = "DeletionCredentialsSecretName"
TOMORROW = (current_time() + timedelta(days=1)).isoformat()
YESTERDAY = (current_time() - timedelta(days=1)).isoformat()


def put_tokens(account: Account, **changed: object) -> None:
    """Change the webhook token."""
    account.put_secret("WebhookTokensSecretName", {"tokens": [{**WEBHOOK, **changed}]})


def put_keys(account: Account, **changed: object) -> None:
    """Change the write key."""
    account.put_secret("WriteKeysSecretName", {"writeKeys": [{**KEY_OF_WEB, **changed}]})


def put_item(account: Account, **attributes: str) -> None:
    """Put an item into the table of suppressed users."""
    item = {name: {"S": value} for name, value in attributes.items()}
    boto3.client("dynamodb").put_item(TableName=account.id("Suppressions"), Item=item)


FAULTS = [
    fails("settings", "no settings yet", lambda a: a.put_settings("not set yet")),
    fails("settings", "no settings yet, so", lambda a: a.delete_settings()),
    fails("settings", "invalid JSON at line 1, column 2", lambda a: a.put_settings("{oops")),
    fails("settings", "JSON, but not an object", lambda a: a.put_settings("[]")),
    fails("settings", "dataResidency: expected", lambda a: a.set(dataResidency="europe")),
    fails("settings", "gdprApiToken: expected", lambda a: a.set(gdprApiToken="x" * 40)),
    warns("settings", "did you mean people", lambda a: a.set(peoples=True)),
    warns("settings", "overrides compatibility", lambda a: a.set(people=False)),
    fails("delivery secret", "is empty", lambda a: a.empty_secret("DeliveryCredentials")),
    fails(
        "delivery secret", "is invalid JSON", lambda a: a.put_secret("CredentialsSecretName", TOKEN)
    ),
    fails("delivery secret", "token: expected text", lambda a: a.put_credentials(token=None)),
    fails("delivery secret", "placeholder", lambda a: a.put_credentials(token="{{ .TOKEN }}")),
    warns(
        "delivery secret", "as projectId is missing", lambda a: a.put_credentials(projectId=None)
    ),
    warns("delivery secret", "did you mean projectId", lambda a: a.put_credentials(projectid="1")),
    warns("strict mode", "without saying which", lambda a: a.set(strictMode=False)),
    warns("event age", "over five years", lambda a: a.set(maxEventAgeDays=4000)),
    warns("group keys", "$company", lambda a: a.set(groupKeySettings=["$company"])),
    warns("group keys", "more than once: a.", lambda a: a.set(groupKeySettings=["a", "a"])),
    warns("API secret", "on 3 March 2027", lambda a: a.use_api_secret(API_SECRET)),
    fails("webhook tokens", "without a token", lambda a: put_tokens(a, token="short")),
    fails("webhook tokens", "list of scopes", lambda a: put_tokens(a, scopes=[])),
    fails("webhook tokens", "no projectToken", lambda a: put_tokens(a, scopes=["worker"])),
    warns("webhook tokens", "privacy expires on", lambda a: put_tokens(a, expires=TOMORROW)),
    warns("webhook tokens", "privacy expired on", lambda a: put_tokens(a, expires=YESTERDAY)),
    fails("deletion secret", "nobody would be", lambda a: a.empty_secret("DeletionCredentials")),
    fails("deletion secret", "is missing", lambda a: a.put_secret(DELETION, {"token": TOKEN})),
    fails("deletion secret", "invalid JSON", lambda a: a.put_secret(DELETION, TOKEN)),
    fails(
        "deletion secret",
        "token: expected",
        lambda a: a.put_secret(DELETION, {"gdprApiToken": "x"}),
    ),
    fails("write keys", "bytes, and not text", lambda a: a.put_bytes("WriteKeysSecretName")),
    warns("GDPR token", "340 days ago", lambda a: a.age_secret("DeletionCredentials", 340)),
    fails("GDPR token", "it has expired", lambda a: a.age_secret("DeletionCredentials", 370)),
    fails("suppression key", "empty", lambda a: a.empty_secret("SuppressionKey")),
    fails("suppression key", "not that of", lambda a: put_item(a, id="check", check_value="0")),
    fails("suppression key", "no check value", lambda a: put_item(a, id="somebody")),
    fails("write keys", "There are none", lambda a: a.empty_secret("WriteKeys")),
    fails("write keys", "malformed", lambda a: put_keys(a, writeKey="short")),
    warns("write keys", "web expires on", lambda a: put_keys(a, expires=TOMORROW)),
]
