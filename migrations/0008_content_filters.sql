-- How channels of a custom type are treated: limits, and what is kept out of their messages.
create table type_settings (
    application text not null,
    custom_type text not null,
    number bigint not null,
    display_past_messages bigint,
    max_message_length bigint,
    content text not null,
    primary key (application, custom_type)
);

-- What messages said before words of them were covered.
create table covered_texts (
    application text not null,
    message bigint not null,
    body text not null,
    primary key (application, message)
);
