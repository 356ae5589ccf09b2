//! Files: up, looked at, down, gone. Next: `media.rs`.

use super::*;
use crate::CustomerMessage;
use crate::testing::{ANA, NUMBER, START, TOKEN, answer_all, ask_kind, get, open_world, world};

fn form(fields: &[(&str, &str)], mime: &str, bytes: &[u8]) -> ApiRequest {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .as_bytes(),
        );
    }
    body.extend_from_slice(
        format!("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: {mime}\r\n\r\n").as_bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--B--\r\n");
    let mut request = ApiRequest::get(&format!("/{NUMBER}/media"), TOKEN);
    request.method = "POST".into();
    request.headers.push((
        "Content-Type".into(),
        "multipart/form-data; boundary=B".into(),
    ));
    request.body = body;
    request
}

fn upload(cloud: &mut Cloud, mime: &str, bytes: &[u8]) -> ApiReply {
    cloud.http(
        START,
        form(
            &[("messaging_product", "whatsapp"), ("type", mime)],
            mime,
            bytes,
        ),
    )
}

/// The path of a download link.
fn path_of(url: &str) -> String {
    url.trim_start_matches("https://lookaside.fbsbx.com")
        .to_owned()
}

#[test]
fn what_goes_up_comes_down_byte_for_byte() {
    let (mut cloud, _) = open_world();
    let bytes = [0u8, 13, 10, 45, 45, 67, 255];
    let id = upload(&mut cloud, "image/png", &bytes).value()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let looked = get(
        &mut cloud,
        START,
        &format!("/v26.0/{id}?phone_number_id={NUMBER}"),
    )
    .value();
    assert_eq!(
        (&looked["mime_type"], &looked["file_size"], &looked["id"]),
        (&json!("image/png"), &json!(7), &json!(id))
    );
    assert_eq!(looked["sha256"], json!(hex::encode(Sha256::digest(bytes))));
    let down = get(&mut cloud, START, &path_of(looked["url"].as_str().unwrap()));
    assert_eq!((down.status, down.body), (200, bytes.to_vec()));
    assert_eq!(
        down.headers,
        [("Content-Type".to_owned(), "image/png".to_owned())]
    );
    assert_eq!(
        cloud
            .http(START, ask_kind(ANA, "image", json!({"id": id})))
            .status,
        200
    );
}

#[test]
fn a_link_lives_five_minutes_and_needs_the_token() {
    let (mut cloud, _) = open_world();
    let id = upload(&mut cloud, "image/png", b"x").value()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let url = get(&mut cloud, START, &format!("/{id}")).value()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = path_of(&url);
    assert_eq!(get(&mut cloud, START + 5 * MINUTE - 1, &path).status, 200);
    assert_eq!(get(&mut cloud, START + 5 * MINUTE, &path).status, 404);
    assert_eq!(
        cloud.http(START, ApiRequest::get(&path, "wrong")).status,
        401
    );
    assert_eq!(
        get(&mut cloud, START, &path.replace("hash=", "hash=x")).status,
        404
    );
    assert!(url.contains(&format!("ext={}", START / SECOND + 300)));
}

#[test]
fn uploads_live_30_days_and_webhook_files_7() {
    let (mut cloud, ana) = open_world();
    let up = upload(&mut cloud, "image/png", b"x").value()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::image("foto"));
    let changes = answer_all(&mut cloud, START);
    let down = changes[0]["value"]["messages"][0]["image"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let alive =
        |cloud: &mut Cloud, id: &str, at: i64| get(cloud, at, &format!("/{id}")).status == 200;
    assert!(alive(&mut cloud, &down, START + 7 * DAY - 1));
    assert!(!alive(&mut cloud, &down, START + 7 * DAY));
    assert!(alive(&mut cloud, &up, START + 30 * DAY - 1));
    assert!(!alive(&mut cloud, &up, START + 30 * DAY));
}

#[test]
fn the_link_in_a_webhook_works_at_once() {
    let (mut cloud, ana) = world();
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::voice());
    let changes = answer_all(&mut cloud, START);
    let audio = &changes[0]["value"]["messages"][0]["audio"];
    assert_eq!(
        (&audio["voice"], &audio["mime_type"]),
        (&json!(true), &json!("audio/ogg; codecs=opus"))
    );
    let down = get(&mut cloud, START, &path_of(audio["url"].as_str().unwrap()));
    assert_eq!(down.status, 200);
    assert_eq!(audio["sha256"], json!(base64(&Sha256::digest(&down.body))));
}

#[test]
fn sizes_and_types_are_limited() {
    let (mut cloud, _) = open_world();
    for (mime, most) in [
        ("image/jpeg", 5 * MEGABYTE),
        ("image/webp", 500 * 1024),
        ("audio/ogg; codecs=opus", 16 * MEGABYTE),
    ] {
        assert_eq!(
            upload(&mut cloud, mime, &vec![7; most]).status,
            200,
            "{mime}"
        );
        assert_eq!(
            upload(&mut cloud, mime, &vec![7; most + 1]).code(),
            Some(131053),
            "{mime}"
        );
    }
    assert_eq!(upload(&mut cloud, "image/png", b"").code(), Some(131053));
    assert_eq!(
        upload(&mut cloud, "application/x-sh", b"x").code(),
        Some(100)
    );
    assert_eq!(upload(&mut cloud, "application/pdf", b"x").status, 200);
}

#[test]
fn an_upload_must_be_a_complete_form() {
    let (mut cloud, _) = open_world();
    assert_eq!(
        cloud
            .http(START, form(&[("type", "image/png")], "image/png", b"x"))
            .code(),
        Some(100)
    );
    let mut json = form(&[], "image/png", b"x");
    json.headers = vec![("authorization".into(), format!("Bearer {TOKEN}"))];
    assert_eq!(cloud.http(START, json).code(), Some(100));
    let product = [("messaging_product", "whatsapp")];
    assert_eq!(
        cloud.http(START, form(&product, "image/png", b"x")).status,
        200,
        "the part's own type will do"
    );
}

#[test]
fn a_deleted_file_is_gone() {
    let (mut cloud, _) = open_world();
    let id = upload(&mut cloud, "image/png", b"x").value()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let delete = ApiRequest::delete(&format!("/{id}"), TOKEN);
    assert_eq!(cloud.http(START, delete).value(), json!({"success": true}));
    assert_eq!(get(&mut cloud, START, &format!("/{id}")).code(), Some(100));
    assert_eq!(
        cloud
            .http(START, ask_kind(ANA, "image", json!({"id": id})))
            .code(),
        Some(131009)
    );
}

#[test]
fn a_file_of_another_number_is_refused() {
    let (mut cloud, _) = open_world();
    let id = upload(&mut cloud, "image/png", b"x").value()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        get(&mut cloud, START, &format!("/{id}?phone_number_id=1")).code(),
        Some(100)
    );
}

#[test]
fn base64_goes_both_ways() {
    for bytes in [&b""[..], b"f", b"fo", b"foo", &[0, 255, 254, 1]] {
        assert_eq!(unbase64(&base64(bytes)).as_deref(), Some(bytes));
    }
    assert_eq!(unbase64("a b"), None);
    assert_eq!(unbase64("-_8="), Some(vec![251, 255]));
}
