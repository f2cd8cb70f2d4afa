# Read once, by the entrypoint of the postgres image, when the database is made. The hub owns its database and is no
# superuser; the superuser has no password, so that nobody comes as one from outside.
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --set=password="$(cat /run/secrets/postgres-password)" <<'SQL'
CREATE ROLE hub LOGIN PASSWORD :'password';
CREATE DATABASE hub OWNER hub;
REVOKE ALL ON DATABASE hub FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
