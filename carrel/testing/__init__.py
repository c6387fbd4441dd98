"""Contract suites that Carrel's own parts pass, for the parts of others."""
