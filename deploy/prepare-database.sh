#!/bin/bash
# Makes the three servers one replica set, and the user the product works as. May run any time.
set -euo pipefail
root_password=$(cat /run/secrets/database-root-password)
password=$(cat /run/secrets/database-password)
run() {
  mongosh --quiet "mongodb://root@mongo1:27017/?authSource=admin${2:-}" --password "$root_password" --eval "$1"
}

until run 'db.hello().ok' '&directConnection=true' > /dev/null 2>&1; do sleep 1; done
run '
  try { rs.status() } catch {
    rs.initiate({ _id: "hutong", members: [
      { _id: 0, host: "mongo1:27017", priority: 2 },
      { _id: 1, host: "mongo2:27017" },
      { _id: 2, host: "mongo3:27017" },
    ], settings: { electionTimeoutMillis: 5000 } })
  }' '&directConnection=true' > /dev/null
until run 'if (!db.hello().isWritablePrimary) quit(1)' '&replicaSet=hutong' > /dev/null 2>&1; do sleep 1; done
run "
  const city = db.getSiblingDB('hutong');
  const user = { pwd: '$password', roles: ['readWrite', 'dbAdmin'] };
  if (city.getUser('hutong') === null) city.createUser({ user: 'hutong', ...user });
  else city.updateUser('hutong', user);" '&replicaSet=hutong'
echo 'The replica set is ready.'
