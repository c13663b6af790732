"""The reasons why a part of a delivered event is not sent, or not stored by Mixpanel."""

from rudder_mixpanel.documented import Documented


class LeftOut(Documented):
    """What is missing of a delivered event: one list for metrics, `preview` and docs."""

    # Not sent
    CHARGE = ("charge", "A charge whose revenue is not a number.")
    INCREMENT = ("increment", "An increment that is not a number.")
    IDENTIFIER = ("identifier", "A placeholder such as `null` in place of an id.")
    ADDRESS = ("address", "An IP address that is not one, such as `unknown`.")
    GROUP = (
        "group",
        "The profile of a group whose id is an object, a list, null or blank.",
    )
    TRAIT = (
        "trait",
        "A trait without a name, or a part of an address other than city, state and country.",
    )
    REPLACED = (
        "replaced",
        "A property or trait whose name the stack, or another part of the event, gives a value.",
    )
    # Sent, but cut or overwritten by Mixpanel
    TEXT = ("text", "The end of a text of more than 255 bytes.")
    NAME = ("name", "The end of a name of more than 255 bytes, of an event or a property.")
    VALUE = (
        "value",
        "A list or object beyond Mixpanel's limit: 8 KB in an event, 256 KB in a profile.",
    )
    TIME = ("time", "A time after the event's arrival, which Mixpanel replaces by its own.")
    RESERVED = ("reserved", "A property under whose name Mixpanel writes a value of its own.")
