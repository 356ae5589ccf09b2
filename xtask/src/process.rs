//! Starts and stops the processes that bench and kill look at, and reads what they cost.
//!
//! In: a program with arguments. Out: a running [`Victim`] with its address, CPU time and memory
//! from `/proc` (Linux only), stopped when dropped. Also the smallest HTTP request that a judge
//! needs. Absent: judging. Read next: `bench::cases` and `kill`.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Linux counts CPU time in hundredths of a second for everybody (`sysconf(_SC_CLK_TCK)`).
const TICKS_PER_SECOND: f64 = 100.0;
/// A process that is not ready by then will not be.
const READY_WITHIN: Duration = Duration::from_secs(30);
const REQUEST_WITHIN: Duration = Duration::from_secs(10);

/// A port on loopback that was free a moment ago.
pub(crate) fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    listener.local_addr().map_err(|e| e.to_string())
}

/// A process under test. Killed when dropped, so that nothing outlives a failing run.
pub(crate) struct Victim {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Victim {
    /// Starts the command, its output into `log`, and waits until `path` answers 200.
    pub(crate) fn start(
        mut command: Command,
        address: SocketAddr,
        path: &str,
        log: &Path,
    ) -> Result<Victim, String> {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log);
        let out = file.map_err(|e| format!("{}: {e}", log.display()))?;
        let err = out.try_clone().map_err(|e| e.to_string())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .map_err(|e| format!("{:?}: {e}", command.get_program()))?;
        let mut victim = Victim { child, address };
        let from = Instant::now();
        while from.elapsed() < READY_WITHIN {
            if let Ok((200, _)) = get(address, path) {
                return Ok(victim);
            }
            if let Ok(Some(status)) = victim.child.try_wait() {
                return Err(format!(
                    "ended with {status} before it was ready:\n{}",
                    tail(log)
                ));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(format!("not ready after {READY_WITHIN:?}:\n{}", tail(log)))
    }

    /// User and system time so far, in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = self.proc("stat");
        // The second field is a name in parentheses that may hold spaces; times are 14 and 15.
        let after = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = after.split_whitespace().collect();
        let ticks = |at: usize| {
            fields
                .get(at)
                .and_then(|f| f.parse::<f64>().ok())
                .unwrap_or(0.0)
        };
        (ticks(11) + ticks(12)) / TICKS_PER_SECOND
    }

    /// Resident memory now, and the most it ever was, in MB.
    pub(crate) fn memory_mb(&self) -> (f64, f64) {
        let status = self.proc("status");
        let field = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name));
            let kb = line.and_then(|l| l.split_whitespace().nth(1));
            kb.and_then(|k| k.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap_or_default()
    }

    /// SIGKILL: no goodbye, as when the power goes.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn end(&mut self) {
        let _ = self.child.kill(); // Already gone is as good.
        let _ = self.child.wait();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.end();
    }
}

/// The last lines of a log, for an error message.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Result<(u16, String), String> {
    request(address, "GET", path, "")
}

pub(crate) fn get_json(address: SocketAddr, path: &str) -> Result<Value, String> {
    match get(address, path)? {
        (200, body) => serde_json::from_str(&body).map_err(|e| format!("{path}: {e}")),
        (status, body) => Err(format!("{path}: {status} {body}")),
    }
}

pub(crate) fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> Result<(u16, String), String> {
    ask(address, method, path, "", body)
}

/// One request on a connection of its own; `headers` are whole lines.
pub(crate) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Result<(u16, String), String> {
    let exchange = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, REQUEST_WITHIN)?;
        stream.set_read_timeout(Some(REQUEST_WITHIN))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(|e| format!("{method} {path}: {e}"))?;
    parse(&answer).ok_or_else(|| format!("{method} {path}: not HTTP"))
}

fn parse(answer: &[u8]) -> Option<(u16, String)> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = &answer[end + 4..];
    let chunked = head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked");
    let body = if chunked {
        unchunk(body)
    } else {
        body.to_vec()
    };
    Some((status, String::from_utf8_lossy(&body).into_owned()))
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok();
        let size = size
            .and_then(|s| usize::from_str_radix(s.trim(), 16).ok())
            .unwrap_or(0);
        let Some(chunk) = rest.get(end + 2..end + 2 + size).filter(|c| !c.is_empty()) else {
            break;
        };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}

/// A folder that is gone when the run is over. Beside the target folder: on a real disk, not in
/// memory, since syncs are part of what is measured.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(root: &Path, name: &str) -> Result<Folder, String> {
        let path = root.join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0); // Left-overs only cost space.
    }
}

/// Builds packages and returns the folder with their programs.
pub(crate) fn build(root: &Path, release: bool, packages: &[&str]) -> Result<PathBuf, String> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["build", "--locked", "--quiet"]);
    if release {
        cargo.arg("--release");
    }
    for package in packages {
        cargo.args(["--package", package]);
    }
    let status = cargo.status().map_err(|e| format!("cargo: {e}"))?;
    if !status.success() {
        return Err(format!("cargo build of {packages:?} failed"));
    }
    Ok(target(root).join(if release { "release" } else { "debug" }))
}

pub(crate) fn target(root: &Path) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root.join(folder),
        None => root.join("target"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_plain_and_in_chunks() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(parse(plain), Some((200, "ok".into())));
        let chunks = b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n3\r\npe!\r\n0\r\n\r\n";
        assert_eq!(parse(chunks), Some((404, "nope!".into())));
        assert_eq!(parse(b"SSH-2.0"), None);
    }

    #[test]
    fn a_process_that_ends_at_once_is_told_with_its_last_words() {
        let folder = Folder::new(&std::env::temp_dir(), "ponte-process-test").unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such option; exit 3"]);
        let log = folder.0.join("log");
        let started = Victim::start(command, free_address().unwrap(), "/readyz", &log);
        let why = started.err().unwrap();
        assert!(
            why.contains("no such option") && why.contains("exit status: 3"),
            "{why}"
        );
    }
}
