"""Checks that ask Mixpanel about the project's credentials."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, WaitsFor, check, failure, ok, skipped, warning
from rudder_mixpanel_cli.mixpanel.probe import (
    Answer,
    ImportFinding,
    TokenFinding,
    ask_about_import,
    ask_about_token,
    ask_for_token,
    ask_whether_valid,
    base_url_of,
)
from rudder_mixpanel_cli.settings.configuration import (
    CREDENTIALS,
    destination_of,
    secret_name,
    set_command,
)

TOKEN: Final = "project token"  # noqa: S105 - a name
IMPORT: Final = "import"
OUTAGE: Final = (
    "In an outage (https://www.mixpanelstatus.com) events wait, and are delivered when it ends. "
    "Otherwise check the proxy between this machine and Mixpanel."
)


class Refusal(NamedTuple):
    """Why Mixpanel refuses credentials, and what to do before the right ones are put in."""

    reason: str
    advice: str
    # Whether it is enough to change something in Mixpanel.
    only_there: bool = False


# Parts of Mixpanel's words, and what is wrong then.
MEANINGS: Final = {
    "not a project member": Refusal(
        "the service account is not a member of the project of projectId",
        "In Mixpanel, make the service account a member of that project with the role Admin; or "
        "put in the right project id",
    ),
    "not a valid service account": Refusal(
        "no service account has this serviceAccountUserName",
        "Copy the service account's user name from Mixpanel's organization settings, and put it in",
    ),
    "invalid service account": Refusal(
        "the serviceAccountSecret is wrong",
        "Put in the right secret; Mixpanel shows it only once, so one that is lost needs a new "
        "service account (role Admin)",
    ),
    "did not match project_id": Refusal(
        "the credentials belong to another project than projectId",
        "Put in the project id, the token and the service account of one project",
    ),
    "project secret": Refusal(
        "no project has this credential",
        "Copy the credentials from Mixpanel's project settings, and put them in",
    ),
    "may not import": Refusal(
        "its role is too low",
        "In Mixpanel, give it the role Admin in the project.",
        only_there=True,
    ),
}
ANY_REASON: Final = Refusal(
    "the service account is not a member of projectId, its role is neither Owner nor Admin, or its "
    "name or secret is wrong",
    "In Mixpanel, give a service account the role Admin in the project, and put it in",
)


@check(TOKEN)
def check_token(stack: DeployedStack) -> Iterator[Finding]:
    """Mixpanel accepts the project token in the region of dataResidency.

    Correct `dataResidency`, when another region accepts the token; else put the token of Mixpanel's
    project settings in with `rudder-mixpanel setup`.
    """
    yield token_finding(stack, ask_about_token(stack))


def token_finding(stack: DeployedStack, token: TokenFinding) -> Finding:
    """The finding about a token."""
    place = f"region {token.region}"
    if base_url := base_url_of(stack):
        place += f", at {base_url} (MixpanelBaseUrl)"
    if token.answer is Answer.ACCEPTED:
        return ok(f"Mixpanel accepts the token in {place}.")
    if token.answer is Answer.UNKNOWN:
        return warning(no_answer(token.reason), OUTAGE)
    if token.accepted_in:
        advice = f"Run {set_command(stack, 'dataResidency', token.accepted_in)}."
        return failure(
            f"Mixpanel refuses the token in region {token.region}, and accepts it in region "
            f"{token.accepted_in}. Events wait.",
            advice,
        )
    return failure(
        f"Mixpanel refuses the token: no project in {place} has it. Events wait.",
        "Copy the token from Mixpanel's project settings, and put it in with rudder-mixpanel "
        f"setup --stack {stack.name}.",
    )


def no_answer(reason: str) -> str:
    """The sentence about an answer that says nothing about the credentials."""
    return f"Asked from this machine, Mixpanel gives no usable answer: {reason}."


@check(IMPORT)
def check_import(stack: DeployedStack) -> Iterator[Finding]:
    """Mixpanel lets the configured credentials import events.

    Give the service account the role Owner or Admin in the project, or put in the right one with
    `rudder-mixpanel setup`.
    """
    destination = destination_of(stack)
    token = ask_about_token(stack).answer
    by_token = destination.import_username == destination.token
    if token is Answer.UNKNOWN or (by_token and token is Answer.REFUSED):
        raise WaitsFor(TOKEN)
    if by_token:
        yield ok("The token imports; there is no service account.")
        return
    who = "service account" if destination.import_password else "API secret"
    yield import_line(stack, who, ask_about_import(stack))


def import_line(stack: DeployedStack, who: str, found: ImportFinding) -> Finding:
    """The finding about what imports, a service account or an API secret."""
    if found.answer is Answer.ACCEPTED:
        return ok(f"The {who} may import.")
    if found.answer is Answer.UNKNOWN:
        return warning(no_answer(found.reason), OUTAGE)
    words = found.words.lower()
    refusal = next((known for part, known in MEANINGS.items() if part in words), ANY_REASON)
    setup = f": rudder-mixpanel setup --stack {stack.name}."
    return failure(
        f"Mixpanel refuses the {who} ({found.reason}): {refusal.reason}. Events wait.",
        refusal.advice + ("" if refusal.only_there else setup),
    )


@check("project")
def check_project(stack: DeployedStack) -> Iterator[Finding]:
    """The token is that of the project that the service account imports into.

    Put in the token and the service account of one project with `rudder-mixpanel setup`. Mixpanel's
    answers to this are not documented: when they are not understood, the check is skipped.
    """
    destination = destination_of(stack)
    if ask_about_token(stack).answer is not Answer.ACCEPTED:
        raise WaitsFor(TOKEN)
    if not destination.import_password:
        yield without_account(stack, destination.token)
        return
    if ask_about_import(stack).answer is not Answer.ACCEPTED:
        raise WaitsFor(IMPORT)
    yield with_account(stack, destination.token, destination.project_id)


def with_account(stack: DeployedStack, token: str, project_id: str) -> Finding:
    """Whether the token is that of the service account's project."""
    found = ask_for_token(stack, project_id)
    if found is None:
        return skipped(f"Mixpanel does not tell the token of project {project_id}.")
    if found == token:
        return ok(f"The token is that of project {project_id}.")
    return failure(
        f"The token is not that of project {project_id}: events go to that project, and updates "
        "of users and groups to another one.",
        f"Copy the token from the settings of project {project_id} into the secret "
        f"{secret_name(stack, CREDENTIALS)}.",
    )


def without_account(stack: DeployedStack, token: str) -> Finding:
    """Whether Mixpanel's web application knows the token."""
    region = ask_about_token(stack).region
    known = ask_whether_valid(stack, token)
    if known:
        return ok("Mixpanel knows a project with the token; compare it with your own.")
    if known is False and region == "us":
        text = "Mixpanel's web application knows no project with this token, although /import does."
        return warning(text, "Compare the token with that in Mixpanel's project settings.")
    return skipped("Mixpanel does not tell which project has the token.")
