//! Where the binary begins: hands the machine's arguments, variables and streams to `cli`.
//!
//! In: the process. Out: its exit code. Absent on purpose: everything else, so that tests can run any
//! command with arguments and variables of their own. Next: `cli/mod.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let vars = |name: &str| std::env::var(name).ok();
    let code = ponte::cli::run(
        std::env::args_os(),
        &vars,
        &mut std::io::stdout(),
        &mut std::io::stderr(),
    );
    ExitCode::from(code)
}
