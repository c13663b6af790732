"""What is kept of an event of the export: hashes and the name, and nothing about a person."""

from hashlib import blake2b
from typing import Final

from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel_cli.personal_names import WITHHELD, may_be_personal
from rudder_mixpanel_cli.raw_export.exported_event import ExportedEvent
from rudder_mixpanel_cli.reconcile.day_numbers import day_of
from rudder_mixpanel_cli.reconcile.matching import ExportedRow

IDENTITY_BYTES: Final = 12
SENDER_CHARACTERS: Final = 50
# When Mixpanel received an event, or processed it
RECEIVED: Final = ("$mp_api_timestamp_ms", "mp_processing_time_ms")
LIBRARY: Final = "mp_lib"
IMPORTED: Final = "$import"


def exported_row(event: ExportedEvent) -> ExportedRow:
    """A row of the export, by its hashes."""
    return ExportedRow(
        receipt_hash(event.insert_id) if event.insert_id else "",
        identity_of(event),
        day_of(event.time),
        received_at(event),
        listed_name(event.name),
        sender_of(event),
    )


def identity_of(event: ExportedEvent) -> bytes:
    """A hash of what Mixpanel compares; of rows with the same one, it shows one.

    https://docs.mixpanel.com/docs/tracking-methods/sdks/event-deduplication
    """
    content = "\0".join((event.name, event.distinct_id, str(event.time), event.insert_id))
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=IDENTITY_BYTES).digest()


def received_at(event: ExportedEvent) -> int:
    """When Mixpanel received it, in milliseconds; 0 if it does not say."""
    for name in RECEIVED:
        if type(value := event.properties.get(name)) is int and 0 <= value < 2**62:
            return value
    return 0


def sender_of(event: ExportedEvent) -> str:
    """The library that sent it, else whether it was imported; empty when neither is known."""
    library = event.properties.get(LIBRARY)
    if isinstance(library, str) and library:
        return listed_name(library)[:SENDER_CHARACTERS]
    return "import" if event.properties.get(IMPORTED) is True else ""


def listed_name(name: str) -> str:
    """A name as it is listed, unless it may say something about one user.

    Half of a surrogate pair, which no file can have, is a question mark.
    """
    return WITHHELD if may_be_personal(name) else name.encode(errors="replace").decode()
