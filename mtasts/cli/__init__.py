"""The command line: one short module a verb, imported only when that verb is asked for."""
