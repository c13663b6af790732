"""What a comparison has found as text, and as JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from rudder_mixpanel_cli.compare.account import Account, Counted, Example, Finding
from rudder_mixpanel_cli.compare.rules import EXPLANATIONS, UNEXPLAINED, Explanation
from rudder_mixpanel_cli.differences.difference import Difference
from rudder_mixpanel_cli.terminal import printable, wrapped

INDENT: Final = "  "
# Characters of a value; lines of names
SHOWN_CHARACTERS: Final = 200
MOST_NAMES: Final = 20
NOT_EXPORTED: Final = "an export of events does not have them"
COPIES: Final = "events are there again, of which Mixpanel shows one"
DOUBLED: Final = "with the id of another event, and another name, user or time"


def account_lines(account: Account) -> Iterator[str]:
    """Counts, then what is unexplained, and then what is explained."""
    yield from summary_lines(account)
    yield from missing_lines(account)
    unexplained = findings_of(account, UNEXPLAINED)
    if unexplained:
        yield from ("", "Unexplained:", *finding_lines(unexplained, account.findings))
    for explanation in explanations_of(account):
        key = explanation.key
        yield from ("", *explanation_lines(explanation))
        yield from finding_lines(findings_of(account, key), account.findings)
        if count := account.absent.counts[key]:
            yield f"{INDENT}{count:,}  not in Mixpanel{ids(account.absent.examples[key])}"
    if account.other_names:
        yield from ("", "In Mixpanel and not in the input, on the same days:")
        for name, count in account.other_names.most_common(MOST_NAMES):
            yield f"{INDENT}{count:,}  {printable(name)}"
    if (more := len(account.other_names) - MOST_NAMES) > 0:
        yield f"{INDENT}and {more:,} other names"


def summary_lines(account: Account) -> Iterator[str]:
    """One line for each count that is not zero."""
    unit = "" if account.in_milliseconds else ", with times in whole seconds"
    counts = {
        "events": f"{account.messages:,} in the input",
        "unreadable": counted_reasons(account.unreadable, {}),
        "filtered": counted_reasons(account.filtered.total(), account.filtered),
        "rejected": counted_reasons(account.rejected.total(), account.rejected),
        "repeated": counted_reasons(account.repeated, {}),
        "Mixpanel": f"{account.held:,} in the export{unit}",
        "copies": f"{account.copies:,} {COPIES}" if account.copies else "",
        "compared": f"{account.compared:,}, of which {account.equal:,} are equal",
    }
    yield from (f"{name:<14}{text}" for name, text in counts.items() if text)
    not_exported = account.not_exported + Counter({"updates of profiles": account.updates})
    if parts := [f"{count:,} {name}" for name, count in not_exported.items() if count]:
        yield f"{'not compared':<14}{', '.join(parts)}: {NOT_EXPORTED}"
    yield f"{'unexplained':<14}{account.unexplained:,}"


def counted_reasons(count: int, reasons: Mapping[str, int]) -> str:
    """A count with its reasons; empty when it is 0."""
    texts = ", ".join(f"{reason}: {number:,}" for reason, number in reasons.items())
    return (f"{count:,}" + (f" ({texts})" if texts else "")) if count else ""


def missing_lines(account: Account) -> Iterator[str]:
    """What Mixpanel lacks, and what it has twice, without an explanation."""
    if count := account.missing:
        yield from ("", "Missing in Mixpanel, unexplained:")
        yield f"{INDENT}{count:,}{ids(account.absent.examples[UNEXPLAINED])}"
    if account.doubled:
        yield from ("", "More than once in Mixpanel, unexplained:")
        yield f"{INDENT}{account.doubled:,}  {DOUBLED}"


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """What explains the findings that follow."""
    yield wrapped(plain(explanation.topic), "Explained: ")
    if isinstance(explanation, Difference):
        yield wrapped(plain(explanation.rudderstack), f"{INDENT}there: ", INDENT * 5)
        yield wrapped(plain(explanation.here), f"{INDENT}here:  ", INDENT * 5)


def finding_lines(findings: Iterable[Finding], found: Counted[Finding]) -> Iterator[str]:
    """A line for each finding, and the values of its examples if they are to be shown."""
    for each in findings:
        examples = found.examples[each]
        text = f"{printable(each.path)}: {printable(each.change)}".removesuffix(": ")
        shown = "" if each.is_of_mixpanel else ids(examples)
        yield f"{INDENT}{found.counts[each]:,}  {text}{shown}"
        for example in examples:
            if example.values is not None:
                yield f"{INDENT * 2}{printable(values_text(example.values))}"


def values_text(values: Mapping[str, Any]) -> str:
    """Both values, as JSON; the beginning of long ones."""
    texts = {side: orjson.dumps(value).decode() for side, value in values.items()}
    return ", ".join(f"{side}: {text[:SHOWN_CHARACTERS]}" for side, text in texts.items())


def ids(examples: Iterable[Example]) -> str:
    """The messageIds of examples."""
    names = [printable(example.message_id) for example in examples if example.message_id]
    return f"  (such as {', '.join(names)})" if names else ""


def plain(text: str) -> str:
    """A text of the documentation without its marks."""
    return text.replace("`", "")


def findings_of(account: Account, key: str) -> list[Finding]:
    """The findings with an explanation, the most frequent ones first."""
    return [finding for finding, _ in account.findings.counts.most_common() if finding.key == key]


def explanations_of(account: Account) -> list[Explanation]:
    """Every explanation that was needed, the documented differences first."""
    keys = dict.fromkeys(finding.key for finding in account.findings.counts)
    keys |= dict.fromkeys(account.absent.counts)
    explanations = [EXPLANATIONS[key] for key in keys if key != UNEXPLAINED]
    return sorted(explanations, key=lambda each: not isinstance(each, Difference))


def account_json(account: Account) -> dict[str, Any]:
    """What a comparison has found, for a program."""
    return {
        "events": account.messages,
        "unreadable": account.unreadable,
        "filtered": account.filtered,
        "rejected": account.rejected,
        "repeated": account.repeated,
        "inExport": account.held,
        "timesInMilliseconds": account.in_milliseconds,
        "compared": account.compared,
        "equal": account.equal,
        "copies": account.copies,
        "doubled": account.doubled,
        "missing": account.missing,
        "unexplained": account.unexplained,
        "notCompared": {"profileUpdates": account.updates, **account.not_exported},
        "differences": [
            {
                "path": finding.path,
                "change": finding.change,
                "events": count,
                "explanation": explanation_json(finding.key),
                "examples": examples_json(account.findings.examples[finding]),
            }
            for finding, count in account.findings.counts.most_common()
        ],
        "notInMixpanel": [
            {
                "events": count,
                "explanation": explanation_json(key),
                "examples": examples_json(account.absent.examples[key]),
            }
            for key, count in account.absent.counts.most_common()
        ],
        "notInInput": account.other_names,
    }


def explanation_json(key: str) -> dict[str, str] | None:
    """An explanation; null for none."""
    return None if key == UNEXPLAINED else {"key": key, "topic": plain(EXPLANATIONS[key].topic)}


def examples_json(examples: Iterable[Example]) -> list[dict[str, Any]]:
    """Examples, with the values that are to be shown."""
    return [{"messageId": each.message_id, **(each.values or {})} for each in examples]
