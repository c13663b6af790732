"""What doctor says to do: one thing for each reason, and commands to copy."""

import pytest

from rudder_mixpanel_cli.alarms.checks import section_of
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.mixpanel.checks import MEANINGS, import_line
from rudder_mixpanel_cli.mixpanel.probe import Answer, ImportFinding
from rudder_mixpanel_cli.settings.configuration import set_command
from tests.unit.cli.doctor.account import Account, lines
from tests.unit.cli.doctor.faults_of_mixpanel import move_to_europe
from tests.unit.cli.doctor.faults_of_resources import change_throttle, fire_alarm, replace_policy

STACK = DeployedStack("prod")
SETUP = "rudder-mixpanel setup --stack prod."


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("user is not a project member", "make the service account a member of that project"),
        ("x is not a valid service account", "Copy the service account's user name from"),
        ("Invalid service account", "Put in the right secret; Mixpanel shows it only once"),
        ("credentials did not match project_id", "project id, the token and the service account"),
        ("unknown project secret", "Copy the credentials from Mixpanel's project settings"),
        ("something else", "give a service account the role Admin in the project, and put it in"),
    ],
)
def test_refused_account_gets_advice_by_the_reason(words: str, advice: str) -> None:
    """And the command that puts in the right one."""
    found = ImportFinding(Answer.REFUSED, "HTTP 401", words)
    finding = import_line(STACK, "service account", found)
    assert (advice in finding.advice, finding.advice.endswith(f": {SETUP}")) == (True, True)


def test_low_role_is_a_matter_of_mixpanel() -> None:
    """Nothing is to be put in."""
    found = ImportFinding(Answer.REFUSED, "HTTP 403", "this role may not import")
    finding = import_line(STACK, "service account", found)
    assert finding.advice == "In Mixpanel, give it the role Admin in the project."


def test_no_advice_is_given_twice() -> None:
    """Each reason has its own."""
    assert len({refusal.advice for refusal in MEANINGS.values()}) == len(MEANINGS)


def advice_of(account: Account, name: str) -> str:
    """The advice in one line of doctor."""
    [advice] = [line["advice"] for line in lines() if line["name"] == name]
    return advice.replace(account.stack.name, "STACK")


def test_advice_for_a_setting_is_a_command(account: Account) -> None:
    """To copy into a shell."""
    account.set(strictMode=False)
    advice = advice_of(account, "strict mode")
    assert advice == "Run rudder-mixpanel setup --set strictMode=true --stack STACK."


def test_wrong_region_has_a_command(account: Account) -> None:
    """With the region that accepts the token."""
    move_to_europe(account)
    advice = advice_of(account, "project token")
    assert advice == "Run rudder-mixpanel setup --set dataResidency=us --stack STACK."


def test_firing_alarm_is_advised_by_its_section(account: Account) -> None:
    """By the place at the end of the alarm's description."""
    fire_alarm(account)
    assert advice_of(account, "alarms") == "See docs/alarms.md#kept-events"


def test_changed_throttle_is_set_again_by_a_command(account: Account) -> None:
    """To what the parameters say: a deployment would see no difference."""
    change_throttle(account)
    advice = advice_of(account, "gateways")
    assert advice == (
        f"aws apigateway update-stage --rest-api-id {account.id('EventsApi')} --stage-name api "
        "--patch-operations 'op=replace,path=/*/*/throttling/rateLimit,value=1000' "
        "'op=replace,path=/*/*/throttling/burstLimit,value=2000'"
    )


def test_replaced_policy_is_not_put_back_by_a_deployment(account: Account) -> None:
    """CloudFormation compares templates: a page says what does."""
    replace_policy(account)
    advice = advice_of(account, "queue policies")
    assert advice == 'See "Something was changed by hand" in docs/operating.md.'


def test_undelivered_events_are_replayed_when_the_policy_is_back(account: Account) -> None:
    """A deployment would not put it back."""
    account.send("UndeliveredByEventBridgeQueue")
    url = account.stack.output("UndeliveredByEventBridgeQueueUrl").replace("prod", "STACK")
    assert advice_of(account, "EventBridge") == (
        'See "Something was changed by hand" in docs/operating.md. '
        f"Then: rudder-mixpanel rejected replay --queue-url {url}."
    )


@pytest.mark.parametrize("description", [{}, {"AlarmDescription": "Written by hand"}])
def test_alarm_without_a_section_is_advised_by_the_page(description: dict[str, str]) -> None:
    """It was changed by hand."""
    assert section_of(description) == "docs/alarms.md"


def test_value_of_a_command_is_quoted() -> None:
    """As the shell needs it."""
    command = set_command(STACK, "groupKeySettings", '["a"]')
    assert command == """rudder-mixpanel setup --set 'groupKeySettings=["a"]' --stack prod"""
