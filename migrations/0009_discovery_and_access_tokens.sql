-- Whether others find a user by discovery keys.
alter table users add column discoverable bigint not null default 1;

-- Whether a key was got by an access token, and ends with it. Of older ones it is not known.
alter table session_keys add column by_access_token bigint not null default 0;
