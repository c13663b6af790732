"""A report as a document in sentences and tables, for somebody who does not know the product.

It is made from the report's JSON alone, so that the page can be made again from a filed record.
"""

from collections.abc import Iterator

from rudder_mixpanel.regulations.report.document import (
    Block,
    Document,
    Facts,
    Items,
    Section,
    Table,
)
from rudder_mixpanel.regulations.report.remains import describe_remains
from rudder_mixpanel.regulations.report.summary import (
    next_steps,
    outcome_of,
    summarize,
    took_effect,
)
from rudder_mixpanel.regulations.report.words import (
    APIS,
    LAWS,
    REGIONS,
    step_time_in_words,
    time_in_words,
)
from rudder_mixpanel.regulations.views import RegulationView

ABOUT = (
    "rudder-mixpanel delivers RudderStack's events to Mixpanel, and carries out requests to "
    "suppress people, or to suppress and delete them; each is called a regulation. Its record of "
    "one has no id of the person once they are deleted, only keyed hashes. Whether a record is "
    "about a given id is answered by “rudder-mixpanel regulation report ID --user USER”, and "
    "whether a filed copy of this page agrees with the record by “… report ID --verify FILE”."
)

ACCOUNT = ("All places but Mixpanel itself are in the AWS account in which rudder-mixpanel runs.",)


def describe_report(report: RegulationView) -> Document:
    """Describe a report."""
    regulation = report["regulation"]
    deletion = regulation["regulationType"] == "suppress_with_delete"
    reported = time_in_words(report["reportedAt"])
    return Document(
        title="Deletion report" if deletion else "Suppression report",
        subtitle=(
            f"Made on {reported} by rudder-mixpanel {report['version']}, which delivers the "
            "operator's events to Mixpanel"
        ),
        outcome=outcome_of(report),
        summary=tuple(summarize(report)),
        sections=tuple(section for section in sections_of(report) if section.blocks),
    )


def sections_of(report: RegulationView) -> Iterator[Section]:
    """The sections of a report; one without blocks has nothing to say."""
    yield Section("The request", (Facts(tuple(request_facts(report))),))
    yield Section("What Mixpanel was asked to delete", tuple(deletion_blocks(report)))
    yield Section("Steps", (Table(("When", "What happened"), tuple(steps_of(report))),))
    yield Section("What to do next", as_items(next_steps(report)))
    yield Section("What remains, and until when", (*ACCOUNT, describe_remains(report)))
    yield Section("What is not covered", as_items(report["notCovered"]))
    yield Section("About this report", (ABOUT,))


def as_items(sentences: Iterator[str]) -> tuple[Block, ...]:
    """Sentences as a list; nothing if there are none."""
    items = tuple(sentences)
    return (Items(items),) if items else ()


def request_facts(report: RegulationView) -> Iterator[tuple[str, str]]:
    """Who asked for what, and under which names it is found again."""
    regulation, pseudonyms = report["regulation"], report["pseudonyms"]
    yield "Requested by", f"{regulation['submittedBy']} (name of an access token)"
    yield "Requested on", time_in_words(regulation["submittedAt"])
    yield "Reference", regulation.get("reference") or "none given"
    if attributes := regulation["attributes"]:
        yield "Person", ", ".join(f"{name} {text}" for name, text in attributes.items())
    yield "Person, as keyed hashes", ", ".join(pseudonyms)
    yield "Id of this record (regulation)", regulation["id"]
    yield "Id of the request", regulation["requestId"]
    if elsewhere := regulation.get("notHandledHere"):
        yield "Destinations not covered here", ", ".join(elsewhere)


def deletion_blocks(report: RegulationView) -> Iterator[Block]:
    """What each request asked of Mixpanel; nothing if there was none."""
    deletion = report["deletion"]
    for tasks in group_tasks(deletion["tasks"]):
        facts = [*task_facts(tasks[0])]
        if named := [task_status(task) for task in tasks if task["taskId"]]:
            facts.append(("At Mixpanel", ", ".join(named)))
        if not deletion["endedAt"]:
            facts.append(("Expected by", time_in_words(deletion["expectedCompletionAt"])))
        yield Facts(tuple(facts))


def group_tasks(tasks: list[RegulationView]) -> list[list[RegulationView]]:
    """Tasks that ask the same of Mixpanel, such as one for each id, together."""
    groups: dict[tuple[str, ...], list[RegulationView]] = {}
    for task in tasks:
        asked = tuple(task[name] for name in ("userDeletionApi", "project", "region", "law"))
        groups.setdefault(asked, []).append(task)
    return list(groups.values())


def task_status(task: RegulationView) -> str:
    """A task of Mixpanel and its status."""
    return f"task {task['taskId']}, last status {task['atMixpanel'] or 'unknown'}"


def task_facts(task: RegulationView) -> Iterator[tuple[str, str]]:
    """One request to Mixpanel: where, under which law, by which API, and what that leaves."""
    by_engage = task["userDeletionApi"] == "engage"
    yield "Mixpanel project", task["project"] or "not recorded"
    yield "Region", REGIONS.get(task["region"], task["region"]) or "not recorded"
    yield "Law", LAWS.get(task["law"], task["law"]) or "none named in the request"
    yield "How", APIS[task["userDeletionApi"]]
    yield "What it deletes", "the profile" if by_engage else "the profile and all events"
    leaves = "all events" if by_engage else "nothing in the project under the ids"
    yield "What it then leaves", leaves


def steps_of(report: RegulationView) -> list[tuple[str, str]]:
    """Everything that happened, in the order of time."""
    regulation, suppression = report["regulation"], report["suppression"]
    in_effect = suppression["effectiveAt"] if took_effect(report) else None
    steps = [
        (regulation["submittedAt"], f"request received from “{regulation['submittedBy']}”"),
        (in_effect, "suppression in effect: from now on nothing is sent"),
        *((note["at"], describe_note(note)) for note in report["deletion"]["history"]),
        (suppression["canceledAt"], f"cancelled by “{suppression['canceledBy']}”"),
        (suppression["liftedAt"], "cancellation carried out: no longer suppressed by this request"),
    ]
    dated = sorted((step for step in steps if step[0]), key=lambda step: step[0])
    return [(step_time_in_words(at), what[:1].upper() + what[1:]) for at, what in dated]


def describe_note(note: RegulationView) -> str:
    """A note of the history, and how often it was repeated."""
    if "times" not in note:
        return str(note["what"])
    return f"{note['what']} ({note['times']:,} times, last on {step_time_in_words(note['lastAt'])})"
