//! Lets `ponte` commands reach the process that holds the embedded database.
//!
//! One process owns an SQLite file; `ponte apply`, `backup`, `key` and the others, run beside it, hand
//! their arguments over a socket in the data folder and print what comes back. In: one line of JSON.
//! Out: one line with exit code and texts. The folder is private to its user, and so is the socket:
//! who may use it may read the database too. Absent: PostgreSQL, where each command opens the database
//! itself, with its own variables and the real clock, and the servers hear of changes from the database.
//! Next: `cli/mod.rs`.

use super::fail::Fail;
use crate::both;
use crate::words::Lang;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The socket's name in the data folder.
const NAME: &str = "ponte.sock";
/// Arguments are short; the answers of `export --json` and `schema` are the longest.
const MAX_REQUEST: u64 = 256 * 1024;
const MAX_ANSWER: u64 = 16 * 1024 * 1024;

/// What a command run elsewhere hands over.
#[derive(Serialize, Deserialize)]
pub struct Handed {
    pub args: Vec<String>,
    pub folder: PathBuf,
    pub portuguese: bool,
    /// A provider's key that the command was given: its variables are not the server's.
    #[serde(default)]
    pub secret: Option<String>,
}

impl std::fmt::Debug for Handed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handed")
            .field("args", &self.args)
            .finish_non_exhaustive()
    }
}

/// What comes back.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    pub code: u8,
    pub out: String,
    pub err: String,
}

impl Handed {
    #[must_use]
    pub fn lang(&self) -> Lang {
        if self.portuguese { Lang::Pt } else { Lang::En }
    }
}

#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join(NAME)
}

#[cfg(unix)]
mod unix {
    use super::{Answer, Fail, Handed, MAX_ANSWER, MAX_REQUEST, both, path};
    use std::future::Future;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::Duration;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{UnixListener, UnixStream};

    /// A command that says nothing for this long has lost its other end.
    const WITHIN: Duration = Duration::from_secs(5);

    /// Hands a command to the process that holds this data folder; none: no process does.
    ///
    /// # Errors
    /// [`Fail`] when that process took the command and gave no whole answer.
    pub async fn hand_over(data: &Path, handed: &Handed) -> Result<Option<Answer>, Fail> {
        let Ok(stream) = UnixStream::connect(path(data)).await else {
            return Ok(None);
        };
        talk(stream, handed).await.map(Some).map_err(|why| {
            Fail::machine(
                both!(
                    "o servidor em execução não respondeu ({why}).",
                    "the running server gave no answer ({why})."
                ),
                both!(
                    "Veja o log dele e tente de novo.",
                    "Look at its log, and try again."
                ),
            )
        })
    }

    async fn talk(mut stream: UnixStream, handed: &Handed) -> std::io::Result<Answer> {
        let mut line = serde_json::to_vec(handed)?;
        line.push(b'\n');
        stream.write_all(&line).await?;
        let mut text = Vec::new();
        stream.take(MAX_ANSWER).read_to_end(&mut text).await?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Opens the socket. A stale one of a process that died is replaced: the database's own lock has
    /// already shown that we are the only one.
    ///
    /// # Errors
    /// The machine's.
    pub fn open(data: &Path) -> std::io::Result<UnixListener> {
        let path = path(data);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => return Err(why),
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    }

    /// Serves commands, one at a time, for ever. Dropping the future ends it.
    pub async fn serve<F, R>(listener: UnixListener, run: F)
    where
        F: Fn(Handed) -> R,
        R: Future<Output = Answer>,
    {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (read, mut write) = stream.into_split();
            let mut line = String::new();
            let mut reader = BufReader::new(read.take(MAX_REQUEST));
            let read = tokio::time::timeout(WITHIN, reader.read_line(&mut line)).await;
            if !matches!(read, Ok(Ok(_))) {
                continue;
            }
            let Ok(handed) = serde_json::from_str::<Handed>(&line) else {
                continue;
            };
            let answer = run(handed).await;
            let body = serde_json::to_vec(&answer).unwrap_or_default();
            // Whoever asked may have gone; the command is done all the same.
            let _ = tokio::time::timeout(WITHIN, write.write_all(&body)).await;
        }
    }
}

#[cfg(unix)]
pub use unix::{hand_over, open, serve};

/// Without such sockets a command runs by itself, and is refused by the lock when a server runs.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub async fn hand_over(_: &Path, _: &Handed) -> Result<Option<Answer>, Fail> {
    let _ = both!("", "");
    Ok(None)
}
