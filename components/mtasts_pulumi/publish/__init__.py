"""Preview, publication and removal of a stack as use cases: a typed request in, a value out, no command line."""
