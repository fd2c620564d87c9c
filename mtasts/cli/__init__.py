"""The command line: a dispatcher, option groups, and one module a verb."""
