"""Faults of the project's credentials, as Mixpanel knows them."""

from tests.unit.cli.doctor.account import ANALYST, OTHER, Account
from tests.unit.cli.doctor.fault import fails, warns


def move_to_europe(account: Account) -> None:
    """Have the settings and the function name a region that the project is not in."""
    account.set(dataResidency="eu")
    account.use_mixpanel(f"{account.mixpanel_url}/eu")


def put_user_name(account: Account, name: str) -> None:
    """Use another service account."""
    account.put_credentials(serviceAccountUserName=name)


FAULTS = [
    fails(
        "project token", "no project in region us", lambda a: a.put_credentials(token="beef" * 8)
    ),
    fails("project token", "accepts it in region us", move_to_europe),
    warns("project token", "ConnectError", lambda a: a.use_mixpanel("http://127.0.0.1:9")),
    warns(
        "project token",
        "HTTP 404",
        lambda a: a.use_mixpanel(f"{a.mixpanel_url}/_emulator"),
    ),
    fails("import", "is wrong", lambda a: a.put_credentials(serviceAccountSecret="wrong")),
    fails(
        "import", "no service account has this", lambda a: put_user_name(a, "x.mp-service-account")
    ),
    fails("import", "its role is too low", lambda a: put_user_name(a, ANALYST.username)),
    fails("import", "is not a member", lambda a: a.put_credentials(projectId="2")),
    fails("project", "not that of project 1", lambda a: a.put_credentials(token=OTHER.token)),
]
