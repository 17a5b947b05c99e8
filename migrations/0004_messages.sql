-- When something that hangs on a message last changed without an edit: reactions, extra data, translations.
alter table messages add column touched_at bigint not null default 0;

-- Messages at the top of their channels.
create table pins (
    application text not null,
    channel text not null,
    message bigint not null,
    number bigint not null,
    pinned_at bigint not null,
    primary key (application, channel, message)
);

-- The catalogue of emojis, but for those that come with the service.
create table emoji_categories (
    application text not null,
    id bigint not null,
    name text not null,
    picture text not null,
    primary key (application, id)
);

create table emojis (
    application text not null,
    emoji text not null,
    id bigint not null,
    category bigint not null,
    picture text not null,
    primary key (application, emoji)
);

-- Whether a user's devices are woken for the replies to one message.
create table thread_pushes (
    application text not null,
    message bigint not null,
    user_id text not null,
    enabled bigint not null,
    primary key (application, message, user_id)
);
