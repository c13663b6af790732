"""Hand-written faults: each breaks a promise of the product, and the tests must notice it."""
