#!/usr/bin/env bash
# The unit and contract suites on another Node: test/support/node-matrix.sh 22
# Fetches it from npm into the cache. Where uWebSockets.js has no binary for it, its cases skip and ws serves.
set -euo pipefail
version=$1
shift
cache=${THREADCAST_TEST_CACHE:-$HOME/.cache/threadcast}/node-$version
if [ ! -x "$cache/node_modules/.bin/node" ]; then
  mkdir -p "$cache"
  npm install --no-save --no-audit --no-fund --prefix "$cache" "node@$version" >&2
fi
PATH=$cache/node_modules/.bin:$PATH
echo "# Node $(node --version)" >&2
exec npx tap --disable-coverage "$@" \
  test/framing/*.test.ts test/protocol/*.test.ts test/thread/*.test.ts test/broker/*.test.ts test/runtime/*.test.ts test/transports/*.test.ts test/attachments/store.test.ts \
  test/client/{bad-input,fold,lists,older-turns,reconnect,rejoin,requests}.test.ts
