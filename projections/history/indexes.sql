-- The primary key answers all that is asked of it.
select 1;
