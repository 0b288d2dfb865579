//! Asks a server whether it takes connections, in the few bytes of the
//! PostgreSQL protocol that needs. Sends no query; that is for real clients.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::{PORT, USER};

/// Version 3.0 of the protocol, as its startup message gives it.
const PROTOCOL: u32 = 3 << 16;

/// The message that ends a connection.
const GOODBYE: &[u8] = b"X\0\0\0\x04";

/// How long one reply may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// More than any greeting is long, in bytes.
const LONGEST_REPLY: u64 = 64 * 1024;

/// The SQLSTATE field of a refusal because the server is starting, recovering
/// from a crash or shutting down.
const NOT_NOW: &[u8] = b"C57P03\0";

/// What the socket in a folder said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The server takes connections.
    Ready,
    /// There is a server, and it is starting, recovering or stopping.
    NotNow,
    /// Nobody listens.
    Silence,
}

/// Asks the server whose socket is in `folder`.
pub(super) fn ask(folder: &Path) -> Answer {
    match greet(folder) {
        Ok(reply) if reply.is_empty() => Answer::Silence,
        Ok(reply) if is_not_now(&reply) => Answer::NotNow,
        // Any other refusal, such as too many connections, comes of a server
        // that is up.
        Ok(_) => Answer::Ready,
        Err(_) => Answer::Silence,
    }
}

/// Opens a connection and closes it in good order, so that the server has
/// nothing to complain of in its log. Gives all that it replied.
fn greet(folder: &Path) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{PORT}")))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(&[&startup_message(), GOODBYE].concat())?;
    let mut reply = Vec::new();
    match stream.take(LONGEST_REPLY).read_to_end(&mut reply) {
        // Part of a reply says enough.
        Err(error) if reply.is_empty() => Err(error),
        _ => Ok(reply),
    }
}

/// The startup message: its length in bytes, the protocol, the parameters.
fn startup_message() -> Vec<u8> {
    let parameters = format!("user\0{USER}\0database\0postgres\0\0");
    let length = 8 + u32::try_from(parameters.len()).unwrap_or(0);
    let mut message = length.to_be_bytes().to_vec();
    message.extend(PROTOCOL.to_be_bytes());
    message.extend(parameters.as_bytes());
    message
}

/// Whether `reply` is an error message with the code for "not now".
fn is_not_now(reply: &[u8]) -> bool {
    reply.starts_with(b"E") && reply.windows(NOT_NOW.len()).any(|part| part == NOT_NOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_startup_message_gives_its_own_length() {
        let message = startup_message();
        let length = u32::try_from(message.len()).unwrap();
        assert_eq!(message[..4], length.to_be_bytes());
    }

    #[test]
    fn only_the_code_for_not_now_counts_as_not_now() {
        assert!(is_not_now(b"E\0\0\0\x40SFATAL\0C57P03\0Mstarting up\0\0"));
        assert!(!is_not_now(b"E\0\0\0\x40SFATAL\0C53300\0Mtoo many\0\0"));
        assert!(!is_not_now(b"R\0\0\0\x08\0\0\0\0"));
    }

    #[test]
    fn a_folder_without_a_socket_is_silence() {
        assert_eq!(ask(Path::new("/nonexistent")), Answer::Silence);
    }
}
