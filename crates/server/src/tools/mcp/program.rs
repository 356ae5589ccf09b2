//! An MCP server that is a program of this machine: started for one exchange, spoken to over its pipes.
//!
//! In: messages, one per line. Out: answers. The program gets the path and the variables that its settings
//! name, and nothing of ours: no secret of this process stands in its environment. It is killed when the
//! exchange is over, or its time. Absent: a sandbox; the operator has allowed the whole command line.

use super::{McpError, heard};
use crate::env::Clock;
use crate::tools::Tools;
use ponte_core::time::Time;
use ponte_tools::mcp::{MESSAGE_MAX_BYTES, Request};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::OwnedSemaphorePermit;

/// Variables without which most programs don't start.
const PASSED: [&str; 3] = ["PATH", "HOME", "LANG"];
/// Lines that are no answer, before it is given up: a program that chatters.
const LINES_MAX: usize = 10_000;

/// A program that runs.
pub(super) struct Program {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    clock: Arc<Clock>,
    deadline: Time,
    /// Killed with this value.
    _child: Child,
    _place: OwnedSemaphorePermit,
}

impl Program {
    pub(super) fn start(
        tools: &Tools,
        command: &[String],
        env: &BTreeMap<String, String>,
        deadline: Time,
        place: OwnedSemaphorePermit,
    ) -> Result<Program, McpError> {
        let (program, arguments) = command.split_first().ok_or(McpError::NotAllowed)?;
        let mut child = Command::new(program);
        child
            .args(arguments)
            .env_clear()
            .envs(
                PASSED
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .envs(env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = child
            .spawn()
            .map_err(|why| McpError::NotSent(why.to_string()))?;
        let pipes = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = pipes else {
            return Err(McpError::NotSent("no pipes".into()));
        };
        Ok(Program {
            input,
            output: BufReader::new(output),
            clock: Arc::clone(&tools.env.clock),
            deadline,
            _child: child,
            _place: place,
        })
    }

    pub(super) async fn ask(&mut self, request: &Request) -> Result<Value, McpError> {
        let left = (self.deadline - self.clock.now()).as_micros();
        let left = Duration::from_micros(u64::try_from(left).unwrap_or(0));
        let answered = tokio::time::timeout(left, self.answer(request));
        let late = Err(McpError::Broken("no answer in time".into()));
        answered.await.unwrap_or(late)
    }

    async fn answer(&mut self, request: &Request) -> Result<Value, McpError> {
        self.tell(&request.message).await?;
        for _ in 0..LINES_MAX {
            let line = self.line().await?;
            let Ok(message) = serde_json::from_slice::<Value>(&line) else {
                continue;
            };
            let (answer, reply) = heard(&message, request.id);
            if let Some(answer) = answer {
                return answer;
            }
            if let Some(reply) = reply {
                self.tell(&reply).await?;
            }
        }
        Err(McpError::Broken("lines without an answer".into()))
    }

    async fn line(&mut self) -> Result<Vec<u8>, McpError> {
        let most = u64::try_from(MESSAGE_MAX_BYTES).unwrap_or(u64::MAX);
        let mut line = Vec::new();
        let mut limited = (&mut self.output).take(most);
        let read = limited.read_until(b'\n', &mut line).await;
        read.map_err(|why| McpError::Broken(why.to_string()))?;
        if line.last() == Some(&b'\n') {
            return Ok(line);
        }
        let why = if line.len() >= MESSAGE_MAX_BYTES {
            "a message that is too large"
        } else {
            "the program ended"
        };
        Err(McpError::Broken(why.into()))
    }

    pub(super) async fn tell(&mut self, message: &Value) -> Result<(), McpError> {
        let broken = |why: std::io::Error| McpError::Broken(why.to_string());
        let line = format!("{message}\n");
        self.input
            .write_all(line.as_bytes())
            .await
            .map_err(broken)?;
        self.input.flush().await.map_err(broken)
    }
}
