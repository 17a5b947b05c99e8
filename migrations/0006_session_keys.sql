-- What clients of a user act with after they have logged in; revoked ones are kept so that they can be told from unknown ones.
create table session_keys (
    application text not null,
    key text not null,
    user_id text not null,
    number bigint not null,
    token bigint,
    created_at bigint not null,
    expires_at bigint,
    revoked bigint not null,
    primary key (application, key)
);
