-- Calls of webhooks: those to be made, and the latest that were.
create table deliveries (
    application text not null,
    number bigint not null,
    webhook text not null,
    url text not null,
    category text not null,
    body text not null,
    signature text not null,
    created_at bigint not null,
    state text not null,
    due_at bigint not null,
    attempts text not null,
    tries_left bigint not null,
    copy_of bigint,
    primary key (application, number)
);

-- The last number of a delivery.
alter table applications add column deliveries_given bigint not null default 0;
