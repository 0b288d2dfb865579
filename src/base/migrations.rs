//! The schema brought up to date, and what the account that serves the shop may do in it.
//!
//! Two accounts stand at the database. Its *owner* makes tables, triggers and functions, and is asked at the start alone. The one that
//! *serves* reads and writes rows and nothing else: it can't empty a table, nor switch off or change what guards one, and of what
//! the shop only adds to (the record of the staff, the ledgers, invoices, consents) it takes nothing back. So SQL that slips into
//! the program by a fault can't do that either (OWASP ASVS 5.0, 13.2.2). What it does not guard against is another's program in
//! the place of this one, where it is started with the owner's account; README tells how to start it without.

use std::collections::HashSet;

use anyhow::{Context, ensure};
use diesel::{
    Connection, QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_query,
    sql_types::{BigInt, Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, Error, Result};

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// "IRONMNGR" in ASCII: the advisory lock under which one program at a time migrates.
const MIGRATION_LOCK: i64 = 0x4952_4f4e_4d4e_4752;

/// What the serving account may do.
const PRIVILEGES: &str = include_str!("privileges.sql");

/// Brings the schema up to date. Several programs may call it at once: one migrates, the others wait. An account that may not
/// change the schema is enough where nothing is to be done.
///
/// # Errors
/// The database can't be reached, the account may not migrate, or a migration fails; nothing of a failed migration is kept.
pub fn migrate(url: &str) -> anyhow::Result<()> {
    let mut conn = connect(url, "DATABASE_URL")?;
    if migrations_pending(&mut conn)? {
        ensure!(
            asks(&mut conn, "COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false)")?,
            "the account of DATABASE_URL may not change the schema, and this program brings changes: \
             run `ironmonger migrate` with the tables' owner as DATABASE_OWNER_URL"
        );
        run_pending(&mut conn)?;
    }
    warn_of_owner(&mut conn)
}

/// The same by the account that owns the tables, which then lets the account of `serving` do what serving takes and no more.
///
/// # Errors
/// As for [`migrate`]; the two are one account or lead to two databases, or the tables are a third one's.
pub fn migrate_as_owner(owner: &str, serving: &str) -> anyhow::Result<()> {
    let mut served = connect(serving, "DATABASE_URL")?;
    let mut conn = connect(owner, "DATABASE_OWNER_URL")?;
    let account = account_of(&mut served)?;
    ensure!(
        account != account_of(&mut conn)?,
        "DATABASE_OWNER_URL and DATABASE_URL name one account: serve with another that owns nothing (see Two accounts in README)"
    );
    run_pending(&mut conn)?;
    ensure!(owns_tables(&mut conn)?, "DATABASE_OWNER_URL must name the account that owns the tables; \\dt in psql shows which does");
    admit(&mut conn, &account).with_context(|| format!("the account {account} could not be let in to the tables"))?;
    ensure!(!migrations_pending(&mut served)?, "DATABASE_OWNER_URL and DATABASE_URL must lead to one database");
    warn_of_owner(&mut served)
}

fn connect(url: &str, setting: &str) -> anyhow::Result<Conn> {
    Conn::establish(url).with_context(|| format!("the database can't be reached; check {setting}"))
}

/// The lock is held until the connection ends, so that what its owner does next is done by one at a time, too.
fn run_pending(conn: &mut Conn) -> anyhow::Result<()> {
    sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(MIGRATION_LOCK).execute(conn)?;
    let done = conn.run_pending_migrations(MIGRATIONS).map_err(|error| anyhow::anyhow!("a migration failed: {error}"))?;
    for version in &done {
        tracing::info!(migration = %version, "migrated");
    }
    Ok(())
}

/// Gives the account its rights and takes others away, where they differ.
fn admit(conn: &mut Conn, account: &str) -> QueryResult<()> {
    conn.transaction(|conn| {
        sql_query("SELECT set_config('ironmonger.serving', $1, true)").bind::<Text, _>(account).execute(conn)?;
        conn.batch_execute(PRIVILEGES)
    })
}

fn warn_of_owner(conn: &mut Conn) -> anyhow::Result<()> {
    if owns_tables(conn)? {
        tracing::warn!(
            "the account of DATABASE_URL owns the tables, so whoever gets hold of it can take back what is on record: \
             serve with a lesser one, and give this one as DATABASE_OWNER_URL (see Two accounts in README)"
        );
    }
    Ok(())
}

/// Whether the account is the tables' owner, or may do all that their owner may.
fn owns_tables(conn: &mut Conn) -> QueryResult<bool> {
    asks(conn, "EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('audit_entries') AND pg_has_role(relowner, 'USAGE'))")
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

fn asks(conn: &mut Conn, what: &str) -> QueryResult<bool> {
    sql_query(format!("SELECT {what} AS yes")).get_result::<Answer>(conn).map(|answer| answer.yes)
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

fn account_of(conn: &mut Conn) -> QueryResult<String> {
    sql_query("SELECT current_user::text AS name").get_result::<Named>(conn).map(|account| account.name)
}

/// Whether the program brings migrations that the database does not have. Diesel's own way makes the table of migrations where
/// there is none, and the serving account may not even ask for that.
///
/// # Errors
/// The database can't be reached.
pub fn migrations_pending(conn: &mut Conn) -> Result<bool> {
    let applied = applied(conn)?;
    let brought = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(|error| Error::Internal(anyhow::anyhow!("{error}")))?;
    Ok(brought.iter().any(|migration| !applied.contains(&migration.name().version().to_string())))
}

fn applied(conn: &mut Conn) -> Result<HashSet<String>> {
    if !asks(conn, "to_regclass('__diesel_schema_migrations') IS NOT NULL")? {
        return Ok(HashSet::new());
    }
    let names = sql_query("SELECT version::text AS name FROM __diesel_schema_migrations").load::<Named>(conn)?;
    Ok(names.into_iter().map(|version| version.name).collect())
}
