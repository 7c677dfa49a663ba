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
make database-uri "mongodb://hutong:$(cat secrets/database-password)@mongo1:27017,mongo2:27017,mongo3:27017/hutong?replicaSet=hutong&authSource=hutong"
