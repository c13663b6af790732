"""What the Makefile runs to build, deploy and release."""
