"""Faults in the order of profile updates, most of which the shuffles must notice."""

from typing import Final

from tests.mutations.fault import Fault

SHUFFLES: Final = "tests/shuffles/test_shuffles.py"
NEWER_WINS: Final = "tests/unit/delivery/test_newer_wins.py"
STORES: Final = "tests/unit/profiles/test_stores.py"

PROFILES: Final = (
    Fault(
        name="a lease is taken on condition of the version that was read",
        file="profiles/dynamo_store.py",
        text='SET "lease"=? SET "expires_at"=? WHERE "id"=? AND "version"=?\'',
        replacement='SET "lease"=? SET "expires_at"=? WHERE "id"=? AND "version"<>?\'',
        tests=(STORES,),
    ),
    Fault(
        name="a history is written on condition of the version of the lease",
        file="profiles/dynamo_store.py",
        text='SET "history"=? SET "expires_at"=? WHERE "id"=? AND "version"=?\'',
        replacement='SET "history"=? SET "expires_at"=? WHERE "id"=? AND "version">=?\'',
        tests=(STORES,),
    ),
    Fault(
        name="an item that was deleted is not made again",
        file="profiles/dynamo_store.py",
        text="        if read_version:\n",
        replacement="        if False:\n",
        tests=(STORES,),
    ),
    Fault(
        name="a history that is not written is not certain",
        file="profiles/dynamo_store.py",
        text="return result.outcome is StatementOutcome.DONE\n",
        replacement="return True\n",
        tests=(STORES,),
    ),
    Fault(
        name="a lease of which nothing is known is not taken",
        file="profiles/dynamo_store.py",
        text="if result.outcome is StatementOutcome.DONE or stored.get(id_) == versions[id_]",
        replacement="if result.outcome is not StatementOutcome.FAILED",
        tests=(STORES,),
    ),
    Fault(
        name="a lease that another invocation has is respected",
        file="delivery/newer_wins.py",
        text=" if not items[id_].is_leased(now)}",
        replacement="}",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="a lease stays while the outcome is unknown",
        file="delivery/newer_wins.py",
        text="is_open = any(may_be_applied(outcome) for _, outcome in group)",
        replacement="is_open = False",
        tests=(NEWER_WINS,),
    ),
    Fault(
        name="a lease outlives its invocation",
        file="delivery/newer_wins.py",
        text="LEASE_MARGIN: Final = 60",
        replacement="LEASE_MARGIN: Final = -30",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="a history holds only what Mixpanel has accepted",
        file="delivery/newer_wins.py",
        text="accepted = [planned for planned, outcome in group if outcome == DELIVERED]",
        replacement="accepted = [planned for planned, _ in group]",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="an update is delivered when its time is written",
        file="delivery/newer_wins.py",
        text="    if not is_written:\n        return NOT_NOTED\n",
        replacement="",
        tests=(NEWER_WINS,),
    ),
    Fault(
        name="updates of a request are in the order of their times",
        file="delivery/newer_wins.py",
        text="unsent = sorted(slots, key=lambda slot: operation_of(slot).stamp)",
        replacement="unsent = list(slots)",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="an update of a busy profile is kept",
        file="delivery/newer_wins.py",
        text="unsent_slots(events, repeatable=True)], BUSY)",
        replacement="unsent_slots(events, repeatable=True)], DELIVERED)",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="users are looked up before the table of profiles is touched",
        file="delivery/newer_wins.py",
        text="blocked = sender.blocked_operations(request, again=False)",
        replacement="blocked: list[Outcome | None] = [None] * len(slots)",
        tests=(NEWER_WINS,),
    ),
    Fault(
        name="of updates at the same time, the same one wins everywhere",
        file="message/stamps.py",
        text='tie = sha256(source.encode("utf-8", "surrogatepass")).digest()[:TIE_BYTES]',
        replacement="tie = bytes(TIE_BYTES)",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="a clock that is ahead counts as the arrival",
        file="message/stamps.py",
        text="min(max(min(time, now), 0), LATEST_TIME)",
        replacement="min(max(time, 0), LATEST_TIME)",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="the older part of an update is left out",
        file="profiles/updates.py",
        text="verb: leave_out(payload[verb], late)}",
        replacement="verb: payload[verb]}",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="a late update does not move the user",
        file="profiles/updates.py",
        text='if name != "$ip"}',
        replacement="}",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="a late update does not change when the user was seen",
        file="profiles/updates.py",
        text='        "$ignore_time": True\n',
        replacement="",
        tests=(SHUFFLES,),
    ),
    Fault(
        name="a history keeps the newest time of each property",
        file="profiles/history.py",
        text="            if not self.is_newer(name, stamp):\n",
        replacement="            if True:\n",
        tests=(SHUFFLES,),
    ),
)
