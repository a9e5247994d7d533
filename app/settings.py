"""What the outside may set: environment variables `CARBON_LABEL_*`, or a file `.env`."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = Path(__file__).resolve().parent / "shipped"  # where an installed wheel has its data


class Settings(BaseSettings):
    """Read once, in main, cli and migrations; handed on as plain values."""

    model_config = SettingsConfigDict(
        env_prefix="CARBON_LABEL_", env_file=".env", extra="ignore", frozen=True
    )

    home: Path = Path("var")  # database, keys, printed labels
    host: str = "0.0.0.0"  # noqa: S104 - a phone on the same network must reach it
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str | None = None  # printed into every code; fixed at the first start
    database_url: str | None = None  # None: SQLite in home
    key_passphrase: SecretStr | None = None
    key_passphrase_file: Path | None = None  # None: home/passphrase, made at the first start

    @property
    def database(self) -> str:
        """The database URL."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'carbon-label.db'}"

    @property
    def keys(self) -> Path:
        """Where the private keys are."""
        return self.home.resolve() / "keys"

    @property
    def passphrase_file(self) -> Path:
        """Where the passphrase of the private keys is, unless it is set itself."""
        return self.key_passphrase_file or self.home.resolve() / "passphrase"


def shipped(name: str) -> Path:
    """Return a folder of data that comes with the program: label_templates, examples, keys."""
    installed = SHIPPED / name
    return installed if installed.is_dir() else ROOT / name
