-- By how much the application's clock is ahead of the machine's, and when it next has something to
-- do by itself (0: never), so that it is woken in time.
alter table applications add column clock_offset bigint not null default 0;
alter table applications add column due_at bigint not null default 0;

create table scheduled_messages (
    application text not null,
    number bigint not null,
    channel text not null,
    kind text not null,
    sender text,
    text text not null,
    custom_type text not null,
    data text not null,
    mentions_everyone bigint not null,
    mentioned text not null,
    silent bigint not null,
    marks_read bigint not null,
    push bigint not null,
    parent bigint,
    in_channel bigint not null,
    dedup_id text,
    details text not null,
    created_at bigint not null,
    updated_at bigint not null,
    scheduled_at bigint not null,
    state text not null,
    sent_at bigint not null,
    message bigint,
    primary key (application, number)
);

create table polls (
    application text not null,
    number bigint not null,
    title text not null,
    data text not null,
    takes_suggestions bigint not null,
    takes_several_votes bigint not null,
    close_at bigint not null,
    state text not null,
    created_by text,
    created_at bigint not null,
    updated_at bigint not null,
    changed_at bigint not null,
    change bigint not null,
    channel text,
    message bigint,
    primary key (application, number)
);

create table poll_options (
    application text not null,
    poll bigint not null,
    number bigint not null,
    text text not null,
    created_by text,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (application, poll, number)
);

create table votes (
    application text not null,
    poll bigint not null,
    poll_option bigint not null,
    user_id text not null,
    voted_at bigint not null,
    primary key (application, poll, poll_option, user_id)
);
