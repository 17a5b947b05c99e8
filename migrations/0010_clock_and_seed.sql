-- A clock shows clock_offset when the machine's shows clock_since, and goes on by clock_pace milliseconds in a second.
alter table applications add column clock_since bigint not null default 0;
alter table applications add column clock_pace bigint not null default 1000;

-- What ids, tokens and chance come from; of older applications it follows from the name.
alter table applications add column seed bigint;
