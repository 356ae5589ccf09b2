//! Read marks and "typing…": asked for, perhaps done, never in the way of a message.
//!
//! In: the id of a customer's message. Out: one call, without retry, whose answer nobody reads.
//! Repeating or losing one changes nothing that matters. Absent: durability. Next: [`super`].

use crate::app::App;
use crate::graph::Request;
use crate::settings::Number;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use ponte_core::time::Span;
use ponte_wire::{encode, graph};

/// Marks under way; further ones are left out.
const AT_ONCE: usize = 4;
/// After this long nobody cares any more.
const WITHIN: Span = Span::secs(5);

/// The marks of one number.
pub struct Marks {
    app: App,
    under_way: FuturesUnordered<BoxFuture<'static, ()>>,
}

impl Marks {
    #[must_use]
    pub fn new(app: App) -> Marks {
        Marks {
            app,
            under_way: FuturesUnordered::new(),
        }
    }

    /// Marks a message as read, if there is room.
    pub fn ask(&mut self, number: &Number, wamid: String, typing: bool) {
        let token = self.app.secrets.token(number.channel.id);
        let Some(token) = token.filter(|_| self.under_way.len() < AT_ONCE) else {
            return;
        };
        let body = encode::read(&wamid, typing).to_string();
        let path = self.app.path(&graph::messages_path(&number.channel.number));
        let deadline = self.app.env.clock.now() + WITHIN;
        let request = Request::post(path, token, body, deadline);
        let env = self.app.env.clone();
        self.under_way.push(Box::pin(async move {
            let _answer = env.call(request).await;
        }));
    }

    /// Lets the marks go on; never ends while none is under way.
    pub async fn drive(&mut self) {
        if self.under_way.next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
