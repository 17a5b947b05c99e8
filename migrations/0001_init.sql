-- One row per application; its counters are numbers given out so far.
create table applications (
    application text not null primary key,
    created_at bigint not null,
    settings text not null,
    messages_given bigint not null,
    users_given bigint not null,
    numbers_given bigint not null,
    draws_given bigint not null
);

-- How users looked at one time. Messages point here, so that they keep the name of their day.
create table profiles (
    application text not null,
    number bigint not null,
    user_id text not null,
    nickname text not null,
    picture text not null,
    metadata text not null,
    primary key (application, number)
);

create table users (
    application text not null,
    user_id text not null,
    number bigint not null,
    profile bigint not null,
    email text not null,
    access_token text not null,
    created_at bigint not null,
    active bigint not null,
    last_seen_at bigint,
    has_ever_logged_in bigint not null,
    discovery_keys text not null,
    preferred_languages text not null,
    accepts_invitations bigint not null,
    extra text not null,
    primary key (application, user_id)
);

create table channels (
    application text not null,
    channel text not null,
    number bigint not null,
    kind text not null,
    name text not null,
    cover text not null,
    custom_type text not null,
    data text not null,
    created_at bigint not null,
    created_by bigint,
    is_distinct bigint not null,
    is_public bigint not null,
    is_large bigint not null,
    is_broadcast bigint not null,
    is_exclusive bigint not null,
    is_ephemeral bigint not null,
    is_discoverable bigint not null,
    access_code text not null,
    is_frozen bigint not null,
    is_partitioned bigint not null,
    joined_by_servers_only bigint not null,
    survival_seconds bigint not null,
    operators text not null,
    metadata text not null,
    style text not null,
    extra text not null,
    primary key (application, channel)
);

create table members (
    application text not null,
    channel text not null,
    user_id text not null,
    number bigint not null,
    state text not null,
    invited_at bigint not null,
    inviter text,
    joined_at bigint not null,
    read_at bigint not null,
    delivered_at bigint,
    sees_after bigint not null,
    counts_after bigint not null,
    hidden text not null,
    primary key (application, channel, user_id)
);

create table messages (
    application text not null,
    id bigint not null,
    channel text not null,
    kind text not null,
    sender text,
    profile bigint,
    by_operator bigint not null,
    text text not null,
    custom_type text not null,
    data text not null,
    mentions_everyone bigint not null,
    mentioned text not null,
    created_at bigint not null,
    dated bigint not null,
    updated_at bigint not null,
    removed_at bigint not null,
    parent bigint,
    root bigint,
    in_channel bigint not null,
    silent bigint not null,
    dedup_id text,
    details text not null,
    primary key (application, id)
);

create table reactions (
    application text not null,
    message bigint not null,
    emoji text not null,
    user_id text not null,
    updated_at bigint not null,
    primary key (application, message, emoji, user_id)
);

-- Uploaded bytes lie in the folder files/ under their hash.
create table files (
    application text not null,
    hash text not null,
    size bigint not null,
    media_type text not null,
    created_at bigint not null,
    primary key (application, hash)
);
