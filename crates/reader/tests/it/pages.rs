//! Pages as shops have them.

use ponte_reader::{Document, Kind, Limits, Trouble, read};

fn page(html: &str) -> Result<Document, Trouble> {
    read(html.as_bytes(), Some(Kind::Html), &Limits::default())
}

fn shown(html: &str) -> Vec<String> {
    let document = page(html).unwrap();
    let line = |section: &ponte_reader::Section| {
        format!("{}: {}", section.heading.join("/"), section.text)
    };
    document.sections.iter().map(line).collect()
}

const SHOP: &str = r#"<!doctype html><html><head><title>Loja Sol | Trocas</title>
<style>p { color: red }</style><script>var x = "<p>não</p>";</script></head>
<body><nav><ul><li><a href="/inicio">Início</a></li><li><a href="/trocas#fim">Trocas</a></li></ul></nav>
<main><h1>Trocas &amp; devoluções</h1><p>Até <b>7 dias</b> após
o recebimento.<p>Com nota fiscal.
<h2>Prazos</h2><table><tr><th>Caso</th><th>Prazo</th></tr><tr><td>Defeito</td><td>90&nbsp;dias</td></tr></table>
<ul><li>Grátis<li>Sem perguntas</ul><p hidden>segredo</p><p>Veja <a href="https://x.y/z">aqui</a>.<br>Fim</p></main>
<footer><p>CNPJ 00</p></footer></body></html>"#;

#[test]
fn the_main_part_is_read_and_links_are_gathered_everywhere() {
    assert_eq!(
        shown(SHOP),
        [
            "Trocas & devoluções: Até 7 dias após o recebimento.\n\nCom nota fiscal.",
            "Trocas & devoluções/Prazos: Caso\tPrazo\nDefeito\t90 dias",
            "Trocas & devoluções/Prazos: - Grátis\n\n- Sem perguntas\n\nVeja aqui.\nFim",
        ]
    );
    let document = page(SHOP).unwrap();
    assert_eq!(document.title.as_deref(), Some("Loja Sol | Trocas"));
    assert_eq!(document.links, ["/inicio", "/trocas#fim", "https://x.y/z"]);
}

#[test]
fn a_page_without_a_main_part_is_read_without_its_frame() {
    assert_eq!(
        shown(
            "<body><nav>Menu</nav><div>Um<div>Dois</div></div><aside>Anúncio</aside><footer>Fim</footer>"
        ),
        [": Um\n\nDois"]
    );
    assert_eq!(shown("<main id=app></main><p>Fora</p>"), [": Fora"]);
    assert_eq!(
        shown("<div role=\"navigation\">Menu</div><p>Texto</p>"),
        [": Texto"]
    );
}

#[test]
fn layout_tables_are_text_and_tables_in_tables_are_cells() {
    assert_eq!(
        shown("<table><tr><td>Uma coluna</td></tr><tr><td>só</td></tr></table>"),
        [": Uma coluna\n\nsó"]
    );
    let nested = shown(
        "<table><tr><td>A</td><td>B</td></tr><tr><td>1</td><td><table><tr><td>x</td><td>y</td></tr></table></td></tr></table>",
    );
    assert_eq!(nested, [": A\tB\n1\tx y"]);
}

#[test]
fn a_page_that_a_script_builds_has_no_text() {
    assert_eq!(
        page("<html><body><div id=root></div><script>render()</script></body></html>"),
        Err(Trouble::NoText)
    );
}

#[test]
fn tags_that_never_end_end() {
    assert!(shown("<p>a<p>b<li>c<li>d").len() == 1);
    assert_eq!(
        page(&"<div>".repeat(100_000)),
        Err(Trouble::TooDeep { limit: 200 })
    );
    assert!(page(&format!("{}texto", "<span>".repeat(100_000))).is_ok());
    for html in [
        "<",
        "<!--",
        "<p",
        "<p a=",
        "<script>x",
        "</",
        "<table><tr><td>x",
        "<title>x",
        "&#xffffffff;",
    ] {
        let _ = page(html);
    }
    assert_eq!(shown("<table><tr><td>x<td>y"), [": x\ty"]);
}

#[test]
fn kinds_go_by_name_and_media_type() {
    assert_eq!(Kind::from_name("Preços 2026.XLSX"), Some(Kind::Xlsx));
    assert_eq!(Kind::from_name("semponto"), None);
    assert_eq!(
        Kind::from_media_type("text/html; charset=utf-8"),
        Some(Kind::Html)
    );
    assert_eq!(Kind::from_media_type("image/png"), None);
    for kind in [Kind::Pdf, Kind::Docx, Kind::Xlsx, Kind::Html, Kind::Csv] {
        assert_eq!(Kind::from_name(&format!("a.{}", kind.as_str())), Some(kind));
    }
}
