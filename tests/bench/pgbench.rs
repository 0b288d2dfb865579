//! PostgreSQL's own bench, with as many clients as the shop has.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};

use crate::site::Site;

/// Transactions a second of the script.
pub fn run(site: &Site, name: &str, script: &str, clients: usize, seconds: u64) -> Result<f64> {
    let file = site.folder.join(format!("{name}.sql"));
    fs::write(&file, script)?;
    let mut pgbench = Command::new(program());
    pgbench.args(["-n", "-M", "prepared", "-j", "2", "-D", "n=0", "-c", &clients.to_string(), "-T", &seconds.to_string(), "-f"]);
    let output = pgbench.arg(&file).arg(&site.database_url).output().context("pgbench can't be run; it comes with PostgreSQL")?;
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let short = || errors.chars().take(1500).collect::<String>();
    ensure!(output.status.success() && !errors.contains("aborted"), "pgbench failed with {name}.sql: {}", short());
    let tps = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.with_context(|| format!("pgbench told no rate: {told}"))
}

/// From the path, or beside the newest server that is installed.
fn program() -> PathBuf {
    let on_path = std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let mut found: Vec<_> = on_path.chain(installed).map(|folder| folder.join("pgbench")).filter(|file| file.exists()).collect();
    found.sort();
    found.pop().unwrap_or_else(|| "pgbench".into())
}
