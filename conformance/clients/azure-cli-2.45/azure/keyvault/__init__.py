"""What Debian's azure-cli 2.45 imports as azure.keyvault and Debian does not ship: see ../../README.md."""

from os.path import join
from pkgutil import extend_path

import azure.cli

# The package goes on where the others of azure.keyvault are (keys, secrets, ...), and in the copy inside azure-cli.
__path__ = extend_path(__path__, __name__)
__path__.append(join(list(azure.cli.__path__)[0], "command_modules/keyvault/vendored_sdks/azure_keyvault_t1"))

from .v7_0.key_vault_client import KeyVaultAuthentication, KeyVaultClient  # noqa: E402

__all__ = ["KeyVaultAuthentication", "KeyVaultClient"]
