-- Run once by psql, as the superuser, on a database server that is still empty: one login and one owner per program, so
-- that neither can read the other's tables. The passwords come from the environment and are never written down here.
\getenv rinnovo_password RINNOVO_DB_PASSWORD
\getenv temporal_password TEMPORAL_DB_PASSWORD

create role rinnovo login password :'rinnovo_password';
create role temporal login password :'temporal_password';

create database rinnovo owner rinnovo;
create database temporal owner temporal;
create database temporal_visibility owner temporal;

revoke all on database rinnovo, temporal, temporal_visibility from public;
