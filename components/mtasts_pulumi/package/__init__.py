"""The component package `mtasts`, for programs in any language of Pulumi: `MailDomain` and `PolicyHosting`.

Plain inputs, each of which may be an output of another resource; what they make inside are the components that our own
program uses. `plugin` is what the engine starts, docs/reference/package.md what users read.
"""
