import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("quote", sa.Column("symbol", sa.String(12), primary_key=True))


def downgrade():
    op.drop_table("quote")
