"""All rules in one table, in the order in which they are documented."""

from typing import Final

from mixpanel_emulator.rules.app import APP_RULES
from mixpanel_emulator.rules.deletions import DELETION_RULES
from mixpanel_emulator.rules.export import EXPORT_RULES
from mixpanel_emulator.rules.ingestion import INGESTION_RULES

RULES: Final = (*INGESTION_RULES, *APP_RULES, *DELETION_RULES, *EXPORT_RULES)
