"""`carbon-label`: issue, print, verify and withdraw product carbon labels."""

import click

from app.cli.group import CarbonLabelCommand


@click.group(
    name="carbon-label",
    cls=CarbonLabelCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    lazy={
        "serve": "app.cli.serve:serve",
        "demo": "app.cli.demo:demo",
        "verify": "app.cli.verify:verify",
        "footprint": "app.cli.footprint:footprint",
        "issue": "app.cli.label:issue",
        "print": "app.cli.paper:print_",
        "suspend": "app.cli.withdrawal:suspend",
        "reinstate": "app.cli.withdrawal:reinstate",
        "revoke": "app.cli.withdrawal:revoke",
        "reissue": "app.cli.label:reissue",
        "renew": "app.cli.label:renew",
        "label": "app.cli.label:label",
        "certifier": "app.cli.party:certifier",
        "producer": "app.cli.party:producer",
        "key": "app.cli.key:key",
        "db": "app.cli.db:db",
    },
)
@click.version_option(package_name="carbon-label", message="%(version)s")
def main() -> None:
    """Signed product carbon labels that anyone can check.

    Settings come from CARBON_LABEL_... variables or a file .env. Every command answers machines
    with --json. Exit status: 0 done, 1 refused, 64 wrong usage; `verify` has its own.
    """
