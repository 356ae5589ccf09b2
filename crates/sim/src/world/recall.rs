//! What a world remembers of a time before it: old lines of a chat, and when the customer last wrote.
//!
//! In: lines that somebody kept while the world was not there. Out: phones that show them, and the window as
//! it would stand. Deliberately absent: webhooks, prices and the ledger; nothing of this happens now.
//! Next: `chat.rs`.

use crate::cloud::Cloud;
use crate::world::chat::{Message, Side};
use crate::world::content::Rendered;
use crate::world::people::CustomerId;
use serde_json::{Map, json};

/// An old line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    /// The message's id, as the business knows it.
    pub id: String,
    /// When it was written.
    pub at: i64,
    /// Who wrote it.
    pub side: Side,
    /// What it said.
    pub text: String,
}

impl Cloud {
    /// Puts old lines into a chat, oldest first, and opens its window from the customer's last message.
    pub fn recall(
        &mut self,
        phone_number_id: &str,
        customer: CustomerId,
        last_wrote: Option<i64>,
        lines: &[Recalled],
    ) {
        let Some(number) = self.number_index(phone_number_id) else {
            return;
        };
        if let Some(at) = last_wrote {
            self.chats.chat(number, customer).window.open(at);
        }
        for line in lines {
            let rendered = Rendered {
                kind: "text".into(),
                value: json!({"body": line.text}),
                beside: Map::new(),
                text: line.text.clone(),
            };
            let (at, id) = (line.at, &line.id);
            let message = Message::said(at, number, customer, id, &rendered, line.side, None);
            self.chats.add(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CloudConfig;
    use crate::time::{DAY, HOUR};
    use crate::world::people::CustomerProfile;

    const NUMBER: &str = "100000000000001";

    #[test]
    fn a_recalled_chat_shows_its_lines_and_window_and_tells_nobody() {
        let mut cloud = Cloud::new(CloudConfig::demo(), 1);
        let ana = cloud.customer(CustomerProfile::new("Ana", "5511988880001"));
        let line = |id: &str, side, text: &str| Recalled {
            id: id.into(),
            at: 10 * HOUR,
            side,
            text: text.into(),
        };
        let lines = [
            line("wamid.a", Side::Customer, "Oi"),
            line("wamid.b", Side::Api, "Bom dia"),
        ];
        cloud.recall(NUMBER, ana, Some(10 * HOUR), &lines);
        let texts: Vec<_> = cloud
            .chat(NUMBER, ana)
            .iter()
            .map(|line| line["text"].clone())
            .collect();
        assert_eq!(texts, ["Oi", "Bom dia"]);
        assert_eq!(cloud.window_until(NUMBER, ana), Some(10 * HOUR + DAY));
        assert_eq!((cloud.planned(), cloud.next_due()), (0, None));
    }

    #[test]
    fn without_a_last_message_the_window_stays_closed() {
        let mut cloud = Cloud::new(CloudConfig::demo(), 1);
        let ana = cloud.customer(CustomerProfile::new("Ana", "5511988880001"));
        cloud.recall(NUMBER, ana, None, &[]);
        assert_eq!(cloud.window_until(NUMBER, ana), None);
    }
}
