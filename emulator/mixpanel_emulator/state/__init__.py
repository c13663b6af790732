"""What the emulator stores: projects, events, profiles, deletion tasks, traffic."""
