"""Mixpanel's own client for Python."""

from collections.abc import Callable, Iterator
from typing import Any

import mixpanel as client  # type: ignore[import-untyped]
import pytest

from mixpanel_emulator import Emulator, Project

SECRET = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:mixpanel")


@pytest.fixture
def mixpanel() -> Iterator[Emulator]:
    """An emulator with an API secret, which older clients use."""
    with Emulator(project=Project(api_secret=SECRET)) as emulator:
        yield emulator


def addresses(mixpanel: Emulator) -> dict[str, Any]:
    """Return the URLs for each kind of message."""
    return {
        "events_url": f"{mixpanel.url}/track",
        "people_url": f"{mixpanel.url}/engage",
        "groups_url": f"{mixpanel.url}/groups",
        "import_url": f"{mixpanel.url}/import",
    }


def plain(mixpanel: Emulator, **options: Any) -> Any:
    """Create a client that sends each message immediately."""
    consumer = client.Consumer(**addresses(mixpanel), **options)
    return client.Mixpanel(mixpanel.project.token, consumer=consumer)


def account(mixpanel: Emulator) -> Any:
    """Return the service account in the client's form."""
    [member] = mixpanel.project.service_accounts
    return client.ServiceAccountCredentials(
        member.username, member.secret, mixpanel.project.project_id
    )


def violations(mixpanel: Emulator) -> list[tuple[str, str]]:
    """Return the rule and endpoint of each violation."""
    return [(item["rule"], item["endpoint"]) for item in mixpanel.violations()]


def names(mixpanel: Emulator) -> list[str]:
    """Return the names of the stored events."""
    return [item["event"] for item in mixpanel.events()]


def test_track(mixpanel: Emulator) -> None:
    """An event is stored; its time has an undocumented fraction."""
    plain(mixpanel).track("user-1", "Order Completed", {"total": 42.5})
    assert (names(mixpanel), violations(mixpanel)) == (["Order Completed"], [("E21", "track")])


@pytest.mark.parametrize(
    ("credentials", "secret"),
    [(account, None), (lambda _mixpanel: None, SECRET)],
    ids=["service account", "API secret"],
)
def test_import(
    credentials: Callable[[Emulator], Any], secret: str | None, mixpanel: Emulator
) -> None:
    """An old event is imported, without `strict`."""
    moment = int(mixpanel.now().timestamp()) - 30 * 86_400
    importing = plain(mixpanel, credentials=credentials(mixpanel))
    importing.import_data(None, "user-1", "Order Completed", moment, api_secret=secret)
    stored = [item["properties"]["time"] for item in mixpanel.events()]
    assert (stored, violations(mixpanel)) == ([moment], [("E15", "import")])


def test_rejected_import(mixpanel: Emulator) -> None:
    """The client raises an error when an event is rejected."""
    with pytest.raises(client.MixpanelException, match="some data points in the request failed"):
        plain(mixpanel, credentials=account(mixpanel)).import_data(None, "user-1", "Old", 1)
    assert (names(mixpanel), violations(mixpanel)) == ([], [("E15", "import")])


def test_people(mixpanel: Emulator) -> None:
    """Each operation has its effect, without violations."""
    people = plain(mixpanel)
    people.people_set("user-1", {"name": "Ada", "plan": "free"})
    people.people_set_once("user-1", {"plan": "pro"})
    people.people_increment("user-1", {"orders": 2})
    people.people_append("user-1", {"seen": "home"})
    people.people_union("user-1", {"seen": ["home", "cart"]})
    people.people_remove("user-1", {"seen": "home"})
    people.people_unset("user-1", ["plan"])
    people.people_delete("user-2")
    [profile] = mixpanel.profiles()
    assert (profile["properties"], violations(mixpanel)) == (
        {"name": "Ada", "orders": 2, "seen": ["cart"]},
        [],
    )


def test_groups(mixpanel: Emulator) -> None:
    """Group operations have their effect, without violations."""
    groups = plain(mixpanel)
    groups.group_set("company", "acme", {"seats": 12, "plan": "free"})
    groups.group_set_once("company", "acme", {"plan": "pro"})
    groups.group_union("company", "acme", {"tags": ["vip", "eu"]})
    groups.group_remove("company", "acme", {"tags": "eu"})
    groups.group_unset("company", "acme", ["plan"])
    [group] = mixpanel.groups()
    assert (group["properties"], violations(mixpanel)) == ({"seats": 12, "tags": ["vip"]}, [])


def test_alias(mixpanel: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alias joins the same user."""
    # `alias` ignores its consumer and sends to Mixpanel itself.
    sending = client.Consumer(**addresses(mixpanel))
    monkeypatch.setattr(client, "Consumer", lambda: sending)
    client.Mixpanel(mixpanel.project.token, consumer=sending).alias("ada", "user-1")
    [person] = mixpanel.identities()
    assert (person["ids"], violations(mixpanel)) == (["user-1", "ada"], [])


def test_merge(mixpanel: Emulator) -> None:
    """Two users are merged."""
    plain(mixpanel).merge(None, "user-1", "user-2", api_secret=SECRET)
    [person] = mixpanel.identities()
    assert (person["ids"], violations(mixpanel)) == (["user-1", "user-2"], [("E15", "import")])


def test_buffered(mixpanel: Emulator) -> None:
    """A full buffer is sent in one request, the rest when it is flushed."""
    consumer = client.BufferedConsumer(
        max_size=2, **addresses(mixpanel), credentials=account(mixpanel)
    )
    buffered = client.Mixpanel(mixpanel.project.token, consumer=consumer)
    moment = int(mixpanel.now().timestamp())
    for n in range(3):
        buffered.import_data(None, "user-1", f"Step {n}", moment)
        buffered.people_increment("user-1", {"steps": 1})
    before = len(mixpanel.events())
    consumer.flush()
    [profile] = mixpanel.profiles()
    assert (before, names(mixpanel), profile["properties"], violations(mixpanel)) == (
        2,
        ["Step 0", "Step 1", "Step 2"],
        {"steps": 3},
        [("E15", "import")] * 2,
    )


def test_lost_answer(mixpanel: Emulator) -> None:
    """The client cannot know that an increment was applied; a repetition counts twice."""
    mixpanel.fault("applied_then_lost", times=1)
    people = plain(mixpanel)
    with pytest.raises(client.MixpanelException, match="Connection"):
        people.people_increment("user-1", {"orders": 1})
    people.people_increment("user-1", {"orders": 1})
    [profile] = mixpanel.profiles()
    assert profile["properties"] == {"orders": 2}
