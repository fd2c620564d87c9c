"""TLS-RPT reports: what senders saw when they delivered to your domains."""

from mtasts.cli.dispatch import Verb

VERBS = {
    "import": Verb(
        "mtasts.cli.verbs.reports.import_",
        "read reports from files, folders, mailboxes, buckets or standard input into the store",
    ),
    "summary": Verb("mtasts.cli.verbs.reports.summary", "sessions and failures of a domain, or of all"),
    "html": Verb("mtasts.cli.verbs.reports.html", "a static site of the fleet and of each domain"),
    "metrics": Verb("mtasts.cli.verbs.reports.metrics", "OpenMetrics text for Prometheus"),
    "explain": Verb("mtasts.cli.verbs.reports.explain", "a result type, or one report, in plain words"),
    "serve": Verb("mtasts.cli.verbs.reports.serve", "receive reports that are posted over HTTPS"),
    "quarantine": Verb("mtasts.cli.verbs.reports.quarantine", "list, or take out, what could not be read"),
    "reindex": Verb("mtasts.cli.verbs.reports.reindex", "rebuild everything but the raw reports, from them"),
    "delete": Verb("mtasts.cli.verbs.reports.delete", "remove all reports of a domain"),
    "expire": Verb("mtasts.cli.verbs.reports.expire", "remove the reports about old days"),
}
