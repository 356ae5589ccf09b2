//! Asks what time it is, while the machine's clock is in doubt.
//!
//! In: the clock, and any number with a token. Out: one small question to the provider every
//! [`ASK`], whose date settles the doubt, so that timers don't wait for a message to be sent that
//! itself waits for a timer. Absent: what a date proves (`env/clock.rs`). Next: [`super::run`].

use super::App;
use crate::graph::Request;
use ponte_core::time::Span;

/// While in doubt it is asked this often; doubt ends by itself soon after.
const ASK: Span = Span::secs(30);
/// The clock is looked at this often: it costs nothing.
const LOOK: Span = Span::secs(5);
/// A question may take this long.
const PATIENCE: Span = Span::secs(10);

/// Never ends; drop it to end it.
pub async fn settle(app: App) {
    let clock = &app.env.clock;
    loop {
        clock.sleep(LOOK).await;
        if !clock.is_suspect() {
            continue;
        }
        tracing::warn!(
            "the machine's clock moved: timers wait until the provider says what time it is"
        );
        ask(&app).await;
        if clock.is_suspect() {
            clock.sleep(ASK).await;
        }
    }
}

/// Any answer has a date, also a refusal.
async fn ask(app: &App) {
    let numbers = app.settings.now();
    let asked = numbers.all().find_map(|(id, number)| {
        let token = app.secrets.token(*id)?;
        Some((app.path(&number.channel.number), token))
    });
    if let Some((path, token)) = asked {
        let deadline = app.env.clock.now() + PATIENCE;
        let path = format!("{path}?fields=id");
        let _any = app.env.call(Request::get(path, token, deadline)).await;
    }
}
