"""The words of Mixpanel's messages that may be logged: those that it publishes, and no others.

A message can repeat parts of an event, and so personal data. A word that stands in none of the
texts below is left out, whatever it is.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

# From Mixpanel's documentation, and from responses in the issues of its SDKs:
# https://developer.mixpanel.com/reference/import-events and …/reference/create-identity
PUBLISHED: Final = """
some data points in the request failed validation
'event' must not be missing or blank
'properties' 'properties.time' is invalid: must not be missing, must not be in the future
'properties.time' is invalid: must be specified as seconds since epoch
'properties.time' is invalid: data past retention period of 730 days, 1826 days, 1971-01-01
'properties.distinct_id' is invalid: must not be missing
'$insert_id' 'properties.$insert_id' is invalid: must only contain alphanumeric or hyphen '-'
characters, must not be longer than 36 bytes
'properties.$user_id' 'properties.$device_id' 'properties.token' 'properties.ip'
properties.utm_source is invalid: string should be valid utf8
identity events are not allowed when project is using simplified identity management
data, missing or empty; event, missing; token, missing or empty; distinct_id, missing or empty
$token, missing or empty; $distinct_id, missing or empty
$group_key, missing or empty; $group_id, missing or empty
$set $set_once $add $append $union $unset $remove $delete $identify $merge $create_alias
$distinct_ids $anon_id $identified_id alias $time $ip $ignore_time
Invalid credentials
Invalid service account credentials
Not a valid service account username
service account is not a project member
Unauthorized, invalid project secret. See docs for more information:
https://developer.mixpanel.com/reference/authentication#project-secret
Credentials in request did not match project_id URL parameter
Mismatch between project secret's project ID and URL project ID
request exceeds max limit of 2097152 bytes, 10485760 bytes, 2000 events
Project exceeded rate limits. Please retry the request with exponential backoff.
Too Many Requests, Bad Request, Forbidden, Unauthorized, Not Found, Request Entity Too Large
Payment Required, Service Unavailable, Internal Server Error, Bad Gateway, Gateway Timeout
"""
# Mixpanel's messages about these are not published; its documentation has the words.
EXPECTED: Final = """
fewer than 255 properties, array elements, nested object keys, depth, too many, too large, too deep
the quota of this organization or plan is exhausted, over its quota, upgrade, limit reached
placeholder, status 0, error 400 401 402 403 404 413 429 500 502 503 504
"""
# A word, and the punctuation around it that is kept with it
WORD: Final = re.compile(r"(['\"(\[]{0,2})(.*?)(['\")\].,:;]{0,3})", re.DOTALL)
# Published words without which the rest of a message says nothing.
FEWEST_WORDS: Final = 2
LEFT_OUT: Final = "…"
# Characters of a message that are read, and of what is logged of it. The longest published message
# has 150.
READ_CHARACTERS: Final = 2_000
LOGGED_CHARACTERS: Final = 200


def split_word(word: str) -> tuple[str, str, str]:
    """A word without punctuation, between the punctuation before and after it."""
    match = WORD.fullmatch(word)
    return (match[1], match[2], match[3]) if match else ("", word, "")


VOCABULARY: Final = frozenset(
    split_word(word)[1].lower() for word in (PUBLISHED + EXPECTED).split()
)


@lru_cache(maxsize=256)
def loggable_words(message: str) -> str:
    """What of a message may be logged: "…" stands for the rest; empty if that says nothing.

    Personal data can be left only where it is a word that Mixpanel itself uses.
    """
    words = list(map(split_word, message[:READ_CHARACTERS].split()))
    text = " ".join(
        part
        for known, group in groupby(words, lambda word: is_published(word[1]))
        for part in (map("".join, group) if known else [replacement(list(group))])
    )
    if len(text) > LOGGED_CHARACTERS or len(message) > READ_CHARACTERS:
        text = f"{text[:LOGGED_CHARACTERS].rpartition(' ')[0]} {LEFT_OUT}"
    published = sum(is_published(word[1]) for word in words)
    return text if published >= min(len(words), FEWEST_WORDS) else ""


def is_published(word: str) -> bool:
    """Whether Mixpanel uses a word; case does not matter, as long as it is in ASCII."""
    return word.isascii() and word.lower() in VOCABULARY


def replacement(words: Sequence[tuple[str, str, str]]) -> str:
    """What stands for words that are left out, one after the other, however many."""
    return f"{words[0][0]}{LEFT_OUT}{words[-1][2]}"
