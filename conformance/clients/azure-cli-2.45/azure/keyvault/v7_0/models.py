"""The one name that azure-cli looks up here, for its list of models."""


class KeyVaultErrorException(Exception):
    pass
