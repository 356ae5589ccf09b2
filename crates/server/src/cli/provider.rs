//! `ponte provider …`: lists, adds, changes, tests and removes providers of language models.
//!
//! In: a name, a kind, models; the key from a variable, a file or standard input, never an argument, which other users
//! of the machine can read. Out: the list, or what the self-test found, in plain words with what to do. Absent: what
//! assistants ask (their files). Next: `crate::models::manage`, `docs/models.md`.

use super::{Desk, tools};
use crate::api::providers::test::{Found, found};
use crate::api::providers::view::view;
use crate::boot::fail::{FOUND, Fail, MACHINE, OK, USAGE};
use crate::boot::secrets::{self, Vars};
use crate::boot::{master_key, serve};
use crate::both;
use crate::models::Models;
use crate::models::manage::{Draft, KeyWish, Refusal};
use crate::models::probe::{Finding, Went};
use crate::models::provider::{Provider, Settings};
use crate::vault::Vault;
use crate::words::Both;
use clap::{Args, Subcommand};
use ponte_core::ids::WorkspaceId;
use ponte_models::Dialect;
use ponte_store::Store;
use ponte_store::rows::models::ProviderRow;
use serde_json::json;
use std::io::Read;

/// The variable of the key, or with `_FILE` the file that holds it.
const KEY: &str = "PONTE_PROVIDER_KEY";
const KEY_FILE: &str = "PONTE_PROVIDER_KEY_FILE";
/// A key is a line.
const KEY_BYTES_MAX: u64 = 16 * 1024;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List model providers, their keys masked
    List,
    /// Add a model provider, or change the one of this name
    Add(Add),
    /// Ask a model provider seven questions and say what was found
    Test {
        /// The provider's name
        name: String,
        /// Another of its models than the first
        #[arg(long, value_name = "MODEL")]
        model: Option<String>,
    },
    /// Remove a model provider
    Remove {
        /// The provider's name
        name: String,
    },
}

#[derive(Args, Debug)]
pub struct Add {
    /// The provider's name
    pub name: String,
    /// Its protocol: openai (and everything compatible), anthropic, gemini, ollama
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// Where it is, when not at its maker's address
    #[arg(long, value_name = "URL")]
    pub base: Option<String>,
    /// Models that may be asked; the first unless another is named
    #[arg(long, value_delimiter = ',', required = true, value_name = "MODEL")]
    pub model: Vec<String>,
    /// The model that makes vectors of texts
    #[arg(long, value_name = "MODEL")]
    pub embed_model: Option<String>,
    /// Read the key from standard input; else from PONTE_PROVIDER_KEY or PONTE_PROVIDER_KEY_FILE
    #[arg(long)]
    pub key_stdin: bool,
    /// It needs no key
    #[arg(long, conflicts_with = "key_stdin")]
    pub no_key: bool,
    /// Azure: the version of its interface
    #[arg(long, value_name = "VERSION")]
    pub azure_version: Option<String>,
    /// The server knows only the older `max_tokens`
    #[arg(long)]
    pub old_max_tokens: bool,
    /// The server takes no schema for JSON answers
    #[arg(long)]
    pub no_schema: bool,
}

/// Runs one of the four.
///
/// # Errors
/// [`Fail`] for what was written wrong, an unknown name, and from the store.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let models = models(desk, &store)?;
    match command {
        Command::List => list(desk, &store, &models, workspace).await,
        Command::Add(options) => add(desk, &store, &models, workspace, options).await,
        Command::Test { name, model } => {
            let row = named(&store, workspace, name).await?;
            test(desk, &models, &row, model.as_deref().unwrap_or_default()).await
        }
        Command::Remove { name } => {
            let row = named(&store, workspace, name).await?;
            let gone = models.remove(workspace, row.id, row.revision).await;
            gone.map_err(refused)?;
            desk.tell(&both!("{name}: removido.", "{name}: removed."));
            Ok(OK)
        }
    }
}

/// The running server's room, or one of this command alone.
pub(super) fn models(desk: &Desk<'_>, store: &Store) -> Result<Models, Fail> {
    if let Some(app) = &desk.app {
        return Ok(app.models.clone());
    }
    tools::data_folder(&desk.config)?;
    let loaded = master_key::load(&desk.config.data, desk.vars)?;
    let vault = Vault::new(loaded.keys, master_key::machine());
    let mut env = serve::environment(None)?;
    serve::open_egress(&mut env, &desk.config);
    Ok(Models::new(store.clone(), env, vault))
}

async fn named(store: &Store, workspace: WorkspaceId, name: &str) -> Result<ProviderRow, Fail> {
    let rows = store.providers(Some(workspace)).await?;
    rows.into_iter()
        .find(|row| row.name == name)
        .ok_or_else(|| {
            Fail::usage(
                both!("não há um provedor {name}.", "there is no provider {name}."),
                both!("Veja `ponte provider list`.", "See `ponte provider list`."),
            )
        })
}

async fn list(
    desk: &mut Desk<'_>,
    store: &Store,
    models: &Models,
    workspace: WorkspaceId,
) -> Result<u8, Fail> {
    let rows = store.providers(Some(workspace)).await?;
    if desk.json {
        let all: Vec<_> = rows.iter().map(|row| view(models, row)).collect();
        desk.json(&json!({ "providers": all }));
        return Ok(OK);
    }
    if rows.is_empty() {
        desk.tell(&both!(
            "Nenhum provedor. O Ponte responde com regras, perguntas frequentes e a base de conhecimento; para usar um modelo: `ponte provider add`.",
            "No provider. Ponte answers with rules, frequent questions and its knowledge; to use a model: `ponte provider add`."
        ));
    }
    for row in rows {
        let shown = view(models, &row);
        let (name, kind, base) = (&shown.name, &shown.kind, &shown.base);
        let list = shown.models.join(", ");
        let key = shown.key.clone().unwrap_or_else(|| "-".into());
        desk.say(&format!("{name}  {kind}  {base}  {list}  {key}"));
        if shown.key_opens == Some(false) {
            desk.tell(&both!(
                "  a chave não abre com a chave mestra deste servidor: ponha a certa de volta, ou escreva a chave de novo com `ponte provider add`.",
                "  its key doesn't open with this server's master key: put the right one back, or enter the key again with `ponte provider add`."
            ));
        }
    }
    Ok(OK)
}

async fn add(
    desk: &mut Desk<'_>,
    store: &Store,
    models: &Models,
    workspace: WorkspaceId,
    options: &Add,
) -> Result<u8, Fail> {
    let known = store.providers(Some(workspace)).await?;
    let known = known.into_iter().find(|row| row.name == options.name);
    let draft = draft(desk, options, known.as_ref())?;
    let done = match &known {
        None => models.add(workspace, draft).await,
        Some(row) => models.change(workspace, row.id, row.revision, draft).await,
    };
    let row = done.map_err(refused)?;
    if desk.json {
        desk.json(&json!(view(models, &row)));
        return Ok(OK);
    }
    let name = &row.name;
    desk.tell(&both!(
        "{name}: guardado. Confira com `ponte provider test {name}`.",
        "{name}: kept. Check it with `ponte provider test {name}`."
    ));
    Ok(OK)
}

fn draft(desk: &Desk<'_>, options: &Add, known: Option<&ProviderRow>) -> Result<Draft, Fail> {
    let kind = &options.kind;
    let dialect = Dialect::of_word(kind).ok_or_else(|| {
        Fail::usage(
            both!(
                "`{kind}` não é um tipo de provedor.",
                "`{kind}` is no kind of provider."
            ),
            both!(
                "Use openai (e compatíveis), anthropic, gemini ou ollama.",
                "Use openai (and compatible ones), anthropic, gemini or ollama."
            ),
        )
    })?;
    let mut settings: Settings = known
        .and_then(|row| serde_json::from_value(row.settings.clone()).ok())
        .unwrap_or_default();
    settings.models.clone_from(&options.model);
    settings.embed_model.clone_from(&options.embed_model);
    settings
        .quirks
        .azure_version
        .clone_from(&options.azure_version);
    settings.quirks.old_max_tokens = options.old_max_tokens;
    settings.quirks.no_schema = options.no_schema;
    let key = key(desk, options)?;
    let needs = dialect != Dialect::Ollama && options.base.is_none();
    if needs && known.is_none() && !matches!(key, KeyWish::New(_)) {
        return Err(Fail::usage(
            both!("falta a chave.", "the key is missing."),
            both!(
                "Defina PONTE_PROVIDER_KEY ou PONTE_PROVIDER_KEY_FILE, ou mande-a pela entrada padrão com --key-stdin.",
                "Set PONTE_PROVIDER_KEY or PONTE_PROVIDER_KEY_FILE, or send it by standard input with --key-stdin."
            ),
        ));
    }
    Ok(Draft {
        name: options.name.clone(),
        dialect,
        base: options.base.clone(),
        settings,
        key,
        enabled: true,
    })
}

fn key(desk: &Desk<'_>, options: &Add) -> Result<KeyWish, Fail> {
    if options.no_key {
        return Ok(KeyWish::None);
    }
    Ok(secrets::secret(desk.vars, KEY)?.map_or(KeyWish::Keep, KeyWish::New))
}

/// The key that a command was given, read where the person is: a server that does the command has other variables
/// and another standard input.
///
/// # Errors
/// [`Fail`] for a file or an input that can't be read.
pub(super) fn key_of(command: &super::Command, vars: Vars<'_>) -> Result<Option<String>, Fail> {
    let super::Command::Provider(Command::Add(options)) = command else {
        return Ok(None);
    };
    if options.no_key {
        return Ok(None);
    }
    if !options.key_stdin {
        let read = secrets::secret(vars, KEY)?;
        return Ok(read.map(|secret| secret.expose().to_owned()));
    }
    let mut text = String::new();
    let read = std::io::stdin()
        .take(KEY_BYTES_MAX)
        .read_to_string(&mut text);
    read.map_err(|why| {
        Fail::machine(
            both!(
                "não consigo ler a entrada padrão ({why}).",
                "standard input can't be read ({why})."
            ),
            Both::same(""),
        )
    })?;
    Ok(Some(text.trim().to_owned()))
}

/// Variables in which the key stands, if there is one.
pub(super) fn with_key<'a>(
    key: Option<String>,
    vars: Vars<'a>,
) -> impl Fn(&str) -> Option<String> + Sync + 'a {
    move |name| match &key {
        Some(key) if name == KEY => Some(key.clone()),
        // What was read from the file must not look like a second key.
        Some(_) if name == KEY_FILE => None,
        Some(_) | None => vars(name),
    }
}

async fn test(
    desk: &mut Desk<'_>,
    models: &Models,
    row: &ProviderRow,
    model: &str,
) -> Result<u8, Fail> {
    let provider = Provider::read(row).map_err(|why| Fail::usage(why, Both::same("")))?;
    let findings = models.probe(&provider, model).await;
    let badly = findings
        .iter()
        .any(|finding| matches!(finding.went, Went::Badly(_)));
    if desk.json {
        let steps: Vec<Found> = findings.iter().map(found).collect();
        desk.json(&json!({ "provider": row.name, "well": !badly, "steps": steps }));
    } else {
        for finding in &findings {
            let line = line(finding);
            desk.tell(&line);
        }
    }
    Ok(if badly { FOUND } else { OK })
}

fn line(finding: &Finding) -> Both {
    let Both { pt, en } = finding.step.name();
    let ms = finding.took_ms;
    match &finding.went {
        Went::Well => both!("ok    {pt} ({ms} ms)", "ok    {en} ({ms} ms)"),
        Went::Skipped(why) => {
            let (why_pt, why_en) = (&why.pt, &why.en);
            both!("-     {pt}: {why_pt}", "-     {en}: {why_en}")
        }
        Went::Badly(trouble) => {
            let row = trouble.kind.row();
            let (why_pt, why_en) = (row.pt, row.en);
            both!(
                "FALHA {pt}: {why_pt} [{trouble}]",
                "FAIL  {en}: {why_en} [{trouble}]"
            )
        }
    }
}

fn refused(refusal: Refusal) -> Fail {
    match refusal {
        Refusal::Wrong(what) => Fail {
            code: USAGE,
            what,
            todo: Both::same(""),
        },
        Refusal::Missing | Refusal::Changed => Fail {
            code: MACHINE,
            what: both!(
                "o provedor foi mudado por outra pessoa agora mesmo.",
                "the provider was changed by somebody else just now."
            ),
            todo: both!("Tente de novo.", "Try again."),
        },
        Refusal::Store(error) => error.into(),
    }
}
