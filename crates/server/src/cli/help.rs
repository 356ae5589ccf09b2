//! What `--help` says, in English or Portuguese.
//!
//! In: the commands as clap reads them from the code, in English. Out: the same with every text replaced
//! where the environment asks for Portuguese; a test holds that none is missing. Absent: clap's own words
//! in refusals and in brackets (`[default: …]`), which it keeps in English. Next: `mod.rs`.

use super::Cli;
use crate::words::Lang;
use clap::{Arg, ArgAction, Command, CommandFactory};

/// The commands in a language.
#[must_use]
pub fn command(lang: Lang) -> Command {
    match lang {
        Lang::En => Cli::command(),
        Lang::Pt => portuguese(
            Cli::command()
                .disable_version_flag(true)
                .arg(
                    Arg::new("version")
                        .short('V')
                        .long("version")
                        .action(ArgAction::Version)
                        .help_heading("Opções")
                        .help("Mostra a versão"),
                )
                .arg(
                    Arg::new("help")
                        .short('h')
                        .long("help")
                        .global(true)
                        .action(ArgAction::Help)
                        .help_heading("Opções")
                        .help("Mostra esta ajuda"),
                ),
        ),
    }
}

const TEMPLATE: &str = "{about-with-newline}\nUso: {usage}\n\n{all-args}{after-help}";

fn portuguese(command: Command) -> Command {
    let about = command
        .get_about()
        .map(|text| translated(&text.to_string()));
    let after = command
        .get_after_help()
        .map(|text| translated(&text.to_string()));
    let mut command = command
        .disable_help_flag(true)
        .help_template(TEMPLATE)
        .subcommand_help_heading("Comandos")
        .subcommand_value_name("COMANDO")
        .mut_args(argument)
        .mut_subcommands(portuguese);
    if let Some(about) = about {
        command = command.about(about);
    }
    match after {
        Some(after) => command.after_help(after),
        None => command,
    }
}

fn argument(arg: Arg) -> Arg {
    let heading = if arg.is_positional() {
        "Argumentos"
    } else {
        "Opções"
    };
    let help = arg.get_help().map(|text| translated(&text.to_string()));
    let arg = arg.help_heading(heading);
    match help {
        Some(help) => arg.help(help),
        None => arg,
    }
}

/// The Portuguese of a text, or the text itself.
fn translated(text: &str) -> String {
    let found = TEXTS.iter().find(|(english, _)| *english == text);
    found.map_or(text, |(_, portuguese)| portuguese).to_string()
}

/// English as it stands in the code, and Portuguese.
const TEXTS: &[(&str, &str)] = &[
    ("Versions of assistants", "Versões dos assistentes"),
    (
        "List assistants with their versions and drafts",
        "Lista os assistentes com versões e rascunhos",
    ),
    (
        "List the versions of an assistant, newest first",
        "Lista as versões de um assistente, da mais nova à mais antiga",
    ),
    (
        "Show what differs between two versions",
        "Mostra o que difere entre duas versões",
    ),
    (
        "Bring an earlier version back, as a new one",
        "Traz de volta uma versão anterior, como nova",
    ),
    (
        "Put the draft in force, if the required tests pass",
        "Põe o rascunho em vigor, se os testes exigidos passam",
    ),
    (
        "The assistant's file name without .yaml",
        "O nome do arquivo do assistente sem .yaml",
    ),
    ("The older version", "A versão mais antiga"),
    (
        "The newer version; the draft, or what is in force, when left out",
        "A versão mais nova; o rascunho, ou o que está em vigor, se omitida",
    ),
    ("The version to go back to", "A versão à qual voltar"),
    (
        "Play the conversation tests of a folder",
        "Roda os testes de conversa de uma pasta",
    ),
    (
        "Draw tests from the newest so many stored conversations, masked, into the folder; play nothing",
        "Tira testes das tantas conversas mais novas, mascaradas, para a pasta; não roda nada",
    ),
    (
        "Only tests whose file or name holds this",
        "Só os testes cujo arquivo ou nome contém isto",
    ),
    (
        "Play the same tests on this folder's settings too, and show which ones differ",
        "Roda os mesmos testes também com as configurações desta pasta e mostra quais diferem",
    ),
    (
        "Never two voices. Never silent",
        "Nunca duas vozes. Nunca em silêncio",
    ),
    (
        "List the sources of knowledge",
        "Lista as fontes de conhecimento",
    ),
    ("Read a file into a source", "Lê um arquivo para uma fonte"),
    ("Visit the site of a source", "Visita o site de uma fonte"),
    (
        "Ask what is known, as production would",
        "Pergunta o que se sabe, como a produção faria",
    ),
    (
        "PDF, DOCX, XLSX, HTML, Markdown, CSV or text",
        "PDF, DOCX, XLSX, HTML, Markdown, CSV ou texto",
    ),
    (
        "The source's name; made when there is none",
        "O nome da fonte; criada se não houver",
    ),
    ("The source's name", "O nome da fonte"),
    (
        "The site's address: makes the source when there is none",
        "O endereço do site: cria a fonte se não houver",
    ),
    ("As a customer types it", "Como um cliente escreve"),
    (
        "As the team asks: what is internal is found too",
        "Como a equipe pergunta: acha também o que é interno",
    ),
    (
        "What people teach: trained models of intents",
        "O que as pessoas ensinam: modelos treinados de intenções",
    ),
    (
        "Train a model on the examples there are",
        "Treina um modelo com os exemplos que há",
    ),
    (
        "List the models, newest first",
        "Lista os modelos, do mais novo ao mais antigo",
    ),
    (
        "Use a model from now on",
        "Usa um modelo de agora em diante",
    ),
    (
        "Use it as soon as it is ready",
        "Usa assim que ficar pronto",
    ),
    ("The model's version", "A versão do modelo"),
    (super::EXIT_CODES, EXIT_CODES),
    ("Run everything in one process", "Roda tudo em um processo"),
    (
        "Run the simulated Cloud API by itself",
        "Roda só o simulador da Cloud API",
    ),
    (
        "Make the workspace as the folder says",
        "Deixa o workspace como a pasta diz",
    ),
    (
        "Write the workspace as a folder",
        "Escreve o workspace em uma pasta",
    ),
    (
        "Fold a conversation again from its journal and compare",
        "Refaz uma conversa a partir do diário e compara",
    ),
    (
        "Check configuration, storage and numbers, and say what to do",
        "Confere configuração, banco e números, e diz o que fazer",
    ),
    (
        "Write a copy of the database while it runs",
        "Guarda uma cópia do banco com tudo funcionando",
    ),
    (
        "Make the database from a backup; its outbox stays frozen until released",
        "Refaz o banco de uma cópia; a fila de envio fica congelada até ser liberada",
    ),
    (
        "Private hosts and networks that may be asked besides the open internet, as `localhost:11434,10.0.0.0/8`",
        "Máquinas e redes privadas que podem ser consultadas além da internet, como `localhost:11434,10.0.0.0/8`",
    ),
    (
        "Command lines of MCP servers that may be run here, separated by `;`",
        "Linhas de comando de servidores MCP que podem rodar aqui, separadas por `;`",
    ),
    (
        "Tools that assistants may call",
        "Ferramentas que os assistentes podem chamar",
    ),
    (
        "List the tools that assistants may call",
        "Lista as ferramentas que os assistentes podem chamar",
    ),
    (
        "Try a tool with sample values",
        "Testa uma ferramenta com valores de exemplo",
    ),
    (
        "Make tools from an OpenAPI document",
        "Cria ferramentas a partir de um documento OpenAPI",
    ),
    ("The tool's name", "O nome da ferramenta"),
    (
        "Values as a JSON object; the tool's sample when left out",
        "Valores como objeto JSON; sem eles, o exemplo da ferramenta",
    ),
    (
        "Ask the other side, even where the sample has an answer",
        "Consulta o outro sistema, mesmo que o exemplo tenha resposta",
    ),
    ("The document, JSON or YAML", "O documento, em JSON ou YAML"),
    (
        "An operation, by id or as `GET /path`; only lists them when left out",
        "Uma operação, pelo id ou como `GET /caminho`; sem ela, só lista",
    ),
    ("All operations", "Todas as operações"),
    (
        "The server, where the document names none",
        "O servidor, se o documento não diz qual",
    ),
    (
        "Keep the tools that were made",
        "Guarda as ferramentas criadas",
    ),
    ("Keys of the API", "Chaves da API"),
    (
        "Numbers: whether they may send",
        "Os números: se podem enviar",
    ),
    (
        "List the numbers, and whether they may send",
        "Lista os números e se podem enviar",
    ),
    (
        "Stop sending on a number; what waits goes to people",
        "Para o envio de um número; o que espera vai para as pessoas",
    ),
    (
        "Send on a number again, and close the alerts about it",
        "Volta a enviar por um número e encerra os alertas sobre ele",
    ),
    ("The number's name or id", "O nome ou o id do número"),
    (
        "The queue of what is to be sent",
        "A fila do que vai ser enviado",
    ),
    (
        "What could not be read or applied",
        "O que não pôde ser lido ou aplicado",
    ),
    (
        "List the newest of what is in quarantine",
        "Lista o mais novo do que está em quarentena",
    ),
    ("Show one with what came", "Mostra um, com o que chegou"),
    (
        "Decode or apply one again",
        "Tenta ler ou aplicar um de novo",
    ),
    ("What it is", "O que é"),
    ("Its number, as listed", "O número, como na lista"),
    (
        "The local understanding: how well it does",
        "O entendimento local: como ele se sai",
    ),
    (
        "Train the local intent model on one file and test it on another",
        "Treina o modelo local de intenções com um arquivo e testa com outro",
    ),
    (
        "Examples: lines of text, a tab and the intent; `oos` is out of scope",
        "Exemplos: em cada linha o texto, uma tabulação e a intenção; `oos` é fora do escopo",
    ),
    (
        "Points of in-scope accuracy that rejecting may cost on held-out examples [default: 2]",
        "Pontos de acerto no escopo que a recusa pode custar, em exemplos separados [padrão: 2]",
    ),
    (
        "Messages to test on, written the same way",
        "Mensagens para o teste, escritas do mesmo jeito",
    ),
    (
        "Print the JSON Schema of the workspace files",
        "Mostra o JSON Schema dos arquivos do workspace",
    ),
    ("The workspace's folder", "A pasta do workspace"),
    ("What a workspace knows", "O que um workspace sabe"),
    (
        "Read a file from standard input; the server runs this in a process of its own",
        "Lê um arquivo da entrada padrão; o servidor roda isto em um processo separado",
    ),
    (
        "pdf, docx, xlsx, html, markdown, csv or text; told by the content when left out",
        "pdf, docx, xlsx, html, markdown, csv ou text; pelo conteúdo, se omitido",
    ),
    (
        "How much address space the process may take",
        "Quanta memória o processo pode usar",
    ),
    ("Limits as JSON", "Limites em JSON"),
    (
        "Measure how well search finds documents for questions",
        "Mede se a busca encontra os documentos certos para as perguntas",
    ),
    (
        "One JSON document a line: {\"id\", \"title\", \"text\"}",
        "Um documento JSON por linha: {\"id\", \"title\", \"text\"}",
    ),
    (
        "One JSON question a line: {\"text\", \"relevant\": [ids]}",
        "Uma pergunta JSON por linha: {\"text\", \"relevant\": [ids]}",
    ),
    (
        "Show what would change, and change nothing",
        "Mostra o que mudaria, sem mudar nada",
    ),
    ("The new file", "O arquivo novo"),
    (
        "Where to write; made if it isn't there",
        "Onde escrever; a pasta é criada se não existe",
    ),
    (
        "Make a key; its secret is printed once",
        "Faz uma chave; o segredo é mostrado uma vez só",
    ),
    (
        "List keys, without secrets",
        "Lista as chaves, sem segredos",
    ),
    ("End a key for good", "Encerra uma chave para sempre"),
    ("The key's id, as listed", "O id da chave, como na lista"),
    ("What the key is for", "Para que serve a chave"),
    (
        "What it may do: read, write, admin, installation",
        "O que ela pode: read (ler), write (escrever), admin, installation",
    ),
    (
        "How long it lives, such as 90d; for ever when left out",
        "Quanto tempo vale, como 90d; para sempre se omitido",
    ),
    (
        "Show what waits, and whether it may be sent",
        "Mostra o que espera e se pode ser enviado",
    ),
    (
        "Let a restored or copied outbox send again",
        "Libera o envio de um banco restaurado ou copiado",
    ),
    ("The conversation's id", "O id da conversa"),
    ("The backup", "A cópia"),
    (
        "workspace, channel, assistant, team, tests, faq or intent; all in one document when left out",
        "workspace, channel, assistant, team, tests, faq ou intent; todos em um documento se omitido",
    ),
    (
        "Write one file per kind into this folder instead",
        "Escreve um arquivo por tipo nesta pasta",
    ),
    ("Address to listen on", "Endereço de escuta"),
    ("Where webhooks are posted", "Para onde vão os webhooks"),
    (
        "The same seed with the same deeds gives the same ids",
        "A mesma semente com as mesmas ações dá os mesmos ids",
    ),
    (
        "Names under which people reach the page, beside localhost and addresses",
        "Nomes pelos quais se chega à página, além de localhost e endereços IP",
    ),
    (
        "Messages per second of the number",
        "Mensagens por segundo do número",
    ),
    (
        "Configuration file (TOML)",
        "Arquivo de configuração (TOML)",
    ),
    (
        "Folder of the embedded database and media [default: ./data]",
        "Pasta do banco embutido e das mídias [padrão: ./data]",
    ),
    (
        "Database: postgres://… instead of the embedded one in the data folder",
        "Banco: postgres://… em vez do embutido na pasta de dados",
    ),
    (
        "What is logged: error, warn, info, debug, or per module as in `ponte=debug` [default: info]",
        "O que vai para o log: error, warn, info, debug, ou por módulo, como `ponte=debug` [padrão: info]",
    ),
    (
        "How it is logged [default: json unless standard error is a terminal]",
        "O formato do log [padrão: json, a não ser em um terminal]",
    ),
    ("Print results as JSON", "Mostra os resultados em JSON"),
    (
        "Start with the demo workspace and the built-in simulator",
        "Começa com o workspace de demonstração e o simulador embutido",
    ),
    (
        "Address to listen on [default: 127.0.0.1:8080]",
        "Endereço de escuta [padrão: 127.0.0.1:8080]",
    ),
    (
        "Where Graph calls go instead of Meta",
        "Para onde vão as chamadas da Graph API em vez da Meta",
    ),
    (
        "Names under which people reach this server, beside localhost and addresses",
        "Nomes pelos quais se chega a este servidor, além de localhost e endereços IP",
    ),
    (
        "Webhook bodies that one address may be sending at once, in MiB of 64 [default: 48]",
        "Corpos de webhook que um endereço pode estar enviando ao mesmo tempo, em MiB de 64 [padrão: 48]",
    ),
    (
        "Throughput of the demo's number, messages per second",
        "Vazão do número da demonstração, em mensagens por segundo",
    ),
    (
        "Providers of language models",
        "Provedores de modelos de linguagem",
    ),
    (
        "The master key of secrets at rest",
        "A chave mestra dos segredos guardados",
    ),
    (
        "List model providers, their keys masked",
        "Lista os provedores de modelos, com as chaves mascaradas",
    ),
    (
        "Add a model provider, or change the one of this name",
        "Acrescenta um provedor de modelos, ou muda o que tem este nome",
    ),
    (
        "Ask a model provider seven questions and say what was found",
        "Faz sete perguntas a um provedor e diz o que encontrou",
    ),
    ("Remove a model provider", "Remove um provedor de modelos"),
    ("The provider's name", "O nome do provedor"),
    (
        "Another of its models than the first",
        "Outro modelo dele que não o primeiro",
    ),
    (
        "Its protocol: openai (and everything compatible), anthropic, gemini, ollama",
        "O protocolo: openai (e tudo que é compatível), anthropic, gemini, ollama",
    ),
    (
        "Where it is, when not at its maker's address",
        "Onde ele está, quando não é no endereço do fabricante",
    ),
    (
        "Models that may be asked; the first unless another is named",
        "Modelos que podem ser usados; o primeiro, se nenhum for dito",
    ),
    (
        "The model that makes vectors of texts",
        "O modelo que faz vetores de textos",
    ),
    (
        "Read the key from standard input; else from PONTE_PROVIDER_KEY or PONTE_PROVIDER_KEY_FILE",
        "Lê a chave da entrada padrão; senão, de PONTE_PROVIDER_KEY ou PONTE_PROVIDER_KEY_FILE",
    ),
    ("It needs no key", "Ele não precisa de chave"),
    (
        "Azure: the version of its interface",
        "Azure: a versão da interface",
    ),
    (
        "The server knows only the older `max_tokens`",
        "O servidor só conhece o `max_tokens` antigo",
    ),
    (
        "The server takes no schema for JSON answers",
        "O servidor não aceita esquema para respostas em JSON",
    ),
    (
        "Show which master key is in use, and whether every secret opens with it",
        "Mostra a chave mestra em uso, e se todo segredo abre com ela",
    ),
    (
        "Seal every secret anew: under a new key made in the data folder, or under the one in PONTE_MASTER_KEY",
        "Sela todo segredo de novo: com uma chave nova criada na pasta de dados, ou com a de PONTE_MASTER_KEY",
    ),
    (
        "Also serve scripted language models at this address",
        "Serve também modelos de roteiro neste endereço",
    ),
];

const EXIT_CODES: &str = "Códigos de saída: 0 feito; 1 feito, e a resposta é não (o doctor achou problema, o replay difere); \
2 argumentos, configuração ou arquivos errados; 3 banco, rede ou máquina.\n\
Segredos vêm de PONTE_APP_SECRET, PONTE_APP_SECRET_OLD, PONTE_VERIFY_TOKEN e PONTE_ACCESS_TOKEN, \
ou dos arquivos que as mesmas com _FILE indicam; PONTE_MASTER_KEY e PONTE_PROVIDER_KEY também.";

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(command: &Command, into: &mut Vec<String>) {
        let own = [command.get_about(), command.get_after_help()];
        let args = command.get_arguments().map(Arg::get_help);
        let all = own.into_iter().chain(args).flatten();
        into.extend(all.map(ToString::to_string));
        for sub in command.get_subcommands() {
            texts(sub, into);
        }
    }

    #[test]
    fn every_text_has_its_portuguese_and_none_is_left_over() {
        let mut all = Vec::new();
        texts(&Cli::command(), &mut all);
        for text in &all {
            assert!(TEXTS.iter().any(|(english, _)| english == text), "{text:?}");
        }
        for (english, _) in TEXTS {
            assert!(
                all.iter().any(|text| text == english),
                "left over: {english:?}"
            );
        }
    }

    #[test]
    fn portuguese_help_has_portuguese_headings_down_to_subcommands() {
        for args in [&["ponte", "--help"][..], &["ponte", "key", "create", "-h"]] {
            let told = command(Lang::Pt).try_get_matches_from(args).unwrap_err();
            assert_eq!(told.kind(), clap::error::ErrorKind::DisplayHelp);
            let text = told.to_string();
            assert!(
                text.contains("Uso: ponte") && text.contains("Opções:"),
                "{text}"
            );
            assert!(text.contains("Mostra esta ajuda"), "{text}");
            assert!(
                !text.contains("Usage:") && !text.contains("Options:"),
                "{text}"
            );
        }
    }

    #[test]
    fn both_languages_are_sound_commands_that_read_alike() {
        for lang in [Lang::En, Lang::Pt] {
            command(lang).debug_assert();
            let args = ["ponte", "serve", "--demo", "--data", "x"];
            assert!(command(lang).try_get_matches_from(args).is_ok());
        }
    }
}
