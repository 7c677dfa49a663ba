#!/bin/sh
# Makes what the deployment keeps secret, once. Keep a copy of master-key apart from the backups:
# without it no backup opens.
set -eu
cd "$(dirname "$0")"
# Containers read them as other users: the folder keeps everybody else out.
mkdir -p -m 700 secrets
random() { openssl rand -base64 "$1" | tr '+/' '-_' | tr -d '=\n'; }
make() { [ -e "secrets/$1" ] || { printf '%s' "$2" > "secrets/$1"; chmod 444 "secrets/$1"; echo "made deploy/secrets/$1"; }; }

make master-key "$(random 32)"
make database-root-password "$(random 24)"
make database-password "$(random 24)"
make database-key "$(openssl rand -base64 512 | tr -d '\n')"
uri() { printf 'mongodb://%s:%s@mongo1:27017,mongo2:27017,mongo3:27017/%s?replicaSet=hutong&authSource=%s' "$1" "$2" "$1" "$1"; }
make database-uri "$(uri hutong "$(cat secrets/database-password)")"
# Of the profile `province`: hub and key holder share nothing with a city, nor with each other.
for part in hub key-holder; do
  make "$part-master-key" "$(random 32)"
  make "$part-database-password" "$(random 24)"
  make "$part-database-uri" "$(uri "$part" "$(cat "secrets/$part-database-password")")"
done
