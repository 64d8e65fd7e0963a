#!/bin/sh
# Restores what backup.sh wrote into an empty database, and proves it: deploy/restore.sh FOLDER
#
# Needs PEASWAP_DATABASE_URL (of the empty database), PEASWAP_REDIS_URL, PEASWAP_MASTER_KEY and Postgres' own psql and
# pg_restore. Nothing may use the database yet. Stops at the first thing that is not right.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
: "${PEASWAP_DATABASE_URL:?is not set}" "${PEASWAP_MASTER_KEY:?is not set}"
# The command of this checkout, unless another one is named.
program="${PROGRAM:-$(cd "$(dirname "$0")/.." && pwd)/peaswap}"

(cd "$1" && sha256sum --check --quiet database.dump.sha256)
if [ "$(printf %s "$PEASWAP_MASTER_KEY" | sha256sum | cut -d ' ' -f 1)" != "$(cat "$1/master-key.sha256")" ]; then
    echo "PEASWAP_MASTER_KEY is not the one of this backup: nothing personal could be read. Nothing was restored." >&2
    exit 1
fi
tables="$(psql --no-psqlrc --tuples-only --no-align --dbname="$PEASWAP_DATABASE_URL" \
    --command="select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")"
if [ "$tables" != 0 ]; then
    echo "The database is not empty: it has $tables tables. Nothing was restored." >&2
    exit 1
fi
# The dump grants to this role; roles belong to the server, not to the database.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="$PEASWAP_DATABASE_URL" --command="
do \$\$
begin
  if not exists (select from pg_roles where rolname = 'peaswap_app') then
    create role peaswap_app nologin;
  end if;
end
\$\$"
pg_restore --exit-on-error --single-transaction --no-owner --dbname="$PEASWAP_DATABASE_URL" "$1/database.dump"
"$program" migrate
"$program" verify
echo "Restored from $1. Start the server now."
