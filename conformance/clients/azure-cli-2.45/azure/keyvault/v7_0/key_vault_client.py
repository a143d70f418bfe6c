"""The key operations that azure-cli 2.45 asks of its older SDK, done by the newer one that is installed beside it."""

import time
from types import SimpleNamespace

from azure.core.credentials import AccessToken
from azure.keyvault.keys import KeyClient


class KeyVaultAuthentication:
    """A credential for the newer SDK, from the callback (server, resource, scope) -> (scheme, token, ...) of azure-cli."""

    def __init__(self, callback):
        self._callback = callback

    def get_token(self, *scopes, **_):
        resource = scopes[0].rsplit("/.default", 1)[0]
        return AccessToken(self._callback(None, resource, None)[1], int(time.time()) + 300)


class KeyVaultClient:
    def __init__(self, credentials, api_version=None):
        self._credentials = credentials

    def _keys(self, vault_base_url):
        return KeyClient(vault_base_url, self._credentials)

    def create_key(self, vault_base_url, key_name, kty):
        """Creates a new key.

        :param vault_base_url: The vault name, for example https://myvault.vault.azure.net.
        :param key_name: The name for the new key.
        :param kty: The type of key to create.
        """
        raise NotImplementedError("azure-cli takes only the text above from here")

    def backup_key(self, vault_base_url, key_name):
        """Backs up a key.

        :param vault_base_url: The vault name.
        :param key_name: The name of the key.
        """
        raise NotImplementedError("not in this shim")

    def restore_key(self, vault_base_url, key_bundle_backup):
        """Restores a backed up key.

        :param vault_base_url: The vault name.
        :param key_bundle_backup: The backup.
        """
        raise NotImplementedError("not in this shim")

    def get_key(self, vault_base_url, key_name, key_version):
        return _bundle(self._keys(vault_base_url).get_key(key_name, key_version or None))

    def get_keys(self, vault_base_url, maxresults=None, **operation_config):
        """Lists the keys of a vault.

        :param vault_base_url: The vault name.
        :param maxresults: Maximum number of results.
        """
        return [_item(key) for key in self._keys(vault_base_url).list_properties_of_keys()]

    def get_key_versions(self, vault_base_url, key_name, maxresults=None, **operation_config):
        """Lists the versions of a key.

        :param vault_base_url: The vault name.
        :param key_name: The name of the key.
        :param maxresults: Maximum number of results.
        """
        return [_item(key) for key in self._keys(vault_base_url).list_properties_of_key_versions(key_name)]

    def delete_key(self, vault_base_url, key_name, **operation_config):
        """Deletes a key with all its versions.

        :param vault_base_url: The vault name.
        :param key_name: The name of the key.
        """
        deleted = self._keys(vault_base_url).begin_delete_key(key_name).result()
        return SimpleNamespace(recovery_id=deleted.recovery_id, **vars(_bundle(deleted)))

    def purge_deleted_key(self, vault_base_url, key_name, **operation_config):
        """Removes a deleted key for good.

        :param vault_base_url: The vault name.
        :param key_name: The name of the key.
        """
        self._keys(vault_base_url).purge_deleted_key(key_name)


def _bundle(key):
    return SimpleNamespace(key=key.key, **vars(_item(key.properties)))


def _item(properties):
    attributes = {name: getattr(properties, name) for name in ("enabled", "expires_on", "not_before", "created_on")}
    return SimpleNamespace(
        kid=properties.id, managed=properties.managed, tags=properties.tags, attributes=SimpleNamespace(**attributes)
    )
