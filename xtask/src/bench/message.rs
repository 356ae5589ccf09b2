//! The deliveries that the load generator posts, and what can be read back from an answer.
//!
//! In: a running number. Out: a signed webhook request with one text message `eco mNUMBER` from one
//! of many customers, its `wamid` unique; and the number found again in the answer that Graph gets.
//! Numbers belong to a connection, and a customer to one connection, so the order within a
//! conversation is known. Absent: anything of the product's own encoders; this is a second opinion.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The demo's fixed values.
pub(crate) const NUMBER_ID: &str = "100000000000001";
pub(crate) const ACCOUNT_ID: &str = "200000000000001";
pub(crate) const APP_SECRET: &str = "demo-app-secret";

/// Customers that a connection writes for in turn, so that many conversations are open at once.
pub(crate) const POOL: u64 = 32;
/// Messages before a pool is left for a new one: below the 45 that one pair may burst.
const PER_CUSTOMER: u64 = 40;

/// How numbers are dealt: `lanes` connections, message `n` of lane `l` is number `n * lanes + l`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deal {
    pub(crate) lanes: u64,
    /// Customers of one lane; few, and each writes often while an answer of theirs is still open.
    pub(crate) pool: u64,
    /// Part of every wamid, so that two runs on one database never repeat one.
    pub(crate) run: u64,
}

impl Deal {
    pub(crate) fn number(self, lane: u64, n: u64) -> u64 {
        n * self.lanes + lane
    }

    /// The customer who writes message `number`: a Brazilian mobile number of nobody.
    pub(crate) fn customer(self, number: u64) -> u64 {
        let (lane, n) = (number % self.lanes, number / self.lanes);
        let pool = n / (self.pool * PER_CUSTOMER);
        let index = (pool * self.pool + n % self.pool) * self.lanes + lane;
        5_511_900_000_000 + (index + self.run * 7_919) % 99_999_999
    }

    /// The whole HTTP request, signed.
    pub(crate) fn request(self, number: u64, host: &str) -> Vec<u8> {
        frame(&self.body(number), host)
    }

    pub(crate) fn body(self, number: u64) -> String {
        let customer = self.customer(number);
        let (run, at) = (self.run, wall_seconds());
        format!(
            concat!(
                r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{account}","changes":[{{"#,
                r#""value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"551140000001","phone_number_id":"{id}"}},"#,
                r#""contacts":[{{"profile":{{"name":"Cliente"}},"wa_id":"{customer}","user_id":"BR.{customer}"}}],"#,
                r#""messages":[{{"from":"{customer}","from_user_id":"BR.{customer}","id":"wamid.LOAD{run:x}.{number:x}","timestamp":"{at}","#,
                r#""text":{{"body":"eco m{number}"}},"type":"text"}}]}},"field":"messages"}}]}}]}}"#
            ),
            account = ACCOUNT_ID,
            id = NUMBER_ID,
            customer = customer,
            run = run,
            number = number,
            at = at,
        )
    }
}

/// A status webhook that proves a message sent, as Meta would post it, with the sender's own tag.
pub(crate) fn status_request(wamid: &str, tag: &str, to: &str, host: &str) -> Vec<u8> {
    let body = format!(
        concat!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{account}","changes":[{{"#,
            r#""value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"551140000001","phone_number_id":"{id}"}},"#,
            r#""statuses":[{{"id":"{wamid}","status":"sent","timestamp":"{at}","recipient_id":"{to}","biz_opaque_callback_data":"{tag}"}}]}},"#,
            r#""field":"messages"}}]}}]}}"#
        ),
        account = ACCOUNT_ID,
        id = NUMBER_ID,
        wamid = wamid,
        to = to.trim_start_matches('+'),
        tag = tag,
        at = wall_seconds(),
    );
    frame(&body, host)
}

/// The provider's clock: an old message would find its window closed, as it should.
fn wall_seconds() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |n| n.as_secs())
}

fn frame(body: &str, host: &str) -> Vec<u8> {
    let mut request = format!(
        "POST /webhooks/whatsapp HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256={}\r\nContent-Length: {}\r\n\r\n",
        sign(body.as_bytes()),
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body.as_bytes());
    request
}

/// The signature that Meta would put into the header.
pub(crate) fn sign(body: &[u8]) -> String {
    hex::encode(mac(body).finalize().into_bytes())
}

/// Whether a header's value signs the body.
pub(crate) fn verifies(body: &[u8], header: &str) -> bool {
    let given = header
        .strip_prefix("sha256=")
        .and_then(|h| hex::decode(h).ok());
    given.is_some_and(|g| mac(body).verify_slice(&g).is_ok())
}

fn mac(body: &[u8]) -> Hmac<Sha256> {
    let key = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes());
    let mut mac = key.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(body);
    mac
}

/// The value of a string member, found by its name: enough for flat members without escapes.
pub(crate) fn member<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let at = body.find(&format!("\"{name}\":"))? + name.len() + 3;
    let rest = body[at..].trim_start().strip_prefix('"')?;
    rest.split('"').next()
}

/// The number that an answer echoes: its text is exactly `mNUMBER`.
pub(crate) fn echoed(body: &str) -> Option<u64> {
    member(body, "body")?.strip_prefix('m')?.parse().ok()
}

/// The number in a delivery of ours, as the echoing limit server reads it.
pub(crate) fn asked(body: &str) -> Option<u64> {
    member(body, "body")?.strip_prefix("eco m")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEAL: Deal = Deal {
        lanes: 8,
        pool: POOL,
        run: 3,
    };

    #[test]
    fn a_delivery_is_json_with_the_number_and_its_customer() {
        let body = DEAL.body(17);
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        let message = &json["entry"][0]["changes"][0]["value"]["messages"][0];
        assert_eq!(message["text"]["body"], "eco m17");
        assert_eq!(message["from"], DEAL.customer(17).to_string());
        assert_eq!(asked(&body), Some(17));
    }

    #[test]
    fn the_signature_is_the_one_meta_documents() {
        assert!(verifies(b"{}", &format!("sha256={}", sign(b"{}"))));
        assert!(!verifies(b"{ }", &format!("sha256={}", sign(b"{}"))));
        assert!(!verifies(b"{}", "sha256=zz") && !verifies(b"{}", ""));
    }

    #[test]
    fn a_customer_writes_on_one_lane_and_never_too_often() {
        let mut seen = std::collections::BTreeMap::<u64, (u64, u64)>::new();
        for number in 0..40_000 {
            let entry = seen.entry(DEAL.customer(number)).or_insert((number % 8, 0));
            assert_eq!(entry.0, number % 8);
            entry.1 += 1;
        }
        assert!(seen.values().all(|(_, count)| *count <= PER_CUSTOMER));
    }

    #[test]
    fn members_are_found_with_and_without_spaces() {
        assert_eq!(echoed(r#"{"text":{"body":"m12"},"to":"+55"}"#), Some(12));
        assert_eq!(member(r#"{"to": "+55"}"#, "to"), Some("+55"));
        assert_eq!(echoed(r#"{"status":"read"}"#), None);
        assert_eq!(echoed(r#"{"text":{"body":"eco m12"}}"#), None);
    }
}
