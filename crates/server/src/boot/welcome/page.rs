//! Makes the first page's HTML.
//!
//! In: language, situation, reasons. Out: one document. Every text is ours; it is escaped all the same, so
//! that no later change makes a hole. Absent: wording of steps (`advice.rs`). Next: `assets/welcome.css`.

use super::{Scene, advice};
use crate::both;
use crate::words::{Both, Lang};
use std::fmt::Write;

/// The language's tag.
pub(super) fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Pt => "pt-BR",
        Lang::En => "en",
    }
}

/// The page.
pub(super) fn html(
    lang: Lang,
    scene: Scene,
    reasons: &[&str],
    numbers: bool,
    known: bool,
) -> String {
    let say = |text: Both| escape(text.get(lang));
    let mut body = String::new();
    let tagline = say(both!(
        "Um atendimento com IA para o número de WhatsApp que o seu negócio já usa.",
        "An AI contact centre for the WhatsApp number your business already answers from."
    ));
    let promise = say(both!(
        "Nunca duas vozes. Nunca em silêncio.",
        "Never two voices. Never silent."
    ));
    let _ = write!(
        body,
        "<header><img src=\"/welcome/mark.svg\" alt=\"\" width=\"56\" height=\"56\"><div><h1>Ponte</h1>\
         <p class=\"promise\">{promise}</p></div></header>\n<main>\n<p class=\"lead\">{tagline}</p>\n"
    );
    state(&mut body, lang, reasons);
    if !known {
        let text = rich(
            &both!(
                "Este nome não é conhecido, e a API o recusa. Diga-o na partida: `PONTE_HOSTS=nome.exemplo.com`.",
                "This name is not known, and the API refuses it. Say it at the start: `PONTE_HOSTS=name.example.com`."
            ),
            lang,
        );
        let _ = writeln!(body, "<p class=\"notice wait\">{text}</p>");
    }
    steps(&mut body, lang, scene, numbers);
    links(&mut body, lang, scene);
    let later = say(both!(
        "O console da equipe virá para esta página.",
        "The team's console will come to this page."
    ));
    let (tag, version) = (tag(lang), env!("CARGO_PKG_VERSION"));
    format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Ponte</title>\n\
         <link rel=\"icon\" type=\"image/svg+xml\" href=\"/welcome/mark.svg\">\n\
         <link rel=\"stylesheet\" href=\"/welcome/base.css\">\n\
         <link rel=\"stylesheet\" href=\"/welcome/welcome.css\">\n</head>\n<body class=\"welcome\">\n{body}</main>\n\
         <footer>{later} · Ponte {version}</footer>\n</body>\n</html>\n"
    )
}

fn state(body: &mut String, lang: Lang, reasons: &[&str]) {
    if reasons.is_empty() {
        let ready = both!("Pronta para trabalhar", "Ready to work");
        let _ = writeln!(
            body,
            "<p class=\"notice good\" role=\"status\">{}</p>",
            escape(ready.get(lang))
        );
        return;
    }
    let not = both!("Ainda não pode trabalhar", "It can't work yet");
    let _ = write!(
        body,
        "<section class=\"notice bad\" role=\"status\"><strong>{}</strong><ul>",
        escape(not.get(lang))
    );
    for word in reasons {
        let _ = write!(body, "<li>{}</li>", rich(&advice::reason(word), lang));
    }
    let _ = writeln!(body, "</ul></section>");
}

fn steps(body: &mut String, lang: Lang, scene: Scene, numbers: bool) {
    let next = advice::next(scene, numbers);
    let title = escape(next.title.get(lang));
    let _ = write!(body, "<section class=\"card\"><h2>{title}</h2><ol>");
    for step in &next.steps {
        let _ = write!(body, "<li>{}</li>", rich(step, lang));
    }
    body.push_str("</ol>");
    if scene == Scene::Demo {
        let open = both!("Abrir os dois telefones", "Open the two phones");
        let _ = write!(
            body,
            "<a class=\"strong go\" href=\"/simulator/\">{}</a>",
            escape(open.get(lang))
        );
    }
    body.push_str("</section>\n");
}

fn links(body: &mut String, lang: Lang, scene: Scene) {
    let readme = match lang {
        Lang::Pt => "/welcome/README.pt-BR.md",
        Lang::En => "/welcome/README.md",
    };
    let simulator = (scene == Scene::Demo).then(|| {
        let what = both!(
            "cliente e dona, lado a lado",
            "customer and owner, side by side"
        );
        ("/simulator/", both!("Simulador", "Simulator"), what)
    });
    let rest = [
        (
            "/api/v1/openapi.json",
            both!("Descrição da API", "API description"),
            both!(
                "OpenAPI 3.1; pede uma chave para o resto",
                "OpenAPI 3.1; the rest needs a key"
            ),
        ),
        (
            readme,
            both!("Guia", "Guide"),
            both!(
                "o que é, como rodar, o que falta",
                "what it is, how to run it, what is missing"
            ),
        ),
        (
            "/welcome/protocol.md",
            both!(
                "Como uma mensagem sai uma vez só",
                "How a message is sent once"
            ),
            both!(
                "o que se promete e o que não (em inglês)",
                "what is claimed and what is not"
            ),
        ),
        (
            "/readyz",
            both!("Saúde", "Health"),
            both!(
                "o mesmo que acima, para máquinas",
                "the same as above, for machines"
            ),
        ),
    ];
    body.push_str("<nav class=\"links\">");
    for (href, name, what) in simulator.into_iter().chain(rest) {
        let (name, what) = (escape(name.get(lang)), escape(what.get(lang)));
        let _ = write!(
            body,
            "<a class=\"card\" href=\"{href}\"><strong>{name}</strong><span>{what}</span></a>"
        );
    }
    body.push_str("</nav>\n");
}

/// Escaped text whose parts between backticks are code.
fn rich(text: &Both, lang: Lang) -> String {
    let parts = text.get(lang).split('`').enumerate();
    parts
        .map(|(place, part)| match place % 2 {
            1 => format!("<code>{}</code>", escape(part)),
            _ => escape(part),
        })
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_situation_has_its_next_step_in_both_languages() {
        for (scene, numbers, pt, en) in [
            (
                Scene::Demo,
                true,
                "Abrir os dois telefones",
                "Open the two phones",
            ),
            (
                Scene::DemoElsewhere,
                true,
                "PONTE_GRAPH_URL",
                "PONTE_GRAPH_URL",
            ),
            (
                Scene::Production,
                false,
                "<code>ponte apply PASTA</code>",
                "<code>ponte apply DIR</code>",
            ),
            (
                Scene::Production,
                true,
                "<code>ponte key create NOME</code>",
                "<code>ponte key create NAME</code>",
            ),
        ] {
            assert!(
                html(Lang::Pt, scene, &[], numbers, true).contains(pt),
                "{pt}"
            );
            assert!(
                html(Lang::En, scene, &[], numbers, true).contains(en),
                "{en}"
            );
        }
    }

    #[test]
    fn the_simulator_is_shown_only_where_it_is() {
        for (scene, there) in [
            (Scene::Demo, true),
            (Scene::DemoElsewhere, false),
            (Scene::Production, false),
        ] {
            assert_eq!(
                html(Lang::En, scene, &[], true, true).contains("href=\"/simulator/\""),
                there
            );
        }
    }

    #[test]
    fn trouble_and_unknown_names_are_said_with_what_to_do() {
        let page = html(Lang::Pt, Scene::Production, &["outbox_frozen"], true, false);
        assert!(page.contains("Ainda não pode trabalhar"));
        assert!(page.contains("<code>ponte outbox release</code>"));
        assert!(page.contains("<code>PONTE_HOSTS=nome.exemplo.com</code>"));
        let calm = html(Lang::Pt, Scene::Production, &[], true, true);
        assert!(calm.contains("Pronta para trabalhar") && !calm.contains("PONTE_HOSTS"));
    }

    #[test]
    fn nothing_is_inline_and_no_other_host_is_named() {
        for scene in [Scene::Demo, Scene::DemoElsewhere, Scene::Production] {
            let page = html(Lang::En, scene, &["stopping", "<b>"], false, false);
            for word in [
                "<script",
                "<style",
                "style=",
                "onclick",
                "src=\"http",
                "href=\"http",
                "<b>",
            ] {
                assert!(!page.contains(word), "{word}");
            }
        }
    }
}
