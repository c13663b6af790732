"""The whole stack on one machine: MiniStack as AWS, and the emulator as Mixpanel."""
