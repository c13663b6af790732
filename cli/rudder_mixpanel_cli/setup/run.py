"""The whole course of `setup`: read, explain, ask, write, report and check."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import orjson

from rudder_mixpanel.destination.settings import named_values
from rudder_mixpanel_cli.confirmation import confirm
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import CommandError, Interrupted, UsageError
from rudder_mixpanel_cli.setup import report, stored
from rudder_mixpanel_cli.setup.apply import write_changes
from rudder_mixpanel_cli.setup.checks import check_stack
from rudder_mixpanel_cli.setup.credential_questions import CredentialSources, ask_credentials
from rudder_mixpanel_cli.setup.credentials import (
    ALL,
    Credentials,
    check_destination,
    check_given,
    merge,
    missing_credentials,
    select,
)
from rudder_mixpanel_cli.setup.keeping import Kept, differing_credentials
from rudder_mixpanel_cli.setup.key_file import new_private_file
from rudder_mixpanel_cli.setup.new_keys import NewKey, new_tokens, new_write_keys, parse_token
from rudder_mixpanel_cli.setup.options import SetupOptions
from rudder_mixpanel_cli.setup.overview import overview
from rudder_mixpanel_cli.setup.plan import Change, plan_changes
from rudder_mixpanel_cli.setup.questions import NOTHING_WRITTEN
from rudder_mixpanel_cli.setup.settings_source import can_ask, read_settings_source
from rudder_mixpanel_cli.setup.stored import StoredObjects, read_stored

STDIN: Final = "-"
PERHAPS_WRITTEN: Final = "a part may be written; run setup again for the rest"


def set_up(stack: DeployedStack, options: SetupOptions) -> None:
    """Set up a stack.

    Raises UsageError for invalid options, files and credentials, and CommandError when something
    could not be written.
    """
    given = read_given(options.credentials)
    with interruption_says(NOTHING_WRITTEN):
        before, changes, keys = prepare(stack, given, options)
    if not options.dry_run:
        with interruption_says(PERHAPS_WRITTEN):
            apply_plan(before, changes, keys, options)
            if options.check:
                check_stack(stack)


def prepare(
    stack: DeployedStack, given: Credentials, options: SetupOptions
) -> tuple[StoredObjects, list[Change], list[NewKey]]:
    """Read, explain, ask and plan, up to the consent to write.

    Raises UsageError for what is not valid, and CommandError when the answer is no.
    """
    before = read_stored(stack)
    report.print_stack(stack)
    report.print_unreadable(before)
    settings, in_config, kept_settings = read_settings_source(before, options)
    report.print_overview(overview(settings), in_config, options)
    sources = CredentialSources(stored_credentials(before), in_config)
    kept = Kept(kept_settings, kept_credentials(sources, given, options))
    credentials = find_credentials(settings, sources, given, options)
    keys = new_keys(before, options)
    changes = plan_changes(before, settings, credentials, keys)
    report.print_plan(changes, keys, kept, options)
    if options.dry_run:
        report.print_missing(missing_credentials(settings, credentials))
        report.print_dry_end(options)
    elif not options.yes and any(change.is_needed for change in changes):
        confirm("Write this?", NOTHING_WRITTEN)
    return before, changes, keys


@contextmanager
def interruption_says(text: str) -> Iterator[None]:
    """Have Ctrl-C in the block say what was written; raises Interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(text) from None


def apply_plan(
    before: StoredObjects, changes: list[Change], keys: list[NewKey], options: SetupOptions
) -> None:
    """Write and report; raises CommandError when something failed."""
    with ExitStack() as stack:
        file = None
        if options.tokens_to and keys:
            file = stack.enter_context(new_private_file(options.tokens_to))
        result = write_changes(before, changes, keys)
        report.print_result(before.stack, changes, result, options)
        report.print_keys(result, file, options)
    if result.failures:
        raise CommandError("not everything was written; run setup again when that is fixed")


def read_given(source: str | None) -> Credentials:
    """The credentials on stdin, if they are there; raises UsageError."""
    if source is None:
        return {}
    if source != STDIN:
        raise UsageError("--credentials: expected -, for stdin; no file holds credentials")
    if sys.stdin.isatty():
        raise UsageError("--credentials -: a terminal would show them; without it, setup asks")
    try:
        return check_given(orjson.loads(sys.stdin.buffer.read()), "stdin")
    except orjson.JSONDecodeError:
        raise UsageError("stdin: expected one JSON object with credentials") from None


def stored_credentials(before: StoredObjects) -> Credentials:
    """The credentials that the stack has."""
    deletion = select(named_values(before.content(stored.DELETION)), ALL)
    return {**deletion, **select(named_values(before.content(stored.DELIVERY)), ALL)}


def asks_for_credentials(options: SetupOptions) -> bool:
    """Whether credentials are asked for."""
    return can_ask(options) and options.credentials is None


def kept_credentials(
    sources: CredentialSources, given: Credentials, options: SetupOptions
) -> list[str]:
    """The stored credentials that an export, perhaps an old one, does not replace.

    Whoever is asked decides for each.
    """
    if asks_for_credentials(options):
        return []
    differing = differing_credentials(sources.stored, sources.in_config)
    return [name for name in differing if name not in given]


def find_credentials(
    settings: Mapping[str, Any],
    sources: CredentialSources,
    given: Credentials,
    options: SetupOptions,
) -> Credentials:
    """The credentials from stdin, from the terminal, or those that are there.

    Raises UsageError when one is missing or not valid.
    """
    kept = kept_credentials(sources, given, options)
    usable = {name: value for name, value in sources.in_config.items() if name not in kept}
    if asks_for_credentials(options):
        given = ask_credentials(settings, sources)
    credentials = merge(sources.stored, usable, given)
    if missing := missing_credentials(settings, credentials):
        if options.dry_run:
            return credentials
        raise UsageError(
            f"no {', '.join(missing)}: give them by --credentials -, or answer on a terminal"
        )
    check_destination(settings, credentials)
    return credentials


def new_keys(before: StoredObjects, options: SetupOptions) -> list[NewKey]:
    """The tokens and write keys to make; none for a secret whose content is not known.

    Raises UsageError when a write key is wanted of a stack that receives no events.
    """
    tokens = [parse_token(text) for text in options.tokens]
    if options.write_keys and stored.WRITE_KEYS not in before.objects:
        raise UsageError("--write-key: the stack receives no events: deploy with ReceiveEvents=yes")
    keys = new_tokens(before.content(stored.WEBHOOKS), tokens)
    if stored.WRITE_KEYS in before.objects:
        keys += new_write_keys(before.content(stored.WRITE_KEYS), options.write_keys)
    return [key for key in keys if not before.objects[key.output].unreadable]
