# Runs once, on an empty volume. The services work as a role that owns its database and is no superuser, so that row
# security binds them.
psql --quiet --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE langnghe LOGIN PASSWORD :'password';
CREATE DATABASE langnghe OWNER langnghe;
SQL
