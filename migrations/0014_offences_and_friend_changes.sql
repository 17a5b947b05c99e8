-- When words of users were kept out of channels, as far as that still counts.
create table offence_records (
    application text not null,
    channel text not null,
    user_id text not null,
    at text not null,
    primary key (application, channel, user_id)
);

-- When friends of users were added, changed or taken away: the last of these, for changelogs.
create table friend_changes (
    application text not null,
    user_id text not null,
    friend text not null,
    at bigint not null,
    gone bigint not null,
    primary key (application, user_id, friend)
);
