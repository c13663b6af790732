"""`make rehearsal`: break the stack in known ways, and check what `where` and `doctor` say."""
