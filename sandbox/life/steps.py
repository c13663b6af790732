"""The steps of a stack's life, in order; each raises Broken when a promise does not hold."""

import json
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.deletion import call_api, seconds_until
from sandbox.life.stack_life import Life, expect
from sandbox.operator_command import run_command

SUPPRESSED: Final = "the-suppressed-user"
OTHER: Final = "another-user"
RESTORED: Final = "restored-suppressions"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens, in a sentence that says what must come of it."""

    title: str
    run: Callable[[Life], None]


def fail_to_create(life: Life) -> None:
    """Create a stack with an event bus that does not exist."""
    done = life.try_to_deploy("EventBusName=no-such-bus")
    expect(
        "no-such-bus does not exist" in done.stdout,
        f"no reason is given: {done.stdout}{done.stderr}",
    )
    left = life.inventory()
    expect(left == {}, f"these are left: {left}")


def create(life: Life) -> None:
    """Create the stack, and write its settings and credentials."""
    printed = life.deploy()
    expect("setup exported.json" in printed, f"the next step is not setup: {printed}")
    life.stack.configure()
    expect(life.deliver(OTHER) == {OTHER}, "an event is not delivered")


def suppress(life: Life) -> None:
    """Suppress a user, as a request to the regulations API does."""
    body = {"regulationType": "suppress", "users": [{"userId": SUPPRESSED}]}
    (regulation,) = call_api(life.sandbox, "POST", "/v2/regulations", body)
    time.sleep(seconds_until(regulation["effectiveAt"]))
    expect_held_back(life)


def expect_held_back(life: Life) -> None:
    """Send events; raises Broken unless that of the suppressed user, and no other, is held back."""
    before = life.stack.logged_outcomes()["suppressed"]
    delivered = life.deliver(SUPPRESSED, OTHER)
    suppressed = life.stack.logged_outcomes()["suppressed"] - before
    expect(delivered == {OTHER}, f"the events of {sorted(delivered)} are delivered")
    expect(suppressed == 1, f"{suppressed} events are logged as suppressed")


def update(life: Life) -> None:
    """Change a description, and deploy again."""
    before, table = life.settings(), life.table()
    text = life.template.read_text()
    life.template.write_text(text.replace("Delivers a batch of events", "Delivers events"))
    printed = life.deploy()
    expect("DeliverEventsFunction" in printed and "Description" in printed, f"not shown: {printed}")
    expect((life.settings(), life.table()) == (before, table), "settings or tables are others")
    described = life.client("dynamodb").describe_table(TableName=table)["Table"]
    expect(described["DeletionProtectionEnabled"], "the tables are not protected")
    expect_held_back(life)


def remove(life: Life) -> None:
    """Remove the stack, and ask what it has left."""
    table = life.table()
    life.remove()
    left = life.retained()
    life.adoption = left["parameters"]
    expect(not left["exists"], "the stack exists still")
    expect(life.adoption.get("AdoptSuppressions") == table, f"{table} is not found: {left}")
    kinds = {kind for kind in life.inventory() if kind != "functions"}
    expect(kinds == {"tables", "queues", "secrets", "log groups"}, f"only {kinds} are left")


def refuse(life: Life) -> None:
    """Deploy without arguments what would forget suppressions."""
    before = life.inventory()
    done = life.try_to_deploy()
    expect(done.returncode == 1, f"make deploy creates the stack: {done.stdout}")
    expect("would forget who is suppressed" in done.stderr, f"no reason is given: {done.stderr}")
    expect(printed_parameters(done.stderr) == life.adoption, f"other command: {done.stderr}")
    expect(life.inventory() == before, "it has changed something")


def printed_parameters(text: str) -> dict[str, str]:
    """Return the PARAMETERS of the first command in a text."""
    (line, *_) = [line for line in text.splitlines() if line.strip().startswith("make deploy")]
    arguments = dict(word.split("=", 1) for word in shlex.split(line)[2:])
    given = dict(word.split("=", 1) for word in arguments.get("PARAMETERS", "").split())
    return {name: value for name, value in given.items() if name.startswith("Adopt")}


def forget(life: Life) -> None:
    """Create the stack without what the first one has left, and remove it again."""
    life.deploy(fresh="yes")
    expect(life.table() != life.adoption["AdoptSuppressions"], "it has the table of the first one")
    life.stack.configure()
    delivered = life.deliver(SUPPRESSED, OTHER)
    expect(delivered == {SUPPRESSED, OTHER}, f"only the events of {delivered} are delivered")
    life.remove()


def adopt(life: Life) -> None:
    """Create the stack with what the first one has left."""
    life.deploy(*as_arguments(life.adoption))
    expect(life.table() == life.adoption["AdoptSuppressions"], "it has another table")
    expect_held_back(life)


def as_arguments(parameters: dict[str, str]) -> list[str]:
    """Return parameters as they stand on a command line."""
    return [f"{name}={value}" for name, value in parameters.items()]


def restore(life: Life) -> None:
    """Create the stack with a copy of the table of suppressed users, as restored from a backup.

    MiniStack restores no table, so its items are copied.
    """
    life.remove()
    copy_table(life, life.adoption["AdoptSuppressions"], RESTORED)
    life.deploy(*as_arguments({**life.adoption, "AdoptSuppressions": RESTORED}))
    expect(life.table() == RESTORED, "it has another table")
    expect_held_back(life)
    life.remove()


def copy_table(life: Life, source: str, target: str) -> None:
    """Copy a table of suppressed users, with the tag by which `retained` finds it."""
    dynamodb = life.client("dynamodb")
    described = dynamodb.describe_table(TableName=source)["Table"]
    dynamodb.create_table(
        TableName=target,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=described["AttributeDefinitions"],
        KeySchema=described["KeySchema"],
        Tags=dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"],
    )
    for page in dynamodb.get_paginator("scan").paginate(TableName=source):
        for item in page["Items"]:
            dynamodb.put_item(TableName=target, Item=item)


def destroy(life: Life) -> None:
    """Destroy everything that the removed stacks have left."""
    done = run_command(life.stack, "retained", "--destroy", "--yes")
    expect(done.returncode == 0, f"retained --destroy fails: {done.stdout}{done.stderr}")
    left = {kind: names for kind, names in life.inventory().items() if kind != "functions"}
    expect(left == {}, f"these are left: {json.dumps(left)}")


FAIL_TO_CREATE: Final = Step("a wrong event bus: creation rolls back to nothing", fail_to_create)
CREATE: Final = Step("create, and set up: events are delivered", create)
SUPPRESS: Final = Step("suppress a user: the user's event is held back, no other", suppress)
UPDATE: Final = Step("update a description: settings and tables stay, and are protected", update)
REMOVE: Final = Step("remove: `retained` finds what stays", remove)
REFUSE: Final = Step("make deploy refuses to forget who is suppressed", refuse)
FORGET: Final = Step("FRESH=yes forgets: the user's event is delivered", forget)
ADOPT: Final = Step("the printed command adopts: the user's event is held back", adopt)
RESTORE: Final = Step("adopt a copy of the table: the user's event is held back", restore)
DESTROY: Final = Step("retained --destroy leaves nothing", destroy)

QUICK: Final = (FAIL_TO_CREATE, CREATE, SUPPRESS, REMOVE, REFUSE, ADOPT)
