#!/usr/bin/env bash
# debian-az.sh ARGUMENTS...: runs az with these arguments. Debian's azure-cli 2.45 lacks a package that its keyvault
# commands import (azure.keyvault of the older SDK): key list, download, delete, create and import end in a traceback.
# Where that package is missing, this puts the small one of the folder azure-cli-2.45 on PYTHONPATH, for this run only,
# and says so with AZ_SHIM_VERBOSE=1. Nothing of the installation is changed. Every other az is run as it is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
needs_shim() {
  [ "$(dpkg-query --show --showformat '${Version}' azure-cli 2>/dev/null)" ] &&
    [ -d /usr/lib/python3/dist-packages/azure/cli/command_modules/keyvault ] &&
    [ ! -e /usr/lib/python3/dist-packages/azure/keyvault/key_vault_client.py ]
}
if needs_shim; then
  if [ "${AZ_SHIM_VERBOSE:-0}" = 1 ]; then printf 'debian-az: az runs with %s on PYTHONPATH\n' "$here/azure-cli-2.45" >&2; fi
  export PYTHONPATH=$here/azure-cli-2.45${PYTHONPATH:+:$PYTHONPATH} PYTHONDONTWRITEBYTECODE=1
fi
exec az "$@"
