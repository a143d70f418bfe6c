#!/usr/bin/env bash
# From a clean clone to the verdict: set-up, types, lint, every test. KEYFERRY_SETUP=--all installs also what is
# large and only some tests run; those are skipped, with the reason, where it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./scripts/setup.sh ${KEYFERRY_SETUP:+"$KEYFERRY_SETUP"}

node_modules/.bin/tsc --project tsconfig.test.json
node_modules/.bin/biome check --error-on-warnings .
git ls-files -z -- '*.sh' .ci/run 'packages/*/bin/*' 'conformance/bin/*' | xargs -0 shellcheck
node_modules/.bin/ava "$@"
