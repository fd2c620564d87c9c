"""The oldest engine that is supported, with which the tests marked `engines` run as well."""
