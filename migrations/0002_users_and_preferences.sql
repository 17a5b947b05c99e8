-- What of a channel goes into a member's totals, and when it wakes the member's devices.
alter table members add column counted text not null default 'all';
alter table members add column push text not null default '';
alter table members add column push_sound text not null default '';

-- Tokens with which clients of a user log in; revoked ones are kept so that they can be told from unknown ones.
create table session_tokens (
    application text not null,
    user_id text not null,
    number bigint not null,
    token text not null,
    created_at bigint not null,
    expires_at bigint not null,
    listed bigint not null,
    revoked bigint not null,
    primary key (application, user_id, number)
);

-- How users want to be woken; one without a row has the defaults.
create table push_preferences (
    application text not null,
    user_id text not null,
    push text not null,
    do_not_disturb bigint not null,
    start_hour bigint not null,
    start_min bigint not null,
    end_hour bigint not null,
    end_min bigint not null,
    schedules text not null,
    snoozes bigint not null,
    snooze_from bigint,
    snooze_until bigint,
    blocks_bots bigint not null,
    blocked_bots text not null,
    for_replies bigint not null,
    timezone text not null,
    sound text not null,
    template text not null,
    primary key (application, user_id)
);

create table device_tokens (
    application text not null,
    user_id text not null,
    kind text not null,
    token text not null,
    number bigint not null,
    primary key (application, user_id, kind, token)
);

create table friends (
    application text not null,
    user_id text not null,
    friend text not null,
    number bigint not null,
    name text not null,
    discovery_key text,
    primary key (application, user_id, friend)
);

-- When a channel or its members last changed, and who is not in a channel any more: for changelogs.
alter table channels add column changed_at bigint not null default 0;

create table departures (
    application text not null,
    user_id text not null,
    channel text not null,
    at bigint not null,
    primary key (application, user_id, channel)
);
