"""All I/O: DNS, HTTPS, SMTP, files, mailboxes, stores. Answers are values; absent and could-not-ask differ."""
