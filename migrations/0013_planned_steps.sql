-- What users are made to do when the application's clock reaches a moment.
create table planned_steps (
    application text not null,
    number bigint not null,
    at bigint not null,
    actor text not null,
    deed text not null,
    failed text,
    primary key (application, number)
);
