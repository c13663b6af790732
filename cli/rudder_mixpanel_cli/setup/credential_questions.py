"""Asks for the credentials that the settings need; Enter keeps what is there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import typer

from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel_cli.setup.credentials import (
    ACCOUNT,
    API_SECRET,
    GDPR_TOKEN,
    TOKEN,
    USER_NAME,
    Credentials,
    check_credential,
)
from rudder_mixpanel_cli.setup.questions import NONE, ask_credential

QUESTIONS: Final = {
    TOKEN: "Project token (Mixpanel: Project settings, Access keys)",
    USER_NAME: "Service account's user name",
    "serviceAccountSecret": "Service account's secret",
    "projectId": "Project id",
    API_SECRET: "API secret",
    GDPR_TOKEN: "GDPR API token (Mixpanel: Personal settings, Data & Privacy)",
}
ABOUT_ACCOUNTS: Final = (
    "A service account (role Owner or Admin) is better for imports than the token alone."
)
NOT_SECRET: Final = frozenset({USER_NAME, "projectId"})


@dataclass(frozen=True, slots=True)
class CredentialSources:
    """Where credentials are already: in the stack's secrets, and in the Config."""

    stored: Mapping[str, Any]
    in_config: Mapping[str, Any]

    def hint(self, name: str) -> str:
        """What Enter does."""
        removes = "" if name == TOKEN else f", {NONE} removes it"
        if name in self.in_config:
            return f"Enter takes the one in the Config{removes}"
        if name in self.stored:
            return f"Enter keeps the one in the stack{removes}"
        return "Enter: none" if name == USER_NAME else ""

    def has(self, name: str) -> bool:
        """Whether Enter is an answer."""
        return name in self.in_config or name in self.stored


def ask_credentials(settings: Mapping[str, Any], sources: CredentialSources) -> Credentials:
    """The answers by name: a text, or None for what is to be removed."""
    answers: Credentials = {}
    typer.echo(err=True)
    for name in names_to_ask(settings, sources, answers):
        if name == USER_NAME and not sources.has(name):
            typer.echo(ABOUT_ACCOUNTS, err=True)
        answer = ask_until_known(name, sources)
        if answer != "":
            answers[name] = answer
    return answers


def names_to_ask(
    settings: Mapping[str, Any], sources: CredentialSources, answers: Credentials
) -> Iterator[str]:
    """The credentials to ask for; the rest of a service account only if it has a user name."""
    values = {camel_case(name): value for name, value in settings.items()}
    yield TOKEN
    yield USER_NAME
    if USER_NAME in answers and answers[USER_NAME] is None:
        answers.update(dict.fromkeys(ACCOUNT))
    elif answers.get(USER_NAME) or sources.has(USER_NAME):
        yield from ACCOUNT[1:]
    if values.get("importAuth") == API_SECRET:
        yield API_SECRET
    if values.get("userDeletionApi") == "task":
        yield GDPR_TOKEN


def ask_until_known(name: str, sources: CredentialSources) -> str | None:
    """Ask again as long as Enter is no answer: for what is needed, and nowhere yet."""
    needed = name != USER_NAME and not sources.has(name)
    while True:
        answer = ask_credential(
            QUESTIONS[name],
            sources.hint(name),
            partial(check_credential, name),
            hidden=name not in NOT_SECRET,
        )
        if answer or not needed:
            return answer
        typer.echo("It is needed. Ctrl-C ends, and writes nothing.", err=True)
