//! Settles the configuration: arguments before variables before the file before defaults.
//!
//! In: what clap read from arguments and `PONTE_*` variables, and a TOML file. Out: a [`Config`]
//! whose every value has been checked, or a refusal that says file, line and what to do. Absent on
//! purpose: secrets (`secrets.rs`) and everything about numbers and assistants (workspace files).
//! Next: `serve.rs`.

use super::fail::Fail;
use crate::both;
use crate::egress::Allow;
use crate::egress::allow::AllowError;
use crate::telemetry::logs::LogFormat;
use crate::words::Both;
use clap::Args;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Shared {
    /// Configuration file (TOML)
    #[arg(long, global = true, env = "PONTE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the embedded database and media [default: ./data]
    #[arg(long, global = true, env = "PONTE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Database: postgres://… instead of the embedded one in the data folder
    #[arg(
        long,
        global = true,
        env = "PONTE_DATABASE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database: Option<String>,
    /// Private hosts and networks that may be asked besides the open internet, as `localhost:11434,10.0.0.0/8`
    #[arg(long, global = true, env = "PONTE_EGRESS_ALLOW", value_name = "LIST")]
    pub egress_allow: Option<String>,
    /// What is logged: error, warn, info, debug, or per module as in `ponte=debug` [default: info]
    #[arg(long, global = true, env = "PONTE_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// How it is logged [default: json unless standard error is a terminal]
    #[arg(long, global = true, env = "PONTE_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Print results as JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// Options of `ponte serve`.
#[derive(Args, Clone, Debug, Default)]
pub struct Serving {
    /// Start with the demo workspace and the built-in simulator
    #[arg(long)]
    pub demo: bool,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "PONTE_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// Where Graph calls go instead of Meta
    #[arg(long, env = "PONTE_GRAPH_URL", value_name = "URL")]
    pub graph_url: Option<String>,
    /// Names under which people reach this server, beside localhost and addresses
    #[arg(long, env = "PONTE_HOSTS", value_delimiter = ',', value_name = "NAME")]
    pub hosts: Vec<String>,
    /// Webhook bodies that one address may be sending at once, in MiB of 64 [default: 48]
    #[arg(long, env = "PONTE_PEER_BODIES", value_name = "MIB", value_parser = clap::value_parser!(u16).range(4..=64))]
    pub peer_bodies: Option<u16>,
    /// Command lines of MCP servers that may be run here, separated by `;`
    #[arg(
        long,
        env = "PONTE_MCP_COMMANDS",
        value_delimiter = ';',
        value_name = "COMMAND"
    )]
    pub mcp_commands: Vec<String>,
    /// Throughput of the demo's number, messages per second
    #[arg(long, env = "PONTE_DEMO_MPS", value_name = "N", hide = true)]
    pub demo_mps: Option<u32>,
}

/// The file, key by key as the options are called.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    egress_allow: Option<String>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    listen: Option<String>,
    graph_url: Option<String>,
    hosts: Option<Vec<String>>,
    peer_bodies: Option<u16>,
    mcp_commands: Option<Vec<String>>,
    json: Option<bool>,
}

/// What every command works with.
#[derive(Clone, Debug)]
pub struct Config {
    pub data: PathBuf,
    pub database: Option<String>,
    pub log: String,
    pub log_format: Option<LogFormat>,
    pub listen: SocketAddr,
    pub graph_url: Option<String>,
    /// What may be asked besides the open internet.
    pub egress_allow: Allow,
    pub hosts: Vec<String>,
    /// In MiB.
    pub peer_bodies: u16,
    pub json: bool,
    /// Of the demo's number, for this run only.
    pub throughput: Option<u32>,
    /// Whole command lines of MCP servers that may be run.
    pub mcp_commands: Vec<String>,
}

/// Meta's own, with the version whose shapes `ponte-wire` was written from.
pub const GRAPH_URL: &str = "https://graph.facebook.com";
/// Three quarters of all: one sender never shuts the others out, and a proxy, behind which all are one,
/// loses little.
const PEER_BODIES: u16 = 48;
const MAX_FILE_BYTES: u64 = 64 * 1024;
const MAX_HOSTS: usize = 64;

impl Config {
    /// Settles all options.
    ///
    /// # Errors
    /// [`Fail`] with the first thing that is wrong.
    pub fn settle(shared: &Shared, serving: &Serving) -> Result<Config, Fail> {
        let file = match &shared.config {
            Some(path) => read_file(path)?,
            None => File::default(),
        };
        let listen = serving.listen.clone().or(file.listen);
        let hosts = if serving.hosts.is_empty() {
            file.hosts.unwrap_or_default()
        } else {
            serving.hosts.clone()
        };
        let graph_url = serving.graph_url.clone().or(file.graph_url);
        let database = shared.database.clone().or(file.database);
        let egress = shared.egress_allow.clone().or(file.egress_allow);
        Ok(Config {
            data: shared
                .data
                .clone()
                .or(file.data)
                .unwrap_or_else(|| PathBuf::from("data")),
            database: database.map(check_database).transpose()?,
            log: shared
                .log
                .clone()
                .or(file.log)
                .unwrap_or_else(|| "info".into()),
            log_format: shared.log_format.or(file.log_format),
            listen: address(listen.as_deref().unwrap_or("127.0.0.1:8080"))?,
            graph_url: graph_url.map(check_graph).transpose()?,
            egress_allow: check_egress(egress.as_deref().unwrap_or(""))?,
            hosts: check_hosts(hosts)?,
            peer_bodies: serving
                .peer_bodies
                .or(file.peer_bodies)
                .unwrap_or(PEER_BODIES)
                .clamp(4, 64),
            json: shared.json || file.json.unwrap_or(false),
            mcp_commands: if serving.mcp_commands.is_empty() {
                file.mcp_commands.unwrap_or_default()
            } else {
                serving.mcp_commands.clone()
            }
            .iter()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|line| !line.is_empty())
            .collect(),
            throughput: serving.demo_mps.filter(|_| serving.demo),
        })
    }

    /// The database's address as the store wants it.
    #[must_use]
    pub fn database_url(&self) -> String {
        match &self.database {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", self.data.join("ponte.db").display()),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, Fail> {
    text.parse().map_err(|_| {
        Fail::usage(
            both!(
                "`{text}` não é um endereço de escuta.",
                "`{text}` is no address to listen on."
            ),
            both!(
                "Escreva IP:PORTA, como 127.0.0.1:8080 ou 0.0.0.0:8080.",
                "Write IP:PORT, such as 127.0.0.1:8080 or 0.0.0.0:8080."
            ),
        )
    })
}

fn check_database(url: String) -> Result<String, Fail> {
    let known = ["postgres://", "postgresql://", "sqlite:"];
    if known.iter().any(|scheme| url.starts_with(scheme)) {
        return Ok(url);
    }
    // The address may hold a password: only its beginning is shown.
    let shown: String = url
        .split(['/', '@', '?'])
        .next()
        .unwrap_or("")
        .chars()
        .take(20)
        .collect();
    Err(Fail::usage(
        both!(
            "o endereço do banco (`{shown}…`) não serve.",
            "the database address (`{shown}…`) won't do."
        ),
        both!(
            "Use postgres://usuário@máquina/banco, ou tire a opção para o banco embutido.",
            "Use postgres://user@host/name, or leave it out for the embedded database."
        ),
    ))
}

fn check_graph(url: String) -> Result<String, Fail> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    match rest {
        Some(rest)
            if !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['?', '#', '@']) =>
        {
            Ok(url.trim_end_matches('/').to_string())
        }
        Some(_) | None => Err(Fail::usage(
            both!(
                "`{url}` não é um endereço da Graph API.",
                "`{url}` is no address of the Graph API."
            ),
            both!(
                "Escreva como https://graph.facebook.com ou http://127.0.0.1:9090.",
                "Write it as https://graph.facebook.com or http://127.0.0.1:9090."
            ),
        )),
    }
}

fn check_egress(text: &str) -> Result<Allow, Fail> {
    Allow::parse(text).map_err(|why| {
        let pt = match &why {
            AllowError::NotAPlace(entry) => format!("`{entry}` não é máquina, endereço nem rede"),
            AllowError::TooWide(entry) => format!("`{entry}` libera demais"),
            AllowError::TooMany => "há entradas demais".to_owned(),
        };
        let en = why.to_string();
        Fail::usage(
            both!("em egress_allow, {pt}.", "in egress_allow, {en}."),
            both!(
                "Escreva como localhost:11434, crm.intra, 10.0.0.5:8000 ou 10.2.0.0/16, com vírgulas.",
                "Write it as localhost:11434, crm.intra, 10.0.0.5:8000 or 10.2.0.0/16, with commas."
            ),
        )
    })
}

fn check_hosts(hosts: Vec<String>) -> Result<Vec<String>, Fail> {
    let plain = |name: &String| {
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        !name.is_empty() && name.len() <= 253 && name.chars().all(letters)
    };
    match hosts.iter().find(|name| !plain(name)) {
        Some(name) => Err(Fail::usage(
            both!(
                "`{name}` não é um nome de máquina.",
                "`{name}` is no host name."
            ),
            both!(
                "Escreva só o nome, como ponte.exemplo.com.br, sem https:// nem porta.",
                "Write the name only, such as ponte.example.com, without https:// or port."
            ),
        )),
        None if hosts.len() > MAX_HOSTS => Err(Fail::usage(
            both!(
                "há mais de {MAX_HOSTS} nomes em hosts.",
                "there are more than {MAX_HOSTS} names in hosts."
            ),
            both!("Tire os que não são usados.", "Remove those not in use."),
        )),
        None => Ok(hosts
            .into_iter()
            .map(|name| name.to_ascii_lowercase())
            .collect()),
    }
}

/// Keys that people try to put in the file and that must stay out of it.
const SECRETS: [&str; 4] = [
    "app_secret",
    "app_secret_old",
    "verify_token",
    "access_token",
];

fn read_file(path: &Path) -> Result<File, Fail> {
    let shown = path.display();
    let unreadable = |why: &dyn std::fmt::Display| {
        Fail::usage(
            both!(
                "não consigo ler a configuração {shown} ({why}).",
                "the configuration {shown} can't be read ({why})."
            ),
            both!(
                "Corrija o caminho em --config.",
                "Correct the path in --config."
            ),
        )
    };
    let meta = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if meta.len() > MAX_FILE_BYTES {
        return Err(unreadable(&"> 64 KiB"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    toml::from_str(&text).map_err(|error| {
        let (line, column) = place(&text, error.span().map_or(0, |span| span.start));
        let message = error.message();
        let todo = match SECRETS.iter().find(|name| message.contains(&format!("`{name}`"))) {
            Some(name) => {
                let variable = format!("PONTE_{}", name.to_ascii_uppercase());
                both!(
                    "Segredos não ficam neste arquivo: defina {variable}, ou {variable}_FILE com o caminho de um arquivo.",
                    "Secrets don't stand in this file: set {variable}, or {variable}_FILE to the path of a file.",
                )
            }
            None => both!("Corrija essa linha.", "Correct this line."),
        };
        let what = Both::same(format!("{shown}:{line}:{column}: {message}."));
        Fail::usage(what, todo)
    })
}

/// Line and column, from 1, of a byte in a text.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Lang;

    fn settle(toml: &str, serving: &Serving) -> Result<Config, Fail> {
        let name = format!(
            "ponte-config-{}-{:?}.toml",
            std::process::id(),
            std::thread::current().id()
        );
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, toml).unwrap();
        let shared = Shared {
            config: Some(path.clone()),
            ..Shared::default()
        };
        let settled = Config::settle(&shared, serving);
        std::fs::remove_file(path).unwrap();
        settled
    }

    #[test]
    fn arguments_win_over_the_file_and_the_file_over_defaults() {
        let config = settle(
            "listen = \"0.0.0.0:1\"\nlog = \"debug\"\njson = true\n",
            &Serving::default(),
        )
        .unwrap();
        assert!(config.json);
        assert_eq!((config.listen.port(), config.log.as_str()), (1, "debug"));
        assert_eq!(config.data, Path::new("data"));
        let serving = Serving {
            listen: Some("127.0.0.1:2".into()),
            ..Serving::default()
        };
        assert_eq!(
            settle("listen = \"0.0.0.0:1\"", &serving)
                .unwrap()
                .listen
                .port(),
            2
        );
        let default = Config::settle(&Shared::default(), &Serving::default()).unwrap();
        assert_eq!(default.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(default.database_url(), "sqlite:data/ponte.db");
    }

    /// Each row: a configuration file, and how the answer to it ends.
    const BAD: &[(&str, &str)] = &[
        (
            "listem = \"x\"",
            ":1:1: unknown field `listem`, expected one of `data`, `database`, `egress_allow`, `log`, `log_format`, `listen`, `graph_url`, `hosts`, `peer_bodies`, `mcp_commands`, `json`. Correct this line.",
        ),
        (
            "log = \"info\"\napp_secret = \"x\"",
            ":2:1: unknown field `app_secret`, expected one of `data`, `database`, `egress_allow`, `log`, `log_format`, `listen`, `graph_url`, `hosts`, `peer_bodies`, `mcp_commands`, `json`. Secrets don't stand in this file: set PONTE_APP_SECRET, or PONTE_APP_SECRET_FILE to the path of a file.",
        ),
        (
            "listen = 8080",
            ":1:10: invalid type: integer `8080`, expected a string. Correct this line.",
        ),
        (
            "log_format = \"xml\"",
            ":1:14: unknown variant `xml`, expected `json` or `pretty`. Correct this line.",
        ),
        (
            "listen = \"localhost\"",
            "`localhost` is no address to listen on. Write IP:PORT, such as 127.0.0.1:8080 or 0.0.0.0:8080.",
        ),
        (
            "database = \"mysql://u:secret@h/db\"",
            "the database address (`mysql:…`) won't do. Use postgres://user@host/name, or leave it out for the embedded database.",
        ),
        (
            "graph_url = \"graph.facebook.com\"",
            "`graph.facebook.com` is no address of the Graph API. Write it as https://graph.facebook.com or http://127.0.0.1:9090.",
        ),
        (
            "hosts = [\"https://x.com\"]",
            "`https://x.com` is no host name. Write the name only, such as ponte.example.com, without https:// or port.",
        ),
    ];

    #[test]
    fn bad_files_get_exact_answers() {
        for (toml, answer) in BAD {
            let text = settle(toml, &Serving::default())
                .unwrap_err()
                .text(Lang::En);
            assert!(text.ends_with(answer), "{text}\nwanted {answer}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_says_so() {
        let shared = Shared {
            config: Some("/nowhere/ponte.toml".into()),
            ..Shared::default()
        };
        let fail = Config::settle(&shared, &Serving::default()).unwrap_err();
        assert!(
            fail.text(Lang::Pt)
                .starts_with("não consigo ler a configuração /nowhere/ponte.toml")
        );
    }
}
