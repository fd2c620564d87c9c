#!/bin/sh
# newest.sh COMMIT: ends with 1 when a later commit, in what is checked out, changes what is published. An old run that is
# approved late, or run again, must not take a stack back to what it was then.
set -eu
# The same as `paths` in .github/workflows/deploy.yml and `changes` in .gitlab-ci.yml.
if ! git diff --quiet "$1" HEAD -- \
    Pulumi.yaml \
    ':(glob)Pulumi.*.yaml' \
    __main__.py \
    ':(glob)components/**' \
    ':(glob)mtasts/**' \
    ':(glob)sandbox/**' \
    ':(glob)policies/**' \
    requirements.lock; then
    echo "newest: a later commit changes what is published: let its run publish, and reject or leave this one" >&2
    exit 1
fi
