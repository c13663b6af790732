"""The upgrade of a stack from an earlier revision, while events arrive."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Final

from sandbox.aws import ROOT, tool_environment
from sandbox.deletion import wait_until
from sandbox.life.stack_life import TIMEOUT, Broken, Inventory, Life, event_of, expect
from sandbox.life.steps import OTHER, expect_held_back, suppress
from sandbox.revision import UnknownRevision, unpack_revision
from sandbox.stack import NAME, build, sam

RECORDED: Final = ROOT / "sandbox" / "previous_revision"
# The variables of `deliver_events` with the names of its tables.
TABLES: Final = ("LEDGER_TABLE", "PROFILES_TABLE", "SUPPRESSIONS_TABLE")
# Seconds between two events that are sent during the upgrade.
PAUSE: Final = 0.2


def recorded_revision() -> str:
    """Return the revision from which an upgrade is rehearsed unless another one is named."""
    return RECORDED.read_text().strip()


def build_revision(life: Life, revision: str) -> Path:
    """Build an earlier revision of this project; return the path of its built template.

    Raises Broken when this copy does not have that revision.
    """
    folder = life.folder / "previous"
    try:
        return build(folder, unpack_revision(revision, folder / "source"))
    except UnknownRevision as error:
        raise Broken(
            f"{error}: its history is needed (git fetch --unshallow), "
            "or PREVIOUS=<a revision that it has>"
        ) from None


def upgrade(life: Life, revision: str) -> None:
    """Deploy an earlier revision, use it, and deploy this one while events arrive."""
    deploy_previous(replace(life, template=build_revision(life, revision)))
    suppress(life)
    before, table, inventory = life.settings(), life.table(), life.inventory()
    with events_arriving(life) as sent:
        life.deploy()
    expect_kept(inventory, life)
    restore_settings(life, before)
    expect(life.table() == table, "the upgrade has replaced the table of suppressed users")
    expect(life.settings() == before, "the upgrade has changed the settings")
    lost = wait_for_events(life, sent)
    expect(not lost, f"{len(lost)} of {len(sent)} events are lost: {sorted(lost)[:3]}")
    expect_held_back(life)


def deploy_previous(life: Life) -> None:
    """Deploy the earlier revision with sam, and set it up."""
    sam(
        *("deploy", "--template-file", str(life.template), "--stack-name", NAME),
        *("--s3-bucket", NAME, "--capabilities", "CAPABILITY_IAM"),
        *("--no-confirm-changeset", "--no-progressbar"),
        *("--parameter-overrides", *life.parameters),
        environ=tool_environment(life.aws_url, life.folder),
    )
    life.adjust()
    life.stack.configure()
    expect(life.deliver(OTHER) == {OTHER}, "the earlier revision does not deliver")


@contextmanager
def events_arriving(life: Life) -> Iterator[list[str]]:
    """Send events, one after another, for the length of the block; yields the ids of those sent."""
    sent: list[str] = []
    stop, stack = Event(), life.stack

    def send() -> None:
        while not stop.wait(PAUSE):
            message_id = f"upgrade-{len(sent)}"
            stack.send(event_of(message_id, OTHER))
            sent.append(message_id)

    thread = Thread(target=send)
    thread.start()
    try:
        yield sent
    finally:
        stop.set()
        thread.join()


def expect_kept(before: Inventory, life: Life) -> None:
    """The upgraded stack has what it had, and every table that it uses; raises Broken otherwise."""
    after = life.inventory()
    gone = {name for kind, names in before.items() for name in set(names) - set(after[kind])}
    expect(not gone, f"the upgrade has replaced {sorted(gone)}")
    used = {life.table(variable) for variable in TABLES}
    expect(used <= set(after["tables"]), f"only {after['tables']} of the tables {used} exist")


def restore_settings(life: Life, before: str) -> None:
    """Put back settings that the template of the earlier revision had, as deploying.md says."""
    parameters, name = life.client("ssm"), life.stack.outputs["SettingsParameterName"]
    try:
        parameters.get_parameter(Name=name)
    except parameters.exceptions.ParameterNotFound:
        parameters.put_parameter(Name=name, Value=before, Type="String")


def wait_for_events(life: Life, sent: list[str]) -> set[str]:
    """Wait until Mixpanel has all of these events; return those that it never gets."""
    wait_until(lambda: not set(sent) - life.delivered(), TIMEOUT)
    return set(sent) - life.delivered()
