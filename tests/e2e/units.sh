#!/usr/bin/env bash
# units.sh FOLDER: every unit in it has an exposure of 1.5 or lower by systemd-analyze's own reckoning.
set -eu
status=0
for unit in "$1"/*.service; do
  level=$(systemd-analyze security --offline=true "$unit" | sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p')
  echo "$(basename "$unit"): exposure $level"
  awk -v level="$level" 'BEGIN { exit !(level != "" && level <= 1.5) }' || status=1
done
exit $status
