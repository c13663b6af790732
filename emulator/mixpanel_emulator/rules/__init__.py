"""Every rule of Mixpanel's API that the emulator follows, with its source and grade."""
