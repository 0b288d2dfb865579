//! What a shop's servers ask of PostgreSQL, as Diesel tells it.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::Shop;

/// Statements since somebody began to listen, by the address of their database.
static HEARD: Mutex<Option<HashMap<String, Vec<String>>>> = Mutex::new(None);

/// Of one connection.
#[derive(Default)]
struct Listener {
    url: String,
    /// How many statements it was asked.
    begun: u32,
    /// It waits for what the database tells by itself, and asks from time to time whether that lives.
    is_ear: bool,
}

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut self.url),
            InstrumentationEvent::StartQuery { query, .. } if !self.is_ear => {
                let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
                let listening = heard.as_mut().and_then(|heard| heard.get_mut(&self.url));
                // Texts are long. Ears listen with their second statement, after they have set what they need.
                self.begun = self.begun.saturating_add(1);
                if listening.is_none() && self.begun > 2 {
                    return;
                }
                let statement = query.to_string();
                self.is_ear = statement.contains("LISTEN ");
                if let Some(statements) = listening {
                    statements.push(statement);
                }
            }
            _ => {}
        }
    }
}

/// From now on, what connections ask can be heard. Those that were made before say nothing.
pub fn listen() {
    static BEGUN: OnceLock<()> = OnceLock::new();
    BEGUN.get_or_init(|| set_default_instrumentation(|| Some(Box::<Listener>::default())).unwrap());
}

/// The statements that are asked while `work` runs, in their order, without those with which a connection begins.
pub fn asked(shop: &Shop, work: impl FnOnce()) -> Vec<String> {
    let of = |heard: &mut HashMap<String, Vec<String>>| heard.insert(shop.database_url.clone(), vec![]);
    of(HEARD.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default());
    work();
    let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    let mut statements = heard.as_mut().and_then(|heard| heard.remove(&shop.database_url)).unwrap_or_default();
    statements.retain(|statement| !statement.starts_with("SET "));
    statements
}
