"""Erases when the properties of deleted users were last set."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from rudder_mixpanel.aws.dynamodb import delete_items
from rudder_mixpanel.aws.throttling import TableBackoff

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def erase_profiles(
    dynamodb: "DynamoDBClient", table: str, pseudonyms: Collection[str], backoff: TableBackoff
) -> None:
    """Delete the items of these users, whose keys are their pseudonyms; unknown ones have none.

    No delivery writes an item of a user who is suppressed, once that is effective. Items of groups
    stay. Raises TableUnavailable when not all could be deleted; what was deleted stays so.
    """
    delete_items(dynamodb, table, pseudonyms, backoff)
