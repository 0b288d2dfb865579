//! The command line. Everything it does is in the library.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser, error::ErrorKind};
use ironmonger::{
    accounts,
    app::{self, Foundation},
    audit,
    base::{Conn, Email, Error, ServerSettings, Settings},
    exchange::{self, ImportOptions, Subject},
    web::Role,
};
use tracing_subscriber::{EnvFilter, Layer, filter::ParseError, layer::SubscriberExt, util::SubscriberInitExt};

#[derive(Parser)]
#[command(name = "ironmonger", version, about = "A complete online shop in one program and PostgreSQL")]
struct Line {
    #[command(flatten)]
    settings: Settings,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the shop and work off its jobs (what happens when no command is given)
    Serve(ServerSettings),
    /// Work off jobs without serving pages
    Work,
    /// Bring the database's schema up to date
    Migrate,
    /// Open the demo shop in an empty database, or complete it
    Seed,
    /// Bring goods in from a file
    #[command(subcommand)]
    Import(Import),
    /// Write what the shop knows into a CSV file
    ///
    /// Products come back unchanged by `import products`.
    Export(ExportOptions),
    /// Settle what is not final, compare the books of stock, orders, money and payment providers, and tell every difference
    ///
    /// Asks the providers about every payment, capture and refund that is not final and writes down what they say, as the shop
    /// does every minute by itself; comparing changes nothing. Ends with 0 when all agree, 1 when something differs, 2 when
    /// something could not be compared. The sandbox provider lives in the server, so it answers while the shop is open.
    Doctor(DoctorOptions),
    /// People who work in the shop
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Print every address of the shop with whom it lets in: guests, customers, each role of the staff
    Doors,
    /// Print what this program is made of, as a CycloneDX list for whoever looks for known weaknesses
    Components,
    /// The secret keys that seal cookies and what the database must not show
    #[command(subcommand)]
    Keys(KeysCommand),
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Bring a new key in: it opens at once and seals ten minutes later, when every server has read it
    Rotate {
        /// Have it seal at once, for a shop with one server or after a key became known
        #[arg(long, env = "ROTATE_NOW", value_parser = FalseyValueParser::new())]
        now: bool,
    },
    /// Seal anew with the newest key what the database holds
    Reseal,
    /// Take keys away that nothing needs any more
    Retire {
        /// Also those whose cookies are still about: whoever was not in the shop since the rotation is signed out
        #[arg(long, env = "RETIRE_NOW", value_parser = FalseyValueParser::new())]
        now: bool,
    },
}

#[derive(Args)]
struct DoctorOptions {
    /// Days back for which payment providers are asked for their payments
    #[arg(long, env = "DOCTOR_DAYS", default_value_t = 30)]
    days: u32,
}

#[derive(Args)]
struct ExportOptions {
    /// What to write
    #[arg(value_enum)]
    subject: SubjectName,

    /// The file, written whole or not at all
    #[arg(long, env = "EXPORT_TO")]
    to: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum SubjectName {
    Products,
    Orders,
    Customers,
    Stock,
    Redirects,
}

impl From<SubjectName> for Subject {
    fn from(name: SubjectName) -> Self {
        match name {
            SubjectName::Products => Self::Products,
            SubjectName::Orders => Self::Orders,
            SubjectName::Customers => Self::Customers,
            SubjectName::Stock => Self::Stock,
            SubjectName::Redirects => Self::Redirects,
        }
    }
}

#[derive(Subcommand)]
enum Import {
    /// Products from a CSV export of Shopify, of WooCommerce or of this program, whichever it is
    Products(ImportProducts),
    /// Units at each location and how they are sold, from a file of `export stock`
    Stock(ImportTable),
    /// Redirects, from a file of `export redirects`
    Redirects(ImportTable),
    /// Customers without passwords, from a file of `export customers` or one with its columns
    Customers(ImportTable),
    /// Completed and cancelled orders of another shop, as records, from a file of `export orders` or one with its columns
    Orders(ImportTable),
}

#[derive(Args)]
struct ImportTable {
    /// The file
    file: PathBuf,

    /// Tell what would become of the file, and write nothing
    #[arg(long, env = "DRY_RUN", value_parser = FalseyValueParser::new())]
    dry_run: bool,
}

#[derive(Args)]
struct ImportProducts {
    /// The file; pictures are looked for beside it
    file: PathBuf,

    /// Fetch pictures from the web where the file gives their addresses
    #[arg(long, env = "FETCH_IMAGES", value_parser = FalseyValueParser::new())]
    fetch_images: bool,

    /// Fetch pictures from this machine and the network it stands in as well
    #[arg(long, env = "ALLOW_PRIVATE", value_parser = FalseyValueParser::new())]
    allow_private: bool,

    /// Tell what would become of the file, and write nothing
    #[arg(long, env = "DRY_RUN", value_parser = FalseyValueParser::new())]
    dry_run: bool,
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Invite somebody: prints a link, good for two days, by which they set their password
    Add {
        /// Their e-mail address
        #[arg(long, env = "STAFF_EMAIL")]
        email: String,
        /// What they may do
        #[arg(long, env = "STAFF_ROLE", value_enum, default_value = "staff")]
        role: RoleName,
    },
    /// Let somebody in again who is locked out, an owner too: ends all their sign-ins and prints a link for a new password
    Reset {
        /// Their e-mail address
        #[arg(long, env = "STAFF_EMAIL")]
        email: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    Owner,
    Staff,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Staff => Self::Staff,
        }
    }
}

#[actix_web::main]
async fn main() -> ExitCode {
    let env_file = dotenvy::dotenv();
    let line = parse();
    if let Err(error) = start_log(&line.settings.log) {
        eprintln!("ironmonger: LOG {:?} is not understood ({error}); write it as info, or as warn,ironmonger=debug", line.settings.log);
        return ExitCode::FAILURE;
    }
    // Every HTTPS client of the program uses this; asking twice is no fault.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if let Err(error) = env_file
        && !error.not_found()
    {
        eprintln!("ironmonger: .env can't be read; write each line as NAME=value ({})", error.to_string().replace('\n', " "));
        return ExitCode::FAILURE;
    }
    let Some(command) = line.command else { return ExitCode::FAILURE };
    match run(&line.settings, command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ironmonger: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Without a command it is `serve`, whose own options may then stand alone.
fn parse() -> Line {
    let mut given = std::env::args_os();
    let program = given.next().into_iter();
    let as_serve = program.chain(["serve".into()]).chain(given);
    match Line::try_parse() {
        Ok(line) if line.command.is_some() => line,
        Ok(_) => Line::parse_from(as_serve),
        Err(error) if error.kind() == ErrorKind::UnknownArgument => Line::try_parse_from(as_serve).unwrap_or_else(|_| error.exit()),
        Err(error) => error.exit(),
    }
}

/// For people on a terminal, as JSON otherwise.
fn start_log(directives: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(directives)?;
    let written = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let written = if std::io::stderr().is_terminal() {
        written.with_target(false).with_filter(filter).boxed()
    } else {
        written.json().flatten_event(true).with_current_span(true).with_span_list(false).with_filter(filter).boxed()
    };
    tracing_subscriber::registry().with(written).with(app::tally().layer()).init();
    Ok(())
}

async fn run(settings: &Settings, command: Command) -> Result<ExitCode> {
    match command {
        Command::Doctor(options) => return with_foundation(settings, async |foundation| examine(foundation, options.days).await).await,
        Command::Components => {
            println!("{:#}", app::components());
            Ok(())
        }
        Command::Serve(server) => app::serve(settings, &server).await,
        Command::Work => app::work(settings).await,
        Command::Migrate => with_foundation(settings, async |_| Ok(())).await,
        Command::Seed => with_foundation(settings, seed).await,
        Command::Import(Import::Products(import)) => {
            with_foundation(settings, async |foundation| import_products(foundation, import).await).await
        }
        Command::Import(Import::Stock(import)) => {
            with_foundation(settings, async |foundation| import_table(foundation, Subject::Stock, import).await).await
        }
        Command::Import(Import::Redirects(import)) => {
            with_foundation(settings, async |foundation| import_table(foundation, Subject::Redirects, import).await).await
        }
        Command::Import(Import::Customers(import)) => {
            with_foundation(settings, async |foundation| import_table(foundation, Subject::Customers, import).await).await
        }
        Command::Import(Import::Orders(import)) => {
            with_foundation(settings, async |foundation| import_table(foundation, Subject::Orders, import).await).await
        }
        Command::Export(export) => with_foundation(settings, async |foundation| write_out(foundation, export).await).await,
        Command::Doors => with_foundation(settings, print_doors).await,
        Command::Keys(command) => turn_keys(settings, command).await,
        Command::Staff(StaffCommand::Reset { email }) => {
            let base = settings.clone().without_empty().base_url()?;
            with_foundation(settings, async |foundation| reset_staff(foundation, base.as_str(), &email).await).await
        }
        Command::Staff(StaffCommand::Add { email, role }) => {
            let base = settings.clone().without_empty().base_url()?;
            with_foundation(settings, async |foundation| add_staff(foundation, base.as_str(), &email, role.into()).await).await
        }
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Runs `work` on database and pictures, and closes what was opened for it.
async fn with_foundation<T>(settings: &Settings, work: impl AsyncFnOnce(&Foundation) -> Result<T>) -> Result<T> {
    let laying = settings.clone();
    let foundation = tokio::task::spawn_blocking(move || Foundation::lay(&laying)).await??;
    let done = work(&foundation).await;
    tokio::task::spawn_blocking(move || foundation.close()).await?;
    done
}

async fn turn_keys(settings: &Settings, command: KeysCommand) -> Result<()> {
    let told = match command {
        KeysCommand::Rotate { now } => app::rotate_keys(settings, now)?,
        KeysCommand::Reseal => with_foundation(settings, async |foundation| app::reseal(foundation).await).await?.to_string(),
        KeysCommand::Retire { now } => {
            with_foundation(settings, async |foundation| app::retire_keys(foundation, now).await).await?.to_string()
        }
    };
    println!("{told}");
    Ok(())
}

async fn examine(foundation: &Foundation, days: u32) -> Result<ExitCode> {
    let report = foundation.examine(days).await?;
    println!("{report}");
    Ok(match () {
        () if !report.is_clean() => ExitCode::from(1),
        () if !report.unread.is_empty() => ExitCode::from(2),
        () => ExitCode::SUCCESS,
    })
}

async fn seed(foundation: &Foundation) -> Result<()> {
    app::open_shop(&foundation.db, true).await?;
    let report = app::fill_demo(&foundation.db, &foundation.media, foundation.data_dir()).await?;
    println!("{report}");
    Ok(())
}

async fn import_products(foundation: &Foundation, import: ImportProducts) -> Result<()> {
    app::open_shop(&foundation.db, false).await?;
    let options =
        ImportOptions { fetch_images: import.fetch_images, dry_run: import.dry_run, from_afar: false, allow_private: import.allow_private };
    if options.dry_run {
        let mapping = exchange::mapping(&import.file).await?;
        println!("{}. Its columns become:", mapping.label());
        for (header, meaning) in &mapping.columns {
            println!("  {header}: {}", meaning.as_deref().unwrap_or("left aside"));
        }
    }
    let mut shown = 0;
    let mut progress = |report: &exchange::Report| {
        if report.rows >= shown + 5000 {
            shown = report.rows;
            eprintln!("{} rows read", report.rows);
        }
    };
    let report = exchange::import_products(&foundation.db, &foundation.media, &import.file, &options, &mut progress).await?;
    println!("{report}");
    Ok(())
}

async fn import_table(foundation: &Foundation, subject: Subject, import: ImportTable) -> Result<()> {
    let report = exchange::import_table(&foundation.db, subject, &import.file, import.dry_run).await?;
    println!("{report}");
    Ok(())
}

async fn write_out(foundation: &Foundation, export: ExportOptions) -> Result<()> {
    let mut shown = 0;
    let mut progress = |rows: u64| {
        if rows >= shown + 10_000 {
            shown = rows;
            eprintln!("{rows} rows written");
        }
    };
    let rows = exchange::export(&foundation.db, export.subject.into(), &export.to, &mut progress).await?;
    println!("{rows} rows written to {}", export.to.display());
    Ok(())
}

async fn add_staff(foundation: &Foundation, base_url: &str, email: &str, role: Role) -> Result<()> {
    let email = Email::parse(email).map_err(|message| anyhow::anyhow!("--email {email:?}: {message}"))?;
    let add = move |conn: &mut Conn| {
        audit::note_program(conn, "staff add", "accounts", email.as_str())?;
        accounts::invite(conn, Some(&email), role)
    };
    let token = foundation.db.write(add).await?;
    println!("Open this link within two days to set the password:\n{}/invitations/{token}", base_url.trim_end_matches('/'));
    Ok(())
}

async fn reset_staff(foundation: &Foundation, base_url: &str, email: &str) -> Result<()> {
    let email = Email::parse(email).map_err(|message| anyhow::anyhow!("--email {email:?}: {message}"))?;
    let of = email.clone();
    let reset = move |conn: &mut Conn| {
        audit::note_program(conn, "staff reset", "accounts", of.as_str())?;
        accounts::reset_staff(conn, &of)
    };
    let token = foundation.db.write(reset).await.map_err(|error| match error {
        Error::NotFound => anyhow::anyhow!("nobody with the address {email} works here; see `ironmonger staff add`"),
        other => other.into(),
    })?;
    println!("All sign-ins of {email} are ended. Open this link within two days to choose a new password:");
    println!("{}/invitations/{token}", base_url.trim_end_matches('/'));
    Ok(())
}

async fn print_doors(foundation: &Foundation) -> Result<()> {
    let roles = foundation.db.read(accounts::roles).await?;
    print!("{}", app::table_of_doors(&app::doors(), &roles));
    Ok(())
}
