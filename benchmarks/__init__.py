"""What the program costs, beside what it is compared with."""
