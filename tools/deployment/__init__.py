"""`make deploy`: refuses what would forget suppressions, shows what will change, and deploys it."""
