"""Placeholders: texts that stand for a value, and that a tool should have replaced."""

import re
from typing import Final

# Events provide values of dynamic settings, and a search in a long text could take long.
LONGEST: Final = 200

# Of templates and of environment variables. No value of a setting has such a part, except for the
# templates of page and screen names, and dynamic settings.
LEFT_OVER: Final = re.compile(
    r"""
    \{\{ .* \}\}                  # {{ .NAME }}, as the Rudder CLI writes it
    | [$\#] \{ .* \}              # ${NAME}, #{NAME}
    | \$ \( .* \)                 # $(NAME)
    | ^ env \. [A-Za-z_]\w* $     # env.NAME, as RudderStack's servers read it
    | ^ < [^<>]* > $              # <your token>
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
# What else people leave in place of a credential. Names of events or properties may look like this.
NO_CREDENTIAL: Final = re.compile(
    r"""
    \$? [A-Z][A-Z0-9]* (?: _[A-Z0-9]+ )+     # $MIXPANEL_TOKEN, YOUR_TOKEN
    | ([%@]) \w+ \1 | __ \w+ __              # %NAME%, @NAME@, __NAME__
    | \{ [^{}]* \} | \[ [^][]* \]            # {NAME}, [your token]
    | \.{2,} | …+ | \*+ | •+ | [xX]{3,}      # ..., or masked by a tool that shows secrets
    | (?i: your[-_ a-z]+ | (?:change|replace)[-_ ]?me | todo | tbd )
    """,
    re.VERBOSE | re.ASCII,
)


def is_left_over(text: str) -> bool:
    """Whether a text has a placeholder of a template or of an environment variable."""
    return len(text) <= LONGEST and LEFT_OVER.search(text.strip()) is not None


def is_placeholder(credential: str) -> bool:
    """Whether a credential is a placeholder, and not the value itself."""
    if len(credential) > LONGEST:
        return False
    return is_left_over(credential) or NO_CREDENTIAL.fullmatch(credential.strip()) is not None
