"""An id as it was asked for, and the texts under which a log or a queue has it."""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final, Self

from rudder_mixpanel.delivery.receipts import HASH_BYTES, HASH_CHARACTERS, receipt_hash
from rudder_mixpanel.message.insert_ids import insert_id
from rudder_mixpanel.message.log_ids import HASHED, loggable_id

# An id as the log shows it where it may be personal data: the SHA-256 of it.
LOGGED_HASH: Final = re.compile(rf"{HASHED}([0-9a-f]{{64}})")
RECEIPT: Final = re.compile(rf"[A-Za-z0-9_-]{{{HASH_CHARACTERS}}}")


@dataclass(frozen=True, slots=True)
class SearchedId:
    """A messageId, an SQS id, or either as the log shows it.

    `receipts` are the hashes in receipts, `texts` stand in the lines of rejected events.
    `insert_receipt` is the receipt of the `$insert_id`, if that is not the id itself: a part or a
    hash of it, which another event may share.
    """

    text: str
    receipts: frozenset[str]
    texts: frozenset[str]
    insert_receipt: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """Everything under which an id may be found, without blanks around it."""
        text = text.strip()
        if match := LOGGED_HASH.fullmatch(text):
            return cls(text, frozenset({receipt_of_digest(match[1])}), frozenset({text}))
        receipts = {receipt_hash(text)}
        if RECEIPT.fullmatch(text):
            # It may be a receipt itself.
            receipts.add(text)
        inserted = insert_id({"messageId": text}, 0)
        insert_receipt = "" if inserted == text else receipt_hash(inserted)
        return cls(text, frozenset(receipts), frozenset({loggable_id(text)}), insert_receipt)

    @property
    def is_insert_id(self) -> bool:
        """Whether it is known that the `$insert_id` is the id itself."""
        return not self.insert_receipt and not LOGGED_HASH.fullmatch(self.text)

    @property
    def needles(self) -> frozenset[str]:
        """What a line of the log contains that is about it."""
        needles = self.receipts | self.texts
        return needles | {self.insert_receipt} if self.insert_receipt else needles


def receipt_of_digest(digest: str) -> str:
    """The receipt of an id whose SHA-256 is known."""
    return urlsafe_b64encode(bytes.fromhex(digest)[:HASH_BYTES]).decode()
