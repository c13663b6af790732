"""Which names of events may be shown: those that say nothing about one user."""

import re
from typing import Final

# A name is usually the same for many users. One that is long, or has an address or a number such as
# an order's in it, may say something about one user.
LONGEST_NAME: Final = 80
PERSONAL: Final = re.compile(r"@|\d{5}")
WITHHELD: Final = "(name withheld)"


def may_be_personal(name: str) -> bool:
    """Whether a name may say something about one user."""
    return len(name) > LONGEST_NAME or PERSONAL.search(name) is not None
