//! The customers of a campaign: they write through the simulator, at a steady pace, on a thread.
//!
//! In: the simulator's address. Out: questions said, each a text of its own. A pair may burst 45
//! messages, so customers take turns and make room for new ones. Absent: judging.

use super::judge::question;
use crate::process::request;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const CUSTOMERS: usize = 12;
/// Questions of one customer before a new one takes the place.
const QUESTIONS_EACH: usize = 30;

pub(crate) struct People {
    stop: Arc<AtomicBool>,
    said: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl People {
    pub(crate) fn start(simulator: SocketAddr, per_second: f64) -> People {
        let stop = Arc::new(AtomicBool::new(false));
        let said = Arc::new(AtomicUsize::new(0));
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&said));
        let thread = std::thread::spawn(move || talk(simulator, per_second, &stopped, &count));
        People {
            stop,
            said,
            thread: Some(thread),
        }
    }

    pub(crate) fn said(&self) -> usize {
        self.said.load(Ordering::Relaxed)
    }

    /// Ends the talk; what went wrong on the way.
    pub(crate) fn finish(mut self) -> Result<usize, String> {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().map_err(|_| "the people panicked")??;
        }
        Ok(self.said())
    }
}

fn talk(
    simulator: SocketAddr,
    per_second: f64,
    stop: &AtomicBool,
    said: &AtomicUsize,
) -> Result<(), String> {
    let mut customers = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let n = said.load(Ordering::Relaxed);
        if customers.len() < CUSTOMERS || n.is_multiple_of(QUESTIONS_EACH) {
            let fresh = customer(simulator, n)?;
            if customers.len() == CUSTOMERS {
                customers.remove(0);
            }
            customers.push(fresh);
        }
        let who = customers[n % customers.len()];
        let path = format!("/simulator/api/customers/{who}/messages");
        post(
            simulator,
            &path,
            &json!({"type": "text", "body": question(n)}),
        )?;
        said.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_secs_f64(1.0 / per_second));
    }
    Ok(())
}

fn customer(simulator: SocketAddr, n: usize) -> Result<u64, String> {
    let phone = format!("+55119{:08}", 10_000_000 + n);
    let profile = json!({"name": format!("Cliente {n}"), "phone": phone});
    let made = post(simulator, "/simulator/api/customers", &profile)?;
    made["id"]
        .as_u64()
        .ok_or_else(|| format!("a customer without id: {made}"))
}

/// A deed in the simulator.
pub(crate) fn post(simulator: SocketAddr, path: &str, body: &Value) -> Result<Value, String> {
    let (status, text) = request(simulator, "POST", path, &body.to_string())?;
    if !(200..300).contains(&status) {
        return Err(format!("{path}: {status} {text}"));
    }
    serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))
}
