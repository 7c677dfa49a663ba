#!/bin/bash
# One member of the replica set: the key file of the set must belong to the server alone.
set -euo pipefail
install -o mongodb -g mongodb -m 400 /run/secrets/database-key /tmp/database-key
exec docker-entrypoint.sh mongod --replSet hutong --keyFile /tmp/database-key --bind_ip_all
