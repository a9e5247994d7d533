"""The first tables. Safe: there is no older code.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("founded_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("registration", sa.String(length=18), nullable=True),
        sa.Column("did", sa.String(length=300), nullable=True),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("did", name=op.f("uq_organisation_did")),
        sa.UniqueConstraint("registration", name=op.f("uq_organisation_registration")),
    )
    op.create_table(
        "register_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("status_sequence", sa.Integer(), nullable=False),
        sa.Column("status_list", sa.Integer(), nullable=False),
        sa.Column("status_position", sa.Integer(), nullable=False),
        sa.Column("last_time", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_head")),
    )
    op.create_table(
        "signed_status_list",
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status_sequence", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.String(length=20), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "number", name=op.f("pk_signed_status_list")),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.String(length=400), nullable=False),
        sa.Column("controller", sa.String(length=300), nullable=False),
        sa.Column("multikey", sa.String(length=100), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("added_at", sa.String(length=20), nullable=False),
        sa.Column("retired_at", sa.String(length=20), nullable=True),
        sa.Column("compromised_since", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("file", name=op.f("uq_signing_key_file")),
        sa.UniqueConstraint("multikey", name=op.f("uq_signing_key_multikey")),
    )
    op.create_index("ix_signing_key_controller", "signing_key", ["controller"])

    op.create_table(
        "footprint",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("producer_id", sa.String(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("rule_id", sa.String(length=60), nullable=False),
        sa.Column("rule_version", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.String(length=20), nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=True),
        sa.Column("accepted_at", sa.String(length=20), nullable=True),
        sa.Column("assurance", sa.String(length=20), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("claims", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["organisation.id"], name=op.f("fk_footprint_accepted_by_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["organisation.id"], name=op.f("fk_footprint_producer_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_footprint")),
        sa.UniqueConstraint("producer_id", "digest", name=op.f("uq_footprint_producer_id_digest")),
    )
    op.create_index("ix_footprint_accepted_by", "footprint", ["accepted_by"])
    op.create_index("ix_footprint_producer_id", "footprint", ["producer_id"])
    op.create_index("ix_footprint_received_at", "footprint", ["received_at"])

    op.create_table(
        "token",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(length=20), nullable=False),
        sa.Column("expires_at", sa.String(length=20), nullable=False),
        sa.Column("revoked_at", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_token_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
    )
    op.create_index("ix_token_organisation_id", "token", ["organisation_id"])

    op.create_table(
        "label",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("url", sa.String(length=320), nullable=False),
        sa.Column("footprint_id", sa.String(), nullable=False),
        sa.Column("producer_id", sa.String(), nullable=False),
        sa.Column("certifier_id", sa.String(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("issued_at", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.String(length=20), nullable=False),
        sa.Column("valid_until", sa.String(length=20), nullable=False),
        sa.Column("status_list", sa.Integer(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("replaces", sa.String(), nullable=True),
        sa.Column("renews", sa.String(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("status_at", sa.String(length=20), nullable=False),
        sa.Column("status_reason", sa.String(length=40), nullable=True),
        sa.Column("status_sequence", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.String(), nullable=True),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certifier_id"], ["organisation.id"], name=op.f("fk_label_certifier_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["footprint_id"], ["footprint.id"], name=op.f("fk_label_footprint_id_footprint")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["signing_key.id"], name=op.f("fk_label_key_id_signing_key")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["organisation.id"], name=op.f("fk_label_producer_id_organisation")
        ),
        sa.ForeignKeyConstraint(["renews"], ["label.code"], name=op.f("fk_label_renews_label")),
        sa.ForeignKeyConstraint(["replaces"], ["label.code"], name=op.f("fk_label_replaces_label")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["label.code"], name=op.f("fk_label_superseded_by_label")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_label")),
        sa.UniqueConstraint("footprint_id", name=op.f("uq_label_footprint_id")),
        sa.UniqueConstraint("replaces", name=op.f("uq_label_replaces")),
        sa.UniqueConstraint(
            "status_list", "status_index", name=op.f("uq_label_status_list_status_index")
        ),
        sa.UniqueConstraint("superseded_by", name=op.f("uq_label_superseded_by")),
    )
    op.create_index("ix_label_certifier_id", "label", ["certifier_id"])
    op.create_index("ix_label_issued_at", "label", ["issued_at"])
    op.create_index("ix_label_key_id", "label", ["key_id"])
    op.create_index("ix_label_producer_id", "label", ["producer_id"])
    op.create_index("ix_label_renews", "label", ["renews"])

    op.create_table(
        "issue_request",
        sa.Column("certifier_id", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certifier_id"],
            ["organisation.id"],
            name=op.f("fk_issue_request_certifier_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["code"], ["label.code"], name=op.f("fk_issue_request_code_label")),
        sa.PrimaryKeyConstraint("certifier_id", "idempotency_key", name=op.f("pk_issue_request")),
    )
    op.create_table(
        "label_event",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("statement_digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["label.code"], name=op.f("fk_label_event_code_label")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_label_event")),
    )
    op.create_index("ix_label_event_code", "label_event", ["code"])
    op.execute(
        "INSERT INTO register_head (id, events, status_sequence, status_list, status_position,"
        " last_time) VALUES (1, 0, 0, 1, 0, '1970-01-01T00:00:00Z')"
    )
