"""Maps alias calls: two ids of one user."""

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.cuts import check_id
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.values import has_content
from rudder_mixpanel.mixpanel.operations import Operation


def map_alias(context: MappingContext) -> list[Operation]:
    """Make the new id an alias of the previous one.

    Raises RejectedEvent when an id is missing, both are equal, the event is too old, or the project
    uses simplified ID merge, which has no aliases.
    """
    if context.destination.simplified:
        raise RejectedEvent(
            Code.ALIAS_NOT_SUPPORTED, "expected no alias call with simplified ID merge", "type"
        )
    previous = previous_id(context)
    if context.user_id is None:
        raise RejectedEvent(Code.MISSING_IDENTITY, "expected userId", "userId")
    if previous == context.user_id:
        raise RejectedEvent(Code.ALIAS_SAME_ID, "expected two different ids", "previousId")
    context.check_age()
    ids = (previous, context.user_id)
    properties = {"distinct_id": previous, "alias": context.user_id}
    return [context.build_identity_event("$create_alias", properties, ids)]


def previous_id(context: MappingContext) -> str:
    """The previous id, else the anonymous one.

    Raises RejectedEvent when both are missing, or the previous one is too long.
    """
    value = context.fields.get("previousId")
    previous = usable_id(value)
    if previous is not None:
        check_id(previous, "previousId")
    else:
        if has_content(value):
            context.left_out.append(LeftOut.IDENTIFIER)
        previous = context.anonymous_id
    if previous is None:
        raise RejectedEvent(
            Code.ALIAS_WITHOUT_PREVIOUS, "expected previousId or anonymousId", "previousId"
        )
    return previous
