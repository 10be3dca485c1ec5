from alembic import command


def test_every_model_change_has_its_migration(database):
    command.upgrade(database, "head")
    command.check(database)


def test_the_way_back(database):
    command.upgrade(database, "head")
    command.downgrade(database, "base")
