"""Forms for pipelines and forges: parts, JUnit, SARIF, workflow commands, comments."""
