"""alias: two ids of one user."""

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.message import MappingContext
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.values import has_content
from rudder_mixpanel.mixpanel.operations import Operation


def alias(message: MappingContext) -> list[Operation]:
    """The new id as another name of the previous one; not in projects with simplified merge."""
    if message.destination.simplified:
        raise RejectedEvent(
            Code.ALIAS_NOT_SUPPORTED, "expected no alias call with simplified ID merge", "type"
        )
    said = message.fields.get("previousId")
    previous = usable_id(said)
    if previous is None:
        if has_content(said):
            message.left_out.append("identifier")
        previous = message.anonymous_id
    if previous is None:
        raise RejectedEvent(
            Code.ALIAS_WITHOUT_PREVIOUS, "expected previousId or anonymousId", "previousId"
        )
    if message.user_id is None:
        raise RejectedEvent(Code.MISSING_IDENTITY, "expected userId", "userId")
    if previous == message.user_id:
        raise RejectedEvent(Code.ALIAS_SAME_ID, "expected two different ids", "previousId")
    message.check_age()
    ids = (previous, message.user_id)
    properties = {"distinct_id": previous, "alias": message.user_id}
    return [message.identity_event("$create_alias", properties, "previousId and userId", ids)]
