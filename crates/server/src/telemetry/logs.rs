//! Structured logs on standard error: JSON for machines, plain lines for a terminal.
//!
//! In: a filter and a format. Out: the process-wide subscriber, set once. Absent: files and rotation,
//! which are the service manager's. Next: `metrics.rs`.

use serde::Deserialize;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Json,
    Pretty,
}

/// The wish is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no log filter")]
pub struct NoFilter(pub String);

/// What libraries say below a warning is theirs, and may hold what we would not log.
const QUIET: &str = "warn,ponte=";

/// The filter of a wish: a bare level is ours, libraries stay at warnings.
///
/// # Errors
/// [`NoFilter`] for what is no filter.
pub fn filter(wish: &str) -> Result<EnvFilter, NoFilter> {
    let bare = ["error", "warn", "info", "debug", "trace", "off"].contains(&wish);
    let text = match wish {
        "off" => wish.to_string(),
        level if bare => format!("{QUIET}{level},ponte_store={level}"),
        other => other.to_string(),
    };
    EnvFilter::try_new(&text).map_err(|_| NoFilter(wish.to_string()))
}

/// Sets the process-wide subscriber. A second call changes nothing (tests start many servers).
///
/// # Errors
/// [`NoFilter`] for what is no filter.
pub fn start(wish: &str, format: Option<LogFormat>) -> Result<(), NoFilter> {
    let terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal {
        LogFormat::Pretty
    } else {
        LogFormat::Json
    });
    let subscriber = subscriber(filter(wish)?, format, std::io::stderr);
    // Refused only where one is set already.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

/// A subscriber that writes lines.
pub fn subscriber<W>(
    filter: EnvFilter,
    format: LogFormat,
    writer: W,
) -> Box<dyn tracing::Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    match format {
        LogFormat::Json => Box::new(lines.json().flatten_event(true).finish()),
        LogFormat::Pretty => Box::new(lines.with_target(false).compact().finish()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn json_lines_carry_fields_and_libraries_stay_quiet() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = subscriber(filter("info").unwrap(), LogFormat::Json, move || {
            writer.clone()
        });
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "ponte::x", delivery = 7, "kept");
            tracing::info!(target: "hyper", "chatter");
            tracing::debug!(target: "ponte::x", "details");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 1, "{text}");
        assert_eq!(
            (&lines[0]["message"], &lines[0]["delivery"]),
            (&"kept".into(), &7.into())
        );
    }

    #[test]
    fn what_is_no_filter_says_what_to_write() {
        assert_eq!(
            filter("ponte=loud").unwrap_err(),
            NoFilter("ponte=loud".into())
        );
    }
}
