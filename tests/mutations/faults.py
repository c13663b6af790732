"""Every fault, by the part of the product that it breaks."""

from typing import Final

from tests.mutations.fault import Fault
from tests.mutations.faults_in_deletion import DELETION
from tests.mutations.faults_in_profiles import PROFILES
from tests.mutations.faults_in_regulations import REGULATIONS
from tests.mutations.faults_in_template import ALARMS, PERMISSIONS

DELIVERY: Final = (
    Fault(
        name="the endpoint is chosen at the time of sending",
        file="delivery/dispatch.py",
        text="operation.rerouted(since_epoch(now))",
        replacement="operation.rerouted(event.record.first_sent_at)",
        tests=("tests/unit/delivery/test_endpoints.py",),
    ),
    Fault(
        name="a token is proven before anything is sent under it",
        file="delivery/sender.py",
        text="return self.credential_check.token_objection(self.mixpanel) or self.blocked_by",
        replacement="return self.blocked_by",
        tests=("tests/unit/delivery/test_credential_check.py",),
    ),
    Fault(
        name="what is left of a record is not rejected while a part of it is kept",
        file="delivery/disposition.py",
        text="    if not kept_events(siblings):\n        return\n",
        replacement="    return\n",
        tests=("tests/unit/delivery/test_disposition.py", "tests/unit/delivery/test_remainder.py"),
    ),
    Fault(
        name="what is left of a record of a backfill is sent as a backfill",
        file="delivery/disposition.py",
        text="        BACKFILL: record.backfill_text,\n",
        replacement="",
        tests=("tests/unit/delivery/test_backfill.py",),
    ),
    Fault(
        name="a backfill moves no user",
        file="delivery/backfill.py",
        text="return changed.with_payload(without_presence(changed))",
        replacement="return changed",
        tests=("tests/unit/delivery/test_backfill.py",),
    ),
    Fault(
        name="a counter is not sent again after a lost response",
        file="delivery/counters.py",
        text="return ClaimState.UNKNOWN",
        replacement="return ClaimState.OURS",
        tests=("tests/unit/delivery/test_counters.py",),
    ),
    Fault(
        name="a counter that another invocation has claimed is left to it",
        file="delivery/counters.py",
        text="if state is ClaimState.OURS]",
        replacement="if state in {ClaimState.OURS, ClaimState.CLAIMED}]",
        tests=("tests/unit/delivery/test_counters.py",),
    ),
    Fault(
        name="the claim of a counter that was not applied is released",
        file="delivery/dynamo_ledger.py",
        text="self.unsent |= {key: by for key, state in states.items() "
        "if state is ClaimState.OURS}",
        replacement="",
        tests=("tests/unit/delivery/test_ledger.py", "tests/fakes/test_delivery_tables.py"),
    ),
    Fault(
        name="a claim never replaces an entry",
        file="delivery/ledger_entries.py",
        text="""'WHERE "id" = ? AND "state" = ? AND "owner" = ? AND "expires_at" = ?'
    )
    return Statement(text, [{"S": key}, entry["state"], entry["owner"], entry["expires_at"]])""",
        replacement="""'WHERE "id" = ?'
    )
    return Statement(text, [{"S": key}])""",
        tests=("tests/fakes/test_moto_statements.py", "tests/unit/delivery/test_ledger.py"),
    ),
    Fault(
        name="a claim that another invocation has written is not taken for one's own",
        file="delivery/ledger_entries.py",
        text="return ClaimState.OURS if owner == by.name else ClaimState.CLAIMED",
        replacement="return ClaimState.OURS",
        tests=("tests/unit/delivery/test_ledger.py",),
    ),
    Fault(
        name="a statement that is throttled within a success is repeated",
        file="aws/statements.py",
        text="if first_wait(response.code)\n",
        replacement="if False\n",
        tests=("tests/unit/aws/test_statements.py",),
    ),
    Fault(
        name="a claim whose response is lost is released",
        file="aws/statements.py",
        text="earlier.may_be_written or response.is_uncertain",
        replacement="False",
        tests=("tests/unit/delivery/test_ledger_failures.py",),
    ),
    Fault(
        name="an update does not overtake one that is kept",
        file="delivery/sender.py",
        text="                self.kept_profiles[profile] = not_sent(outcome)\n",
        replacement="                pass\n",
        tests=("tests/unit/delivery/test_dispatch.py", "tests/unit/delivery/test_refusals.py"),
    ),
    Fault(
        name="a redirect is not followed",
        file="mixpanel/transport.py",
        text="timeout=httpx.Timeout(None),",
        replacement="timeout=httpx.Timeout(None), follow_redirects=True,",
        tests=("tests/unit/mixpanel/test_ingestion.py",),
    ),
    Fault(
        name="the id of a device has its prefix once",
        file="mapping/context.py",
        text="(device_id if destination.simplified else usable_id)(anonymous_id)",
        replacement="usable_id(anonymous_id)",
        tests=("tests/unit/mapping",),
    ),
)

SUPPRESSION: Final = (
    Fault(
        name="users are looked up before a repeat",
        file="delivery/sender.py",
        text="blocked = self.suppression_check.blocked(request.operations, afresh=again)",
        replacement=(
            "blocked: list[Outcome | None] = [None] * len(request.operations)\n"
            "        if not again:\n"
            "            blocked = self.suppression_check.blocked(request.operations)"
        ),
        tests=("tests/unit/delivery/test_suppression_check.py",),
        broken="sent without a look-up",
    ),
    Fault(
        name="an old look-up does not count",
        file="delivery/suppression_check.py",
        text=" or not oldest <= entry[0] <= now",
        replacement="",
        tests=("tests/unit/delivery/test_suppression_check.py",),
        broken="sent without a look-up",
    ),
    Fault(
        name="who could not be looked up may be suppressed",
        file="delivery/suppression_check.py",
        text="return self.unknown if is_unknown else None",
        replacement="return None",
        tests=("tests/unit/delivery/test_suppression_check.py",),
        broken="sent after effectiveAt",
    ),
    Fault(
        name="a rejected event of a suppressed user is not stored",
        file="delivery/deliver.py",
        text="check.suppress_rejected(unfinished, invocation.time_left)",
        replacement="pass",
        tests=("tests/unit/delivery/test_suppression_check.py",),
    ),
    Fault(
        name="all spellings of an id are one user",
        file="message/identity.py",
        text="    plain = without_prefix(text).strip()\n    return",
        replacement="    plain = text\n    return",
        tests=("tests/unit/message", "tests/unit/delivery/test_suppression_check.py"),
        broken="sent after effectiveAt",
    ),
    Fault(
        name="cancelling a regulation does not lift another's suppression",
        file="suppression/store.py",
        text='"DELETE holders :regulations ADD past :regulations"',
        replacement='"REMOVE holders ADD past :regulations"',
        tests=("tests/fakes/test_regulation_tables.py",),
    ),
    Fault(
        name="a key that DynamoDB did not process is unknown",
        file="suppression/lookup.py",
        text=" if name not in {*unread}}",
        replacement="}",
        tests=("tests/unit/test_suppression.py",),
    ),
    Fault(
        name="delivery stops under another key than the table's",
        file="suppression/lookup.py",
        text="if check != self.check and (check or found):",
        replacement="if False:",
        tests=("tests/unit/test_suppression.py",),
    ),
)

FAULTS: Final = (
    *DELIVERY,
    *PROFILES,
    *SUPPRESSION,
    *REGULATIONS,
    *DELETION,
    *PERMISSIONS,
    *ALARMS,
)
