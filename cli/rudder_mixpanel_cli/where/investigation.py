"""Finds out what became of events: first from the log, then from the queues."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.where.answer import Answer, WhereOutcome, decide
from rudder_mixpanel_cli.where.fact import FINAL, Act, Fact
from rudder_mixpanel_cli.where.log_lines import LogLine, Mention, facts_from, mentions_in
from rudder_mixpanel_cli.where.log_pattern import any_of, one_by_one
from rudder_mixpanel_cli.where.log_search import LogSearch
from rudder_mixpanel_cli.where.queue_search import UNDELIVERED_OUTPUT, read_backlog, search_queues
from rudder_mixpanel_cli.where.searched_id import SearchedId
from rudder_mixpanel_cli.where.situation import Situation
from rudder_mixpanel_cli.where.stored import QueueFindings

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LOG_GROUP_OUTPUT: Final = "DeliverEventsLogGroupName"
# Lines come into the log some seconds late: this much of it is searched again.
LATENESS: Final = timedelta(minutes=2)
AWS_DOMAINS: Final = ("amazonaws.com", "amazonaws.com.cn", "api.aws")

type Progress = Callable[[str], None]


@dataclass
class Investigation:
    """What is asked, and what is known so far.

    `sent_at` has the ids whose events the one who asks has sent, which is when they know them.
    `lines` are the ids of the log lines that are read, `mentions` where they have each id.
    """

    stack: DeployedStack
    ids: list[SearchedId]
    since: datetime
    progress: Progress = lambda _text: None
    sent_at: dict[str, datetime] = field(default_factory=dict)
    lines: set[str] = field(default_factory=set)
    mentions: dict[str, list[Mention]] = field(default_factory=dict)
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    found: dict[str, QueueFindings] = field(default_factory=dict)

    def look(self, now: datetime) -> dict[str, tuple[Answer, Situation]]:
        """Search the log and the queues, and answer for each id."""
        self.search_log(self.ids, self.since, now)
        self.search_queues(one for one in self.ids if self.needs_queues(one))
        return self.answers(now)

    def look_again(self, before: datetime, now: datetime) -> dict[str, tuple[Answer, Situation]]:
        """Search what the log has since `before`; the queues only for what the log has rejected."""
        open_ids = [one for one in self.ids if not self.answer(one).outcome.is_final]
        self.search_log(open_ids, max(self.since, before - LATENESS), now)
        self.search_queues(one for one in open_ids if self.is_rejected(one))
        return self.answers(now)

    def search_log(self, ids: list[SearchedId], since: datetime, now: datetime) -> None:
        """Search backwards, until the lines settle what became of every id."""
        logs: CloudWatchLogsClient = self.stack.client("logs")
        needles = {needle for searched in ids for needle in searched.needles}
        search = LogSearch(logs, self.stack.output(LOG_GROUP_OUTPUT), patterns_for(logs, needles))
        with closing(search.backwards(since, now)) as windows:
            for window in windows:
                self.add_lines(window.lines)
                self.progress(f"searched the log back to {window.searched_to:%Y-%m-%d %H:%M} UTC")
                if all(is_settled(self.facts.get(searched.text, [])) for searched in ids):
                    return

    def add_lines(self, lines: list[LogLine]) -> None:
        """Add what the log has, which may be known already."""
        by_needle = self.by_needle
        touched: dict[str, SearchedId] = {}
        for line in lines:
            if line.id in self.lines:
                continue
            self.lines.add(line.id)
            for mention in mentions_in(line, by_needle):
                for searched in by_needle[mention.text]:
                    self.mentions.setdefault(searched.text, []).append(mention)
                    touched[searched.text] = searched
        for text, searched in touched.items():
            self.facts[text] = facts_from(self.mentions[text], searched)

    @cached_property
    def by_needle(self) -> dict[str, list[SearchedId]]:
        """The ids by each text that a line has for them, so that a line is read once for all."""
        by_needle: defaultdict[str, list[SearchedId]] = defaultdict(list)
        for searched in self.ids:
            for needle in searched.needles:
                by_needle[needle].append(searched)
        return dict(by_needle)

    def search_queues(self, ids: Iterable[SearchedId]) -> None:
        """Search the queues for these ids."""

        def show(name: str, count: int) -> None:
            self.progress(f"{count:,} messages of the {name} read")

        if wanted := list(ids):
            self.found |= search_queues(self.stack, wanted, show)

    def needs_queues(self, searched: SearchedId) -> bool:
        """Whether a queue may know more than the log."""
        answer = self.answer(searched)
        is_delivered = answer.outcome is WhereOutcome.DELIVERED
        return not is_delivered or answer.of_record or answer.copy is not None

    def is_rejected(self, searched: SearchedId) -> bool:
        """Whether the log says that it was rejected, as far as it is searched."""
        return self.answer(searched).outcome is WhereOutcome.REJECTED

    def answer(self, searched: SearchedId) -> Answer:
        """What became of an event, by what is known."""
        facts = self.facts.get(searched.text, [])
        return decide(facts, self.found.get(searched.text, QueueFindings()))

    def answers(self, now: datetime) -> dict[str, tuple[Answer, Situation]]:
        """The answers with what they depend on; the queue's depth only where one needs it."""
        answers = {searched: self.answer(searched) for searched in self.ids}
        missing = any(one.outcome is WhereOutcome.NOT_RECEIVED for one in answers.values())
        backlog = {"backlog": read_backlog(self.stack, now)} if missing else {}
        return {
            searched.text: (
                answer,
                Situation(
                    text=searched.text,
                    now=now,
                    since=self.since,
                    stack=self.stack.name or "",
                    found=self.found.get(searched.text, QueueFindings()),
                    sent_at=self.sent_at.get(searched.text),
                    is_insert_id=searched.is_insert_id,
                    shows_words=searched.text in self.sent_at,
                    undelivered_url=self.stack.outputs.get(UNDELIVERED_OUTPUT, ""),
                    **backlog,
                ),
            )
            for searched, answer in answers.items()
        }


def patterns_for(logs: "CloudWatchLogsClient", needles: set[str]) -> list[str]:
    """The patterns that find the needles, as the service at the client's address knows them."""
    is_aws = logs.meta.endpoint_url.rstrip("/").endswith(AWS_DOMAINS)
    return list(any_of(needles) if is_aws else one_by_one(needles))


def is_settled(facts: list[Fact]) -> bool:
    """Whether older lines cannot change what became of an event.

    They can tell of a rejected event that a part of it was delivered in an earlier attempt, and of
    a record that another event of it was rejected.
    """
    final = [fact for fact in facts if fact.act in FINAL]
    if not final:
        return False
    last = max(final, key=lambda fact: (fact.at, fact.act))
    if last.act is not Act.REJECTED:
        return not last.of_record
    attempts = max(fact.attempt for fact in facts)
    return attempts <= 1 or any(fact.act is Act.PARTLY_DELIVERED for fact in facts)
