"""The database: tables, migrations, loading and saving enrollments, and the outbox. SQLAlchemy lives here only."""
