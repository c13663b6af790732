"""The whole stack on one machine: embedded AWS, and the emulator as Mixpanel."""
