"""What `rudder-mixpanel backfill` does."""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import typer

from rudder_mixpanel.delivery.backfill import BackfillProfiles
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.backfill.checkpoint import read_checkpoint, write_checkpoint
from rudder_mixpanel_cli.backfill.evaluation import Evaluator
from rudder_mixpanel_cli.backfill.options import BackfillOptions
from rudder_mixpanel_cli.backfill.result import exit_after_backfill, print_backfill_result
from rudder_mixpanel_cli.backfill.run import BackfillRun, take_account
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import CommandError, UsageError
from rudder_mixpanel_cli.events_input.inputs import find_inputs
from rudder_mixpanel_cli.queues.interrupt import handle_ctrl_c
from rudder_mixpanel_cli.queues.queue import Queue
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.phrases import counted


def print_backfill_account(
    destination: Destination, served: str | None, options: BackfillOptions
) -> None:
    """Print the account of a backfill, and send nothing."""
    evaluator = evaluator_of(destination, served, options)
    with report_aws_errors(), report_settings():
        account = take_account(find_inputs(options.paths), evaluator)
    if options.as_json:
        typer.echo(orjson.dumps(account.as_json(options.rate)))
        return
    for line in account.lines(options.rate):
        typer.echo(line)


def backfill_inputs(
    stack: DeployedStack, destination: Destination, served: str | None, options: BackfillOptions
) -> None:
    """Send the events of inputs, from the checkpoint on if there is one.

    Raises UsageError for a checkpoint of another backfill, CommandError when the answer to a
    question is no, and typer.Exit when it is stopped, or when events are refused.
    """
    evaluator, file = evaluator_of(destination, served, options), options.checkpoint_of(stack.name)
    with report_aws_errors(), report_settings():
        events, rejected = (
            Queue(stack.client("sqs"), stack.output(output))
            for output in ("EventsQueueUrl", "RejectedQueueUrl")
        )
        inputs = find_inputs(options.paths, file)
        run = BackfillRun(stack.name, inputs, evaluator, events, rejected, file, options)
        checkpoint = None if options.restart else read_checkpoint(file, run.plan)
        if checkpoint is None:
            checkpoint = run.start()
            write_checkpoint(file, checkpoint)
        elif not checkpoint.finished:
            typer.echo(f"Going on after {counted(checkpoint.counts.read, 'event')}.", err=True)
        if not checkpoint.finished:
            with handle_ctrl_c() as interrupt:
                checkpoint = run.send_rest(checkpoint, interrupt)
        more = max(0, rejected.status().visible - checkpoint.rejected_before)
    print_backfill_result(checkpoint, more, stack.name, file, as_json=options.as_json)
    exit_after_backfill(checkpoint, more, file)


def evaluator_of(
    destination: Destination, served: str | None, options: BackfillOptions
) -> Evaluator:
    """What decides about events. Raises UsageError when newer-wins is needed and off."""
    if options.profiles is BackfillProfiles.NEWER and not destination.newer_wins:
        raise UsageError(
            "--profiles newer: the setting profileUpdates is as-they-come, so that old values "
            "would replace newer ones; expected newer-wins, or --profiles once"
        )
    now = since_epoch(current_time())
    return Evaluator(destination, options.mode, options.retention_days, now, served)


@contextmanager
def report_settings() -> Iterator[None]:
    """Convert an error of the destination's settings; raises CommandError."""
    try:
        yield
    except ConfigurationError as error:
        raise CommandError(f"the destination's settings: {error}") from None
