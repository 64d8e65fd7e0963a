-- The server's own role reads the log and appends by the function alone. Where the migrating user may not create
-- roles (some hosted databases), the trigger on es.events still refuses every change.

do $$
begin
  if not exists (select from pg_roles where rolname = 'peaswap_app') then
    begin
      create role peaswap_app nologin;
    exception
      -- Roles belong to the whole server: another database's migration may be creating it at this moment.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then null;
    end;
  end if;
  if exists (select from pg_roles where rolname = 'peaswap_app') then
    revoke all on function es.append from public;
    grant usage on schema es to peaswap_app;
    grant select on all tables in schema es to peaswap_app;
    grant insert on es.tenants to peaswap_app;
    grant insert, update, delete on es.checkpoints to peaswap_app;
    grant delete on es.idempotency to peaswap_app;
    grant update (wrapped, shredded_at) on es.data_keys to peaswap_app;
    grant execute on function es.append to peaswap_app;
    grant execute on function es.with_more to peaswap_app;
    begin
      execute format('grant peaswap_app to %I', current_user);
    exception
      when insufficient_privilege then null;
      -- Two migrations of one server may grant it at the same moment.
      when internal_error or unique_violation or duplicate_object then null;
    end;
  end if;
end
$$;
