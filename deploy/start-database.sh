#!/bin/bash
# One member of the replica set: the key file of the set must belong to the server alone. What a process
# that was killed had begun stands in everybody's way for 15 seconds, and not for 60.
set -euo pipefail
install -o mongodb -g mongodb -m 400 /run/secrets/database-key /tmp/database-key
exec docker-entrypoint.sh mongod --replSet hutong --keyFile /tmp/database-key --bind_ip_all \
  --setParameter transactionLifetimeLimitSeconds=15
