-- When the metadata of a channel were last changed, and numbers that clients count.
alter table channels add column metadata_updated_at bigint not null default 0;
alter table channels add column counters text not null default '';

-- Bans and mutes in a channel or in all channels of a custom type (scope and place).
create table sanctions (
    application text not null,
    kind text not null,
    scope text not null,
    place text not null,
    user_id text not null,
    number bigint not null,
    starts_at bigint not null,
    ends_at bigint not null,
    lasting bigint not null,
    description text not null,
    agent text,
    primary key (application, kind, scope, place, user_id)
);

create table blocks (
    application text not null,
    blocker text not null,
    blocked text not null,
    number bigint not null,
    created_at bigint not null,
    primary key (application, blocker, blocked)
);

-- Users who are operators of every channel of a custom type.
create table type_operators (
    application text not null,
    custom_type text not null,
    user_id text not null,
    created_at bigint not null,
    primary key (application, custom_type, user_id)
);

create table reports (
    application text not null,
    number bigint not null,
    kind text not null,
    category text not null,
    custom_category text not null,
    reporter bigint,
    offender bigint,
    channel text not null,
    message bigint,
    description text not null,
    created_at bigint not null,
    primary key (application, number)
);
