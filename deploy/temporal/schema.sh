#!/bin/sh
# Brings the schema of both Temporal databases to the version this release of the tool knows. Safe to repeat: what is
# there already is left alone. The connection comes from the environment (SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD,
# SQL_PLUGIN); the databases exist.
set -eu

# update <database> <name of its schema>
update() {
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "postgresql/v12/$2"
}

update temporal temporal
update temporal_visibility visibility
