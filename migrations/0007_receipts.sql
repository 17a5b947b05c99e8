-- Whether a message moved the receipt of the member who sent it, and after which message that counts: so
-- that sending need not store the member.
alter table messages add column marks_read bigint not null default 0;
alter table members add column reads_after bigint not null default 0;
