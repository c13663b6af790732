"""`make rehearsal-life`: a stack from its first deployment to the last trace of it."""
