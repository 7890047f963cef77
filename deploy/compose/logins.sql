-- Run once, by the image, as the server's administrator, when the database is made: the logins, and what each is for.
\set ON_ERROR_STOP on
-- The passwords, each as a variable of psql.
\i /run/secrets/logins

-- Owns the database, and may make the group roles, which `sluicegate db upgrade` does.
CREATE ROLE migrate LOGIN CREATEROLE PASSWORD :'migrate_password';
ALTER DATABASE :"DBNAME" OWNER TO migrate;
ALTER SCHEMA public OWNER TO migrate;

CREATE ROLE sluicegate_gateway NOLOGIN;
CREATE ROLE sluicegate_lists NOLOGIN;
CREATE ROLE sluicegate_review NOLOGIN;
CREATE ROLE sluicegate_dispose NOLOGIN;
CREATE ROLE gateway LOGIN PASSWORD :'gateway_password' IN ROLE sluicegate_gateway;
CREATE ROLE lists LOGIN PASSWORD :'lists_password' IN ROLE sluicegate_lists;
CREATE ROLE review LOGIN PASSWORD :'review_password' IN ROLE sluicegate_review;
CREATE ROLE dispose LOGIN PASSWORD :'dispose_password' IN ROLE sluicegate_dispose;
