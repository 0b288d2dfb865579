//! Placing orders: the whole POST, everything on disk before the answer.

use std::time::Duration;

use anyhow::{Context, Result};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use ironmonger::base::{Db, migrate};

use crate::{
    Options, carts, client, pgbench,
    report::{self, Report, Round, Used},
    scripts::{self, Varying},
    seed::{self, Answers, HOT_VARIANT},
    site::Site,
    statements::{self, Statement},
};

/// Carts that are ordered before anything is measured, so that connections are open and statements prepared.
const WARM_UP: i64 = 400;

/// More orders a second than this machine will place, for each kind of measurement.
const MOST_A_SECOND: u64 = 2500;

struct Bench<'a> {
    site: &'a Site,
    options: &'a Options,
    answers: Answers,
    statements: Vec<Statement>,
    varying: Varying,
    server: u32,
    postmaster: u32,
    /// The number of the next cart.
    next: i64,
    placed: i64,
}

pub fn measure(options: &Options) -> Result<Report> {
    let mut site = Site::lay(options.keep.as_deref())?;
    migrate(&site.database_url)?;
    let mut conn = PgConnection::establish(&site.database_url)?;
    seed::goods(&Db::new(&site.database_url, 2)?, &mut conn)?;
    let server = site.serve(options.program.as_deref())?;
    let answers = seed::answers(&site.url())?;
    eprintln!("a shopper stands before the last button");

    seed::carts(&mut conn, &answers.cart, 1..WARM_UP + 1, None)?;
    let warm_up = carts::requests(&site.keys, &site.address, &answers, 1..WARM_UP + 1)?;
    let (last, first) = warm_up.split_last().context("nothing to warm up with")?;
    client::send(&site.address, first, options.clients, Duration::from_secs(60))?;
    let statements = statements::during(&site, &mut conn, || {
        client::send(&site.address, std::slice::from_ref(last), 1, Duration::from_secs(5)).map(|_| ())
    })?;
    let varying = varying(&mut conn, WARM_UP)?;
    let round_trips = statements.iter().map(|statement| statement.round_trips).sum();
    eprintln!("one order takes {} statements in {round_trips} round trips", statements.len());
    for statement in &statements {
        eprintln!(
            "  {} {}",
            statement.round_trips,
            statement.sql.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(150).collect::<String>()
        );
    }

    let postmaster = site.postmaster()?;
    let mut bench = Bench { site: &site, options, answers, statements, varying, server, postmaster, next: WARM_UP + 1, placed: 0 };
    let (mut random, mut hot) = (vec![], vec![]);
    for round in 1..=options.rounds {
        random.push(bench.round(&mut conn, None)?);
        hot.push(bench.round(&mut conn, Some(HOT_VARIANT))?);
        eprintln!("round {round}: {:?}\n         {:?}", random.last(), hot.last());
    }
    seed::check(&mut conn, bench.placed)?;
    Ok(Report {
        clients: options.clients,
        seconds: options.seconds,
        rounds: options.rounds,
        round_trips,
        random: report::median(&random),
        hot: report::median(&hot),
        postgres: text(&mut conn, "SELECT 'PostgreSQL ' || current_setting('server_version')")?,
        processors: std::thread::available_parallelism().map_or(0, usize::from),
    })
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    text: String,
}

fn text(conn: &mut PgConnection, sql: &str) -> Result<String> {
    Ok(sql_query(format!("SELECT ({sql})::text AS text")).get_result::<Found>(conn)?.text)
}

/// What the log has of the order that was placed from this cart.
fn varying(conn: &mut PgConnection, cart: i64) -> Result<Varying> {
    let cart = seed::cart_id(cart);
    let mut of = |column: &str| text(conn, &format!("SELECT {column} FROM orders WHERE cart_id = '{cart}'"));
    let (id, number, token) = (of("id")?, of("number")?, of("token")?);
    let attempt = text(conn, &format!("SELECT id FROM payment_attempts WHERE order_id = {id}"))?;
    let variant = text(conn, &format!("SELECT variant_id FROM order_lines WHERE order_id = {id}"))?.parse()?;
    Ok(Varying::of(&cart, variant, (&id, &number, &token), &attempt))
}

impl Bench<'_> {
    /// Makes carts, as many as could be ordered in the time; the first one's number and how many each client has.
    fn carts(&mut self, conn: &mut PgConnection, variant: Option<i64>) -> Result<(i64, i64)> {
        let each = (self.options.seconds * MOST_A_SECOND).div_ceil(self.options.clients as u64) as i64;
        let (first, all) = (self.next, each * self.options.clients as i64);
        seed::carts(conn, &self.answers.cart, first..first + all, variant)?;
        self.next += all;
        Ok((first, each))
    }

    fn round(&mut self, conn: &mut PgConnection, variant: Option<i64>) -> Result<Round> {
        let (options, is_hot) = (self.options, variant.is_some());
        let name = if is_hot { "hot" } else { "random" };
        let plain = pgbench::run(self.site, &format!("plain-{name}"), &scripts::plain(0, 0, is_hot), options.clients, options.seconds)?;

        let (first, each) = self.carts(conn, variant)?;
        let script = scripts::same(&self.statements, &self.varying, first, each, is_hot)?;
        let before = Used::now(self.server, self.postmaster);
        let same = pgbench::run(self.site, &format!("same-{name}"), &script, options.clients, options.seconds)?;
        let after = Used::now(self.server, self.postmaster);
        let same_postgres_ms = (after.postgres - before.postgres) * 1000.0 / (same * options.seconds as f64).max(1.0);
        self.let_go(conn, first)?;

        let (first, each) = self.carts(conn, variant)?;
        let requests = carts::requests(&self.site.keys, &self.site.address, &self.answers, first..first + each * options.clients as i64)?;
        let before = Used::now(self.server, self.postmaster);
        let sent = client::send(&self.site.address, &requests, options.clients, Duration::from_secs(options.seconds))?;
        let after = Used::now(self.server, self.postmaster);
        self.let_go(conn, first)?;
        self.placed += sent.placed as i64;
        let each_ms = |before: f64, after: f64| (after - before) * 1000.0 / sent.placed.max(1) as f64;
        Ok(Round {
            plain,
            same,
            shop: sent.rate(),
            median_ms: sent.percentile(50),
            slow_ms: sent.percentile(99),
            server_ms: each_ms(before.server, after.server),
            postgres_ms: each_ms(before.postgres, after.postgres),
            client_ms: each_ms(before.client, after.client),
            same_postgres_ms,
        })
    }

    /// What was not ordered is not held on, so that each measurement finds the same shop.
    fn let_go(&self, conn: &mut PgConnection, first: i64) -> Result<()> {
        let holder = seed::cart_id(first);
        let sql = format!(
            "WITH gone AS (DELETE FROM reservations WHERE holder >= '{holder}' RETURNING variant_id, quantity),
                  sums AS (SELECT variant_id, sum(quantity) AS held FROM gone GROUP BY 1)
             UPDATE stock s SET reserved = s.reserved - sums.held FROM sums WHERE s.variant_id = sums.variant_id"
        );
        sql_query(sql).execute(conn)?;
        sql_query("VACUUM (ANALYZE) reservations, stock").execute(conn)?;
        Ok(())
    }
}
