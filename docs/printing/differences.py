"""The differences from RudderStack, in the order of the table in docs/mapping.md."""

from typing import Final

from docs.printing.differences_of_delivery import OF_DELIVERY
from docs.printing.differences_of_events import OF_EVENTS

DIFFERENCES: Final = (*OF_EVENTS, *OF_DELIVERY)
