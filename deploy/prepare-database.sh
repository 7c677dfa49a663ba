#!/bin/bash
# Makes the three servers one replica set, and for each database named (`hutong` where none is) the user
# the product works as, who sees no other. May run any time.
set -euo pipefail
root_password=$(cat /run/secrets/database-root-password)
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
for name in "${@:-hutong}"; do
  file=database-password
  [ "$name" = hutong ] || file="$name-database-password"
  run "
  const own = db.getSiblingDB('$name');
  const user = { pwd: '$(cat "/run/secrets/$file")', roles: ['readWrite', 'dbAdmin'] };
  if (own.getUser('$name') === null) own.createUser({ user: '$name', ...user });
  else own.updateUser('$name', user);" '&replicaSet=hutong'
done
echo 'The replica set is ready.'
