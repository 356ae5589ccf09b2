//! The door of the Graph API and every fault of calls. Next: `mod.rs`.

use super::*;
use crate::testing::{
    ACCOUNT, ANA, NUMBER, START, TOKEN, answer_all, ask_text, get, open_world, post, text,
};
use crate::time::{DAY, MINUTE};
use crate::{Arming, CustomerMessage};

#[test]
fn the_version_in_the_path_is_optional_old_is_served_and_future_refused() {
    let (mut cloud, _) = open_world();
    for path in ["", "/v26.0", "/v21.0", "/v13.0"] {
        assert_eq!(
            get(&mut cloud, START, &format!("{path}/{NUMBER}")).status,
            200,
            "{path}"
        );
    }
    assert_eq!(
        get(&mut cloud, START, &format!("/v27.0/{NUMBER}")).code(),
        Some(2500)
    );
    assert_eq!(get(&mut cloud, START, "/v26.0").code(), Some(2500));
}

#[test]
fn nothing_opens_without_the_right_token() {
    let (mut cloud, _) = open_world();
    let mut request = ask_text(ANA, "olá");
    request.headers.clear();
    let reply = cloud.http(START, request);
    assert_eq!((reply.status, reply.code()), (401, Some(190)));
    assert_eq!(
        cloud
            .http(START, ApiRequest::get(&format!("/{NUMBER}"), "wrong"))
            .code(),
        Some(190)
    );
    cloud.revoke_token(true);
    assert_eq!(
        get(&mut cloud, START, &format!("/{NUMBER}")).code(),
        Some(190)
    );
    cloud.revoke_token(false);
    assert_eq!(get(&mut cloud, START, &format!("/{NUMBER}")).status, 200);
}

#[test]
fn a_token_may_stand_in_the_query() {
    let (mut cloud, _) = open_world();
    let request = ApiRequest {
        method: "GET".into(),
        path: format!("/{NUMBER}"),
        query: format!("access_token={TOKEN}"),
        ..ApiRequest::default()
    };
    assert_eq!(cloud.http(START, request).status, 200);
}

#[test]
fn unknown_objects_are_100_with_subcode_33() {
    let (mut cloud, _) = open_world();
    for path in [
        "/999",
        "/999/messages",
        &format!("/{NUMBER}/nothing"),
        &format!("/{ACCOUNT}/nothing"),
    ] {
        let value = get(&mut cloud, START, path).value();
        assert_eq!(value["error"]["code"], 100, "{path}");
        assert_eq!(value["error"]["error_subcode"], 33, "{path}");
        assert!(
            value["error"]["fbtrace_id"]
                .as_str()
                .unwrap()
                .starts_with('A')
        );
    }
    let send = post(
        &mut cloud,
        START,
        "/999/messages",
        json!({"messaging_product": "whatsapp"}),
    );
    assert_eq!(send.code(), Some(100));
    assert_eq!(cloud.ledger().refused().next_back().unwrap().number, "999");
}

#[test]
fn a_body_must_be_a_json_object() {
    let (mut cloud, _) = open_world();
    for body in ["{", "[]", "3", "\u{0}"] {
        let mut request = ask_text(ANA, "x");
        request.body = body.as_bytes().to_vec();
        assert_eq!(cloud.http(START, request).code(), Some(100), "{body:?}");
    }
}

#[test]
fn the_token_can_be_looked_at() {
    let (mut cloud, _) = open_world();
    let app = "300000000000001|demo-app-secret";
    let ask = |input: &str| ApiRequest::get(&format!("/debug_token?input_token={input}"), app);
    let good = cloud.http(START, ask(TOKEN)).value();
    assert_eq!(
        (&good["data"]["is_valid"], &good["data"]["app_id"]),
        (&json!(true), &json!("300000000000001"))
    );
    assert_eq!(
        cloud.http(START, ask("other")).value()["data"]["is_valid"],
        false
    );
    assert_eq!(
        cloud
            .http(START, ApiRequest::get(&format!("/{NUMBER}"), app))
            .code(),
        Some(190),
        "good for nothing else"
    );
}

#[test]
fn calls_are_logged_with_status_code_and_faults() {
    let (mut cloud, _) = open_world();
    cloud.faults().next(Fault::Throttle130429, 1);
    cloud.http(START, ask_text(ANA, "um"));
    cloud.http(START, ask_text(ANA, "dois"));
    let calls: Vec<_> = cloud.ledger().calls().collect();
    assert_eq!(calls[0].call, format!("POST /{NUMBER}/messages"));
    assert_eq!(
        (calls[0].status, calls[0].code, calls[0].faults.clone()),
        (400, Some(130429), vec!["throttle-130429"])
    );
    assert_eq!(
        (calls[1].status, calls[1].code, calls[1].faults.len()),
        (200, None, 0)
    );
}

/// A send under one fault: the reply, whether it was accepted, and how many.
fn under(fault: Fault) -> (Cloud, ApiReply, u64) {
    let (mut cloud, _) = open_world();
    cloud.faults().next(fault, 1);
    let reply = cloud.http(START, ask_text(ANA, "olá"));
    let accepted = cloud.ledger().accepted_total();
    assert_eq!(cloud.faults().struck(fault), 1, "{fault}");
    assert_eq!(
        cloud.http(START, ask_text(ANA, "de novo")).status,
        200,
        "{fault} strikes once"
    );
    (cloud, reply, accepted)
}

#[test]
fn refusing_faults_refuse_with_their_code_and_accept_nothing() {
    for (fault, code, status) in [
        (Fault::Throttle130429, 130429, 400),
        (Fault::Pair131056, 131056, 400),
        (Fault::WindowClosed131047, 131047, 400),
        (Fault::Maintenance131057, 131057, 400),
        (Fault::TokenExpired190, 190, 401),
        (Fault::AppRate4, 4, 429),
        (Fault::AppRate80007, 80007, 400),
        (Fault::Api5xxRefused, 131016, 503),
    ] {
        let (cloud, reply, accepted) = under(fault);
        assert_eq!(
            (reply.code(), reply.status, accepted),
            (Some(code), status, 0),
            "{fault}"
        );
        assert_eq!(reply.cut, Cut::None);
        assert_eq!(
            u64::from(cloud.ledger().refused().next().unwrap().code),
            code,
            "{fault}"
        );
    }
}

#[test]
fn a_paused_template_strikes_templates_only() {
    let (mut cloud, _) = open_world();
    cloud.faults().next(Fault::TemplatePaused132015, 1);
    assert_eq!(cloud.http(START, ask_text(ANA, "olá")).status, 200);
    let body = json!({"messaging_product": "whatsapp", "to": ANA, "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    let path = format!("/{NUMBER}/messages");
    assert_eq!(
        post(&mut cloud, START, &path, body.clone()).code(),
        Some(132015)
    );
    assert_eq!(cloud.faults().struck(Fault::TemplatePaused132015), 1);
    assert_eq!(post(&mut cloud, START, &path, body).status, 200);
}

#[test]
fn faults_before_acceptance_leave_no_trace_in_the_world() {
    for (fault, cut) in [
        (Fault::ConnectionRefused, Cut::BeforeRequest),
        (Fault::CutBeforeAccept, Cut::BeforeAccept),
        (Fault::ApiHang, Cut::Never),
    ] {
        let (_, reply, accepted) = under(fault);
        assert_eq!((reply.cut, accepted), (cut, 0), "{fault}");
        assert!(reply.body.is_empty());
    }
}

#[test]
fn faults_after_acceptance_lose_the_answer_and_not_the_message() {
    for (fault, cut) in [
        (Fault::ApiTimeoutAfterAccept, Cut::Never),
        (Fault::CutAfterAccept, Cut::AfterAccept),
        (Fault::CutMidBody, Cut::MidBody),
    ] {
        let (mut cloud, reply, accepted) = under(fault);
        assert_eq!((reply.cut, accepted), (cut, 1), "{fault}");
        let wamid = cloud.ledger().accepted().next().unwrap().wamid.clone();
        let posted = answer_all(&mut cloud, START + MINUTE);
        assert!(
            posted
                .iter()
                .any(|change| change["value"]["statuses"][0]["id"] == json!(wamid)),
            "{fault}"
        );
    }
}

#[test]
fn a_500_may_hide_an_accepted_message() {
    let (_, reply, accepted) = under(Fault::Api5xxAccepted);
    assert_eq!(
        (reply.status, reply.code(), accepted),
        (500, Some(131000), 1)
    );
    assert_eq!(reply.wamid(), None);
}

#[test]
fn an_answer_may_come_without_an_id() {
    let (_, reply, accepted) = under(Fault::AnswerWithoutId);
    assert_eq!((reply.status, reply.wamid(), accepted), (200, None, 1));
    assert_eq!(reply.value()["contacts"][0]["input"], ANA);
}

#[test]
fn a_proxy_may_send_the_same_message_twice() {
    let (cloud, reply, accepted) = under(Fault::DuplicatedByProxy);
    assert_eq!(accepted, 2);
    let wamids: Vec<&String> = cloud
        .ledger()
        .accepted()
        .map(|entry| &entry.wamid)
        .collect();
    assert_eq!(
        reply.wamid().as_ref(),
        Some(wamids[1]),
        "the answer is that of the second"
    );
    assert_ne!(wamids[0], wamids[1]);
}

#[test]
fn a_slow_answer_is_delayed_by_seconds() {
    let (_, reply, accepted) = under(Fault::SlowApi);
    assert!((2 * SECOND..=8 * SECOND).contains(&reply.delay_us));
    assert_eq!((reply.status, accepted), (200, 1));
}

#[test]
fn an_api_message_may_be_echoed_like_one_from_the_phone() {
    let (mut cloud, reply, _) = under(Fault::EchoOfApiMessage);
    let changes = answer_all(&mut cloud, START);
    assert_eq!(changes[0]["field"], "smb_message_echoes");
    assert_eq!(
        Some(text(&changes[0]["value"]["message_echoes"][0]["id"])),
        reply.wamid()
    );
    assert!(
        cloud.ledger().echoes().is_empty(),
        "nobody wrote it on the phone"
    );
}

#[test]
fn faults_of_sends_do_not_strike_other_calls() {
    let (mut cloud, ana) = open_world();
    let wamid = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    for fault in [
        Fault::ApiHang,
        Fault::ConnectionRefused,
        Fault::Throttle130429,
        Fault::CutMidBody,
        Fault::Api5xxAccepted,
    ] {
        cloud.faults().always(fault);
    }
    assert_eq!(get(&mut cloud, START, &format!("/{NUMBER}")).status, 200);
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": wamid});
    assert_eq!(
        post(&mut cloud, START, &format!("/{NUMBER}/messages"), read).status,
        200
    );
    assert_eq!(
        get(&mut cloud, START, &format!("/{NUMBER}/message_history")).status,
        200
    );
    assert_eq!(cloud.faults().struck(Fault::ApiHang), 0);
}

#[test]
fn faults_of_every_call_strike_management_too() {
    for (fault, code) in [
        (Fault::AppRate4, 4),
        (Fault::AppRate80007, 80007),
        (Fault::TokenExpired190, 190),
    ] {
        let (mut cloud, _) = open_world();
        cloud.faults().next(fault, 1);
        assert_eq!(
            get(&mut cloud, START, &format!("/{ACCOUNT}/message_templates")).code(),
            Some(code)
        );
        assert_eq!(
            get(&mut cloud, START, &format!("/{ACCOUNT}/message_templates")).status,
            200
        );
    }
}

/// One busy day in which every fault has its occasion.
#[test]
fn every_fault_strikes_and_is_counted() {
    for fault in Fault::ALL {
        let (mut cloud, ana) = open_world();
        cloud.faults().arm(*fault, Arming::Always);
        let template = json!({"messaging_product": "whatsapp", "to": ANA, "type": "template",
            "template": {"name": "hello_world", "language": {"code": "en_US"}}});
        for turn in 0..3 {
            let now = START + turn * MINUTE;
            cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("oi"));
            cloud.owner_sends(now, NUMBER, ana, crate::OwnerMessage::text("olá"));
            cloud.http(now, ask_text(ANA, "olá"));
            post(
                &mut cloud,
                now,
                &format!("/{NUMBER}/messages"),
                template.clone(),
            );
            get(&mut cloud, now, &format!("/{NUMBER}/message_history"));
            answer_all(&mut cloud, now + MINUTE);
        }
        let struck = cloud.faults().struck(*fault);
        assert!(struck >= 3, "{fault} struck {struck} times");
        cloud.faults().calm();
        answer_all(&mut cloud, START + 30 * DAY);
        assert_eq!(
            (cloud.planned(), cloud.unanswered()),
            (0, 0),
            "{fault} left something behind"
        );
        assert_eq!(
            cloud.faults().struck(*fault),
            struck,
            "{fault} struck after it was disarmed"
        );
    }
}
