"""A check for what an earlier stack has left."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rudder_mixpanel_cli.adoptable import LOG_GROUP, QUEUE, SECRET, TABLE
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok, warning
from rudder_mixpanel_cli.retained.search import find_leftovers

WORDS: Final = {QUEUE: "queue", TABLE: "table", SECRET: "secret", LOG_GROUP: "log group"}


@check("leftovers")
def check_leftovers(stack: DeployedStack) -> Iterator[Finding]:
    """No earlier stack of the same name has left queues, tables, secrets or log groups.

    `rudder-mixpanel retained` lists them. A queue may have events that were never delivered, and a
    table users who must stay suppressed, whom this stack does not know: see [backup.md](backup.md).
    A stack that uses a restored table gets a warning until the replaced one is removed.
    """
    left = find_leftovers(stack).resources
    advice = f"See which: rudder-mixpanel retained --stack {stack.name}."
    if tables := [resource.id for resource in left if resource.suppressions]:
        level = warning if "Suppressions" in stack.adopted else failure
        yield level(text_of_unused(tables), f"{advice} What to do: docs/backup.md.")
    elif left:
        counts = Counter(WORDS.get(resource.type, "parameter") for resource in left)
        texts = (f"{count} {word}{'s' * (count > 1)}" for word, count in counts.items())
        yield warning(f"An earlier stack of this name has left {', '.join(texts)}.", advice)
    else:
        yield ok("No earlier stack of this name has left anything.")


def text_of_unused(tables: list[str]) -> str:
    """Say what tables with suppressions that the stack does not use mean."""
    has = "The table {} has" if len(tables) == 1 else "The tables {} have"
    return (
        f"{has.format(', '.join(tables))} suppressions that this stack does not use. Unless its "
        "users are also in the table that it uses, their events are delivered."
    )
