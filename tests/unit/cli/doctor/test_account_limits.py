"""`doctor` reads the account's limits, which moto does not have."""

from botocore.stub import Stubber

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.resources.concurrency import unreserved_concurrency
from tests.permissions.operator import OPERATOR


def test_limit_of_the_account_may_be_read() -> None:
    """Under the permissions of who runs `doctor`."""
    stack = DeployedStack("prod")
    limit = {"AccountLimit": {"UnreservedConcurrentExecutions": 900}}
    with OPERATOR.under(["doctor"]), Stubber(stack.client("lambda")) as stub:
        stub.add_response("get_account_settings", limit)
        assert unreserved_concurrency(stack) == 900
