#!/bin/sh
# Writes a backup of PeaSwap's database into a new folder: deploy/backup.sh FOLDER
#
# Needs PEASWAP_DATABASE_URL, PEASWAP_MASTER_KEY and Postgres' own pg_dump, as new as the server. The server goes on
# meanwhile: the dump is one snapshot. The master key is not in it, only a digest by which the right one is known again.
set -eu
umask 077

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
: "${PEASWAP_DATABASE_URL:?is not set}" "${PEASWAP_MASTER_KEY:?is not set}"

mkdir "$1"
printf %s "$PEASWAP_MASTER_KEY" | sha256sum | cut -d ' ' -f 1 > "$1/master-key.sha256"
pg_dump --format=custom --no-owner --file="$1/database.dump.part" --dbname="$PEASWAP_DATABASE_URL"
mv "$1/database.dump.part" "$1/database.dump"
(cd "$1" && sha256sum database.dump > database.dump.sha256)
echo "Backed up to $1. Keep the master key elsewhere: without it no name or address can be read again."
