//! How much of the processors a process took, as Linux counts it.

use std::fs;

/// Linux tells it in hundredths of a second on every machine that runs it today.
const TICKS: f64 = 100.0;

/// Seconds of processor time so far, of user and kernel; zero where it can't be read.
pub fn of(process: u32) -> f64 {
    spent(process, [11, 12])
}

/// The sum of two columns of its statistics, counted from the state on (proc(5)).
fn spent(process: u32, columns: [usize; 2]) -> f64 {
    let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { return 0.0 };
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |at: usize| after_name.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    columns.into_iter().map(ticks).sum::<f64>() / TICKS
}

/// The same of all processes that this one has begun, those that are gone included.
pub fn of_children(parent: u32) -> f64 {
    let Ok(processes) = fs::read_dir("/proc") else { return 0.0 };
    let ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let found = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        found == Some(parent)
    };
    ids.filter(is_child).map(of).sum::<f64>() + spent(parent, [13, 14])
}

/// Megabytes of memory that a process has for itself: what it has mapped from files, such as the search index, is the machine's
/// to take back whenever it likes.
pub fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kilobytes = |name: &str| {
        let found = status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<f64>().ok());
        found.unwrap_or_default()
    };
    (kilobytes("RssAnon:") + kilobytes("RssShmem:")) / 1024.0
}
