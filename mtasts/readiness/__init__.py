"""Pure: what was observed, judged by checks, as findings and a verdict."""
