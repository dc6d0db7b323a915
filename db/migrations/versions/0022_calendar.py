"""The school's calendar: its region, its feed, what is in it, and what was made of an entry by hand."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_choice",
        sa.Column("uid", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_calendar_choice_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_choice")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_calendar_choice_school_id_id")),
        sa.UniqueConstraint("school_id", "uid", name=op.f("uq_calendar_choice_school_id_uid")),
    )
    with op.batch_alter_table("calendar_choice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_choice_school_id"), ["school_id"], unique=False)

    op.create_table(
        "calendar_event",
        sa.Column("source", sa.String(length=10), nullable=False, comment="feed or file"),
        sa.Column("uid", sa.String(length=80), nullable=False, comment="The same at every look; many may repeat it."),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False, comment="HH:MM; empty: the whole day."),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False, comment="May name a person."),
        sa.Column("room", sa.String(length=80), nullable=False, comment="May name a person."),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="What its words say it is."),
        sa.Column(
            "audience", sa.String(length=400), nullable=False, comment="Years and classes by comma; empty: everybody."
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_calendar_event_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_event")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_calendar_event_school_id_id")),
    )
    with op.batch_alter_table("calendar_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_event_school_id"), ["school_id"], unique=False)

    op.create_table(
        "calendar_source",
        sa.Column("name", sa.String(length=10), nullable=False, comment="feed or file"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("past", sa.Integer(), nullable=False, comment="Entries that are over, or more than 18 months away."),
        sa.Column("refused", sa.JSON(), nullable=False, comment="[entry, reason]; a title may name a person."),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_calendar_source_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_source")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_calendar_source_school_id_id")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_calendar_source_school_id_name")),
    )
    with op.batch_alter_table("calendar_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_source_school_id"), ["school_id"], unique=False)

    op.create_table(
        "school_calendar",
        sa.Column("region", sa.String(length=10), nullable=False, comment="As bot/calendar/holidays.yml."),
        sa.Column(
            "closed_on", sa.String(length=100), nullable=False, comment="Public holidays of its own choice, by comma."
        ),
        sa.Column("url", sa.String(length=1000), nullable=False, comment="May hold a key: never logged."),
        sa.Column("etag", sa.String(length=300), nullable=False),
        sa.Column("modified", sa.String(length=60), nullable=False),
        sa.Column("tried_at", Instant(), nullable=True, comment="Claims the next look."),
        sa.Column("fetched_at", Instant(), nullable=True, comment="When the feed last answered well."),
        sa.Column("read_at", Instant(), nullable=True, comment="When all of it was last read."),
        sa.Column("fault", sa.String(length=200), nullable=False, comment="Why the last look failed."),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_school_calendar_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_calendar")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_school_calendar_school_id_id")),
        sa.UniqueConstraint("school_id", name=op.f("uq_school_calendar_school_id")),
    )
    with op.batch_alter_table("school_calendar", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_school_calendar_school_id"), ["school_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("school_calendar", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_calendar_school_id"))

    op.drop_table("school_calendar")
    with op.batch_alter_table("calendar_source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_source_school_id"))

    op.drop_table("calendar_source")
    with op.batch_alter_table("calendar_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_event_school_id"))

    op.drop_table("calendar_event")
    with op.batch_alter_table("calendar_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_choice_school_id"))

    op.drop_table("calendar_choice")
