"""What tests of the contract share."""

from conf.settings import Settings

SETTINGS = Settings(model={"name": "none"})
