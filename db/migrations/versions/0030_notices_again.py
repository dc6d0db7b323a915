"""Notices that are told again, the answers of colleagues that wait, and addresses as long as a mail address may be."""

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels = None
depends_on = None

STATES = "open, told, then sent; or moot, or nowhere", "open, told, then sent; or moot, nowhere, failed"
WAITS_FOR_STAFF = sa.text("state = 'staff'")


def upgrade() -> None:
    with op.batch_alter_table("staff_notice", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "tries",
                sa.Integer(),
                nullable=False,
                server_default="0",
                comment="How often a message with it was refused for good.",
            )
        )
        batch_op.alter_column(
            "state",
            existing_type=sa.String(length=12),
            existing_nullable=False,
            comment=STATES[1],
            existing_comment=STATES[0],
        )
    op.create_index("ix_inbox_staff", "inbox", ["id"], sqlite_where=WAITS_FOR_STAFF, postgresql_where=WAITS_FOR_STAFF)
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.alter_column(
            "external_id", existing_type=sa.String(length=200), type_=sa.String(length=254), existing_nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.alter_column(
            "external_id", existing_type=sa.String(length=254), type_=sa.String(length=200), existing_nullable=False
        )
    op.drop_index("ix_inbox_staff", table_name="inbox")
    with op.batch_alter_table("staff_notice", schema=None) as batch_op:
        batch_op.alter_column(
            "state",
            existing_type=sa.String(length=12),
            existing_nullable=False,
            comment=STATES[0],
            existing_comment=STATES[1],
        )
        batch_op.drop_column("tries")
