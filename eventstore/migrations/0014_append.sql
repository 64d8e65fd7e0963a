-- A batch of which nothing is refused, as almost all are, takes a shorter way: its events are numbered as they come,
-- without being sorted and counted, and its idempotency keys, none of which can be there, are inserted without asking
-- again. What is checked and what is written stays the same, and so do the parameters: servers of other versions go on
-- beside this.

create or replace function es.append(
  in_shard integer,
  a_tenant integer[], a_events integer[],
  s_append integer[], s_stream text[], s_expected integer[], s_previous bytea[],
  e_append integer[], e_slice integer[], e_version integer[], e_type text[], e_schema_version smallint[],
  e_at timestamptz[], e_id uuid[], e_hash bytea[], e_meta text[], e_data text[],
  k_append integer[], k_key text[], k_request bytea[], k_stream text[], k_answer bytea[], k_finishes boolean[],
  k_reach integer[],
  c_append integer[], c_name text[], c_owner text[], c_exclusive boolean[],
  r_append integer[], r_name text[], r_owner text[],
  d_append integer[], d_subject text[], d_wrapped bytea[],
  u_append integer[] default '{}', u_subject text[] default '{}',
  x_append integer[] default '{}', x_subject text[] default '{}'
)
returns es.appended
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  result es.appended;
  more es.appended;
  -- Where the log stands after each append of this call.
  reached bigint[];
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise 'es.append needs read committed: its checks must see what the lock waited for';
  end if;
  -- Appenders of a shard queue here until this transaction is durable: the order of positions is the order of
  -- commits. A plain expression, so that the next statement takes its snapshot after the lock.
  if pg_advisory_xact_lock(1346716531, in_shard) is null then null; end if;

  select coalesce((select e.position from es.events e where e.shard = in_shard order by e.position desc limit 1), 0)
    into result.head;

  if cardinality(k_append) > 0 then
    select array_agg(k.i),
           array_agg(case when r.request_hash = k.request then 2 else 3 end),
           array_agg(r.position),
           array_agg(r.stream),
           array_agg(null::text),
           array_agg(r.answer),
           array_agg(r.recorded_at)
      into result.bad_append, result.bad_kind, result.bad_value, result.bad_name, result.bad_owner,
           result.bad_answer, result.bad_at
      from unnest(k_append, k_key, k_request, k_finishes) as k(i, key, request, finishes)
     cross join lateral (
             select kept.request_hash, kept.position, kept.stream, kept.answer, kept.recorded_at
               from es.idempotency kept
              where kept.shard = in_shard
                and kept.tenant = a_tenant[k.i]
                and kept.key = k.key
              limit 1
           ) r
     where not (k.finishes and r.answer is null and r.request_hash = k.request);
  end if;

  if cardinality(s_append) > 0 then
    select array_agg(s.i), array_agg(1), array_agg(coalesce(v.version, 0)::bigint), array_agg(s.stream)
      into more.bad_append, more.bad_kind, more.bad_value, more.bad_name
      from unnest(s_append, s_stream, s_expected, s_previous) as s(i, stream, expected, previous)
      left join lateral (
             select e.version, e.hash
               from es.events e
              where e.shard = in_shard
                and e.tenant = a_tenant[s.i]
                and e.stream = s.stream
              order by e.version desc
              limit 1
           ) v on true
     where coalesce(v.version, 0) <> s.expected
        or v.hash <> s.previous;
    if more.bad_append is not null then
      result := es.with_more(result, more);
    end if;
  end if;

  if cardinality(c_append) > 0 and true = any (c_exclusive) then
    select array_agg(c.i), array_agg(4), array_agg(held.position), array_agg(c.name), array_agg(held.owner)
      into more.bad_append, more.bad_kind, more.bad_value, more.bad_name, more.bad_owner
      from unnest(c_append, c_name, c_owner, c_exclusive) as c(i, name, owner, exclusive)
     cross join lateral (
             select h.owner, h.position
               from es.claims h
              where h.shard = in_shard
                and h.tenant = a_tenant[c.i]
                and h.name = c.name
                and h.owner <> c.owner
                and not exists (
                      select
                        from unnest(r_append, r_name, r_owner) as r(i, name, owner)
                       where r.i = c.i
                         and r.name = h.name
                         and r.owner = h.owner
                    )
              order by h.position, h.owner
              limit 1
           ) held
     where c.exclusive;
    if more.bad_append is not null then
      result := es.with_more(result, more);
    end if;
  end if;

  -- What was sealed with a key that is destroyed by now must not enter the log: whoever has the key cached could read it.
  if cardinality(u_append) > 0 then
    select array_agg(u.i), array_agg(6), array_agg(0::bigint), array_agg(u.subject), null
      into more.bad_append, more.bad_kind, more.bad_value, more.bad_name, more.bad_owner
      from unnest(u_append, u_subject) as u(i, subject)
     cross join lateral (
             select
               from es.data_keys kept
              where kept.shard = in_shard
                and kept.tenant = a_tenant[u.i]
                and kept.subject = u.subject
                and kept.wrapped is null
              limit 1
           ) destroyed;
    if more.bad_append is not null then
      result := es.with_more(result, more);
    end if;
  end if;

  if cardinality(d_append) > 0 then
    select array_agg(d.i), array_agg(5), array_agg(0::bigint), array_agg(d.subject), null
      into more.bad_append, more.bad_kind, more.bad_value, more.bad_name, more.bad_owner
      from unnest(d_append, d_subject) as d(i, subject)
     cross join lateral (
             select
               from es.data_keys kept
              where kept.shard = in_shard
                and kept.tenant = a_tenant[d.i]
                and kept.subject = d.subject
              limit 1
           ) held;
    if more.bad_append is not null then
      result := es.with_more(result, more);
    end if;
    insert into es.data_keys (shard, tenant, subject, wrapped)
    select in_shard, a_tenant[d.i], d.subject, d.wrapped
      from unnest(d_append, d_subject, d_wrapped) as d(i, subject, wrapped)
     where result.bad_append is null
        or d.i <> all (result.bad_append);
  end if;

  if result.bad_append is null then
    insert into es.events (
      shard, position, recorded_at, event_id, tenant, version, schema_version, stream, type, hash, meta, data
    )
    select in_shard, result.head + x.j, x.at, x.id, a_tenant[x.i], x.version, x.schema_version, s_stream[x.slice],
           x.type, x.hash, x.meta::json, x.data::json
      from unnest(e_append, e_slice, e_version, e_type, e_schema_version, e_at, e_id, e_hash, e_meta, e_data)
           with ordinality as x(i, slice, version, type, schema_version, at, id, hash, meta, data, j);
  else
    insert into es.events (
      shard, position, recorded_at, event_id, tenant, version, schema_version, stream, type, hash, meta, data
    )
    select in_shard, result.head + row_number() over (order by x.j), x.at, x.id, a_tenant[x.i], x.version,
           x.schema_version, s_stream[x.slice], x.type, x.hash, x.meta::json, x.data::json
      from unnest(e_append, e_slice, e_version, e_type, e_schema_version, e_at, e_id, e_hash, e_meta, e_data)
           with ordinality as x(i, slice, version, type, schema_version, at, id, hash, meta, data, j)
     where x.i <> all (result.bad_append);
  end if;

  if cardinality(k_append) > 0 and result.bad_append is null and not true = any (k_finishes) then
    -- None of them has a row: that was asked above, under the lock that all writers of these rows take.
    insert into es.idempotency (shard, tenant, key, request_hash, stream, answer, position)
    select in_shard, a_tenant[k.i], k.key, k.request, k.stream, k.answer, result.head + k.reach
      from unnest(k_append, k_key, k_request, k_stream, k_answer, k_reach)
           as k(i, key, request, stream, answer, reach);
  elsif cardinality(k_append) > 0 then
    insert into es.idempotency as kept (shard, tenant, key, request_hash, stream, answer, position)
    select in_shard, a_tenant[k.i], k.key, k.request, k.stream, k.answer,
           result.head + k.reach - coalesce((
             select sum(a_events[b.i])
               from (select distinct u.i from unnest(result.bad_append) as u(i)) b
              where b.i < k.i
           ), 0)
      from unnest(k_append, k_key, k_request, k_stream, k_answer, k_reach)
           as k(i, key, request, stream, answer, reach)
     where result.bad_append is null
        or k.i <> all (result.bad_append)
        on conflict (shard, tenant, key) do update
       set answer = excluded.answer,
           position = excluded.position
     where kept.answer is null;
  end if;

  if cardinality(r_append) > 0 then
    delete from es.claims held
     using unnest(r_append, r_name, r_owner) as r(i, name, owner)
     where held.shard = in_shard
       and held.tenant = a_tenant[r.i]
       and held.name = r.name
       and held.owner = r.owner
       and (result.bad_append is null or r.i <> all (result.bad_append));
  end if;

  if cardinality(c_append) > 0 then
    select array_agg(a.position order by a.i)
      into reached
      from (
             select n.i,
                    result.head + sum(
                      case when result.bad_append is null or n.i <> all (result.bad_append) then n.events else 0 end
                    ) over (order by n.i) as position
               from unnest(a_events) with ordinality as n(events, i)
           ) a;
    insert into es.claims (shard, tenant, name, owner, position)
    select in_shard, a_tenant[c.i], c.name, c.owner, reached[c.i]
      from unnest(c_append, c_name, c_owner) as c(i, name, owner)
     where result.bad_append is null
        or c.i <> all (result.bad_append)
        -- Its owner claims the name again: it holds it already.
        on conflict do nothing;
  end if;

  if cardinality(x_append) > 0 then
    update es.data_keys kept
       set wrapped = null,
           shredded_at = clock_timestamp()
      from unnest(x_append, x_subject) as x(i, subject)
     where kept.shard = in_shard
       and kept.tenant = a_tenant[x.i]
       and kept.subject = x.subject
       and kept.wrapped is not null
       and (result.bad_append is null or x.i <> all (result.bad_append));
  end if;

  return result;
end
$$;
