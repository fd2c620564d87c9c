"""Policies as a repository keeps them: YAML, settings, schema, the desired state, edits. Pure."""
