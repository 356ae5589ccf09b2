//! What is promised about the page's files: complete list, types, tags, policy, no markup from data.

use super::files::FILES;
use super::router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use std::collections::BTreeSet;
use std::path::Path;
use tower::ServiceExt;

async fn ask(method: Method, path: &str, known: Option<&str>) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(tag) = known {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    router()
        .oneshot(request.body(Body::empty()).expect("request"))
        .await
        .expect("answer")
}

fn head<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

async fn bytes(response: Response) -> Vec<u8> {
    axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .expect("body")
        .to_vec()
}

fn text(name: &str) -> &'static str {
    let file = FILES.iter().find(|file| file.name == name).expect("listed");
    std::str::from_utf8(file.bytes).expect("text")
}

fn scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES
        .iter()
        .filter(|file| file.name.ends_with(".js"))
        .map(|file| (file.name, text(file.name)))
}

fn walk(folder: &Path, below: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            walk(&path, below, found);
        } else {
            found.insert(
                path.strip_prefix(below)
                    .expect("below")
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
}

#[test]
fn every_file_in_the_folder_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/simulator_page/assets");
    let mut found = BTreeSet::new();
    walk(&folder, &folder, &mut found);
    let listed: BTreeSet<String> = FILES
        .iter()
        .map(|file| {
            if file.name.is_empty() {
                "index.html"
            } else {
                file.name
            }
            .to_owned()
        })
        .collect();
    assert_eq!(found, listed);
}

#[test]
fn every_file_that_is_asked_for_exists() {
    let names: BTreeSet<&str> = FILES.iter().map(|file| file.name).collect();
    for part in text("")
        .split('"')
        .filter_map(|part| part.strip_prefix("assets/"))
    {
        assert!(names.contains(part), "index.html asks for {part}");
    }
    for (name, source) in scripts() {
        for import in source
            .split("from \"./")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(
                names.contains(format!("js/{import}").as_str()),
                "{name} imports {import}"
            );
        }
    }
}

#[test]
fn data_never_becomes_markup_or_code() {
    let banned = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "cssText",
    ];
    for (name, source) in scripts() {
        let code: String = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for word in banned {
            assert!(!code.contains(word), "{name} uses {word}");
        }
    }
    let page = text("");
    for word in ["<style", "style=", "onclick", "javascript:", "<script>"] {
        assert!(!page.contains(word), "index.html has {word}");
    }
}

#[test]
fn no_file_is_long() {
    for file in FILES {
        let lines = text(file.name).lines().count();
        assert!(lines <= 400, "{} has {lines} lines", file.name);
    }
}

#[test]
fn no_file_names_another_host() {
    for file in FILES {
        let source = std::str::from_utf8(file.bytes)
            .expect("text")
            .replace("http://www.w3.org/2000/svg", "");
        assert!(
            !source.contains("http://") && !source.contains("https://"),
            "{} names a host",
            file.name
        );
    }
}

#[test]
fn both_languages_say_the_same_things() {
    let keys = |name: &str| -> Vec<String> {
        text(name)
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split_once(": \""))
            .map(|(key, _)| key.trim_matches('"').to_owned())
            .collect()
    };
    let (portuguese, english) = (keys("js/text-pt.js"), keys("js/text-en.js"));
    assert_eq!(portuguese, english);
    assert!(
        portuguese.len() > 100,
        "{} keys were read",
        portuguese.len()
    );
    for (name, source) in scripts() {
        let said = [" t(\"", "(t(\"", "{t(\""].map(|call| source.split(call).skip(1));
        for rest in said.into_iter().flatten() {
            let key = rest.split('"').next().unwrap_or_default();
            let plain = key
                .chars()
                .all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_'));
            assert!(
                !plain || key.is_empty() || portuguese.iter().any(|one| one == key),
                "{name} says {key}"
            );
        }
    }
}

#[test]
fn every_fault_of_the_simulator_has_a_portuguese_sentence() {
    let sentences = text("js/fault-text.js");
    for fault in ponte_sim::Fault::ALL {
        let name = fault.name();
        let known = sentences.contains(&format!("\"{name}\": \""))
            || sentences.contains(&format!("    {name}: \""));
        assert!(known, "fault-text.js does not know {name}");
    }
}

#[tokio::test]
async fn the_page_comes_with_type_tag_and_policy() {
    let answer = ask(Method::GET, "/simulator/", None).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(head(&answer, "content-type"), "text/html; charset=utf-8");
    assert_eq!(head(&answer, "cache-control"), "no-cache");
    assert_eq!(head(&answer, "x-content-type-options"), "nosniff");
    let policy = head(&answer, "content-security-policy").to_owned();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(
        !policy.contains("unsafe") && !policy.contains('*'),
        "{policy}"
    );
    assert!(bytes(answer).await.starts_with(b"<!doctype html>"));
}

#[tokio::test]
async fn scripts_and_styles_have_their_types() {
    for (path, kind) in [
        (
            "/simulator/assets/js/main.js",
            "text/javascript; charset=utf-8",
        ),
        ("/simulator/assets/css/base.css", "text/css; charset=utf-8"),
        ("/simulator/assets/mark.svg", "image/svg+xml"),
    ] {
        let answer = ask(Method::GET, path, None).await;
        assert_eq!(
            (answer.status(), head(&answer, "content-type")),
            (StatusCode::OK, kind),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_known_file_is_not_sent_again() {
    let first = ask(Method::GET, "/simulator/assets/js/main.js", None).await;
    let tag = head(&first, "etag").to_owned();
    assert!(
        tag.len() > 20 && tag.starts_with('"') && tag.ends_with('"'),
        "{tag}"
    );
    let weak = format!("\"other\", W/{tag}");
    for known in [tag.as_str(), weak.as_str(), "*"] {
        let again = ask(Method::GET, "/simulator/assets/js/main.js", Some(known)).await;
        assert_eq!(
            (again.status(), head(&again, "etag")),
            (StatusCode::NOT_MODIFIED, tag.as_str()),
            "{known}"
        );
        assert!(bytes(again).await.is_empty());
    }
    let other = ask(Method::GET, "/simulator/assets/js/bar.js", Some(&tag)).await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_there_is_a_plain_404() {
    for path in [
        "/simulator/assets/",
        "/simulator/assets/nothing.js",
        "/simulator/assets/../mod.rs",
        "/simulator/assets/js/%2e%2e/index.html",
    ] {
        let answer = ask(Method::GET, path, None).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_address_without_slash_leads_to_the_one_with() {
    let answer = ask(Method::GET, "/simulator", None).await;
    assert_eq!(
        (answer.status(), head(&answer, "location")),
        (StatusCode::PERMANENT_REDIRECT, "/simulator/")
    );
}

#[tokio::test]
async fn nothing_can_be_written() {
    let answer = ask(Method::POST, "/simulator/", None).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}
