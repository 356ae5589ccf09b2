//! How many API calls a second one hosted simulator answers: `cargo run --release -p ponte-sim --example load`.
//!
//! In: nothing. Out: one line with the rate over a few seconds, from 16 keep-alive connections that each send
//! a text and wait for the answer, with statuses and their webhooks switched off. The host runs on a thread of
//! its own, so that the figure is that of one core. Deliberately absent: percentiles; the project's bench has
//! a real load generator.

use ponte_sim::{Cloud, CloudConfig, CustomerMessage, CustomerProfile, Host, HostOptions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 16;
const TIME: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (told, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || serve(&told));
    let address = address.recv()?;
    let started = Instant::now();
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| std::thread::spawn(move || call(address).unwrap_or(0)))
        .collect();
    let calls: u64 = workers
        .into_iter()
        .map(|worker| worker.join().unwrap_or(0))
        .sum();
    let rate = calls as f64 / started.elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "{rate:.0} calls a second")?;
    Ok(())
}

fn serve(told: &std::sync::mpsc::Sender<SocketAddr>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return;
    };
    runtime.block_on(async {
        let mut config = CloudConfig::unlimited();
        config.webhook_url = None;
        config.statuses.sent_us = None;
        config.ledger_limit = 10_000;
        let number = config.numbers[0].phone_number_id.clone();
        let mut cloud = Cloud::new(config, 1);
        let ana = cloud.customer(CustomerProfile::new("Ana", "+5511987654321"));
        let Ok(host) = Host::start(cloud, HostOptions::default()).await else {
            return;
        };
        host.with(|cloud, now| {
            cloud.customer_sends(now, ana, &number, CustomerMessage::text("oi"))
        });
        if told.send(host.address()).is_ok() {
            tokio::time::sleep(TIME * 4).await;
        }
    });
}

fn call(address: SocketAddr) -> std::io::Result<u64> {
    let body = r#"{"messaging_product":"whatsapp","to":"+5511987654321","type":"text","text":{"body":"hello"}}"#;
    let request = format!(
        "POST /v26.0/100000000000001/messages HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer demo-access-token\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut buffer = [0u8; 4096];
    let started = Instant::now();
    let mut calls = 0;
    while started.elapsed() < TIME {
        stream.write_all(request.as_bytes())?;
        // The answer is small enough to arrive at once.
        let read = stream.read(&mut buffer)?;
        if !buffer[..read].starts_with(b"HTTP/1.1 200") {
            return Err(std::io::Error::other("refused"));
        }
        calls += 1;
    }
    Ok(calls)
}
