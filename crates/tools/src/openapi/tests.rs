//! Tests of the import: documents of both versions, and of the kinds that break their own rules.

use super::*;
use crate::tool::{Action, Effects, Encoding, Http};
use proptest::prelude::*;
use serde_json::{Map, json};

fn document(paths: Value) -> Value {
    json!({"openapi": "3.0.3", "servers": [{"url": "https://api.example/v1/"}], "paths": paths})
}

fn import(value: &Value) -> Import {
    Document::read(&value.to_string())
        .unwrap()
        .import(&[], None)
        .unwrap()
}

fn http(tool: &Tool) -> &Http {
    match &tool.action {
        Action::Http(http) => http,
        Action::Builtin(_) | Action::Mcp(_) => panic!("{tool:?}"),
    }
}

const SHOP: &str = "
openapi: 3.1.0
info: {title: Loja, version: '1'}
servers:
  - url: https://{regiao}.loja.example/api
    variables: {regiao: {default: br}}
security: [{chave: []}]
components:
  securitySchemes:
    chave: {type: apiKey, in: header, name: X-Chave}
    conta: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://loja.example/token, scopes: {}}}}
  parameters:
    pagina: {name: pagina, in: query, schema: {type: integer, minimum: 1}}
  schemas:
    Item:
      type: object
      required: [sku]
      properties: {sku: {type: string}, qtd: {type: integer, exclusiveMinimum: 0}}
    Pedido:
      allOf:
        - {type: object, required: [itens], properties: {itens: {type: array, items: {$ref: '#/components/schemas/Item'}}}}
        - {type: object, properties: {nota: {type: [string, 'null']}, id: {type: string, readOnly: true}}}
paths:
  /pedidos/{pedido-id}:
    parameters:
      - {name: pedido-id, in: path, required: true, schema: {type: string}}
    get:
      operationId: buscarPedido
      summary: Situação de um pedido
      parameters: [{$ref: '#/components/parameters/pagina'}, {name: Accept, in: header, schema: {type: string}}]
      responses: {'200': {description: ok}}
  /pedidos:
    post:
      operationId: criarPedido
      security: [{conta: [pedidos]}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pedido'}}}
      responses: {'201': {description: ok}}
";

#[test]
fn a_document_becomes_tools_that_build_the_right_requests() {
    let document = Document::read(SHOP).unwrap();
    let ids: Vec<String> = document
        .operations()
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(ids, ["criarPedido", "buscarPedido"]);
    let import = document.import(&[], None).unwrap();
    assert_eq!(import.unmapped, []);
    let [post, get] = import.tools.as_slice() else {
        panic!("{import:?}");
    };
    assert_eq!(
        (get.name.as_str(), get.effects, get.confirm),
        ("buscar_pedido", Effects::Reads, false)
    );
    let values = json!({"pedido-id": "7/a", "pagina": 2})
        .as_object()
        .unwrap()
        .clone();
    let built = crate::request::build(http(get), &values).unwrap();
    assert_eq!(
        built.url,
        "https://br.loja.example/api/pedidos/7%2Fa?pagina=2"
    );
    assert_eq!((post.effects, post.confirm), (Effects::Writes, true));
    assert_eq!(
        post.parameters,
        json!({"type": "object", "required": ["itens"], "properties": {
            "itens": {"type": "array", "items": {"type": "object", "required": ["sku"], "properties": {
                "sku": {"type": "string"}, "qtd": {"type": "integer", "exclusiveMinimum": 0}}}},
            "nota": {"type": ["string", "null"]}
        }})
    );
    let values = json!({"itens": [{"sku": "x"}]})
        .as_object()
        .unwrap()
        .clone();
    let built = crate::request::build(http(post), &values).unwrap();
    assert_eq!(
        String::from_utf8(built.body).unwrap(),
        r#"{"itens":[{"sku":"x"}]}"#
    );
    assert_eq!(
        import.credentials,
        [
            Needed {
                name: "conta".into(),
                kind: Kind::ClientCredentials {
                    token_url: "https://loja.example/token".into(),
                    scopes: vec!["pedidos".into()]
                }
            },
            Needed {
                name: "chave".into(),
                kind: Kind::Header {
                    header: "X-Chave".into()
                }
            },
        ]
    );
    assert_eq!(http(get).credential.as_deref(), Some("chave"));
}

#[test]
fn operations_are_picked_by_id_and_a_wrong_id_is_said() {
    let document = Document::read(SHOP).unwrap();
    let one = document.import(&["buscarPedido".into()], None).unwrap();
    assert_eq!(one.tools.len(), 1);
    assert_eq!(
        document.import(&["nada".into()], None),
        Err(ImportError::NoSuchOperation("nada".into()))
    );
}

#[test]
fn the_words_of_3_0_are_translated() {
    let value = document(json!({"/a": {"get": {"parameters": [
        {"name": "n", "in": "query", "schema": {"type": "number", "minimum": 1, "exclusiveMinimum": true, "nullable": true}},
        {"name": "e", "in": "query", "schema": {"type": "string", "enum": ["a"], "nullable": true, "example": "a", "xml": {}}}
    ]}}}));
    let import = import(&value);
    let properties = &import.tools[0].parameters["properties"];
    assert_eq!(
        properties["n"],
        json!({"type": ["number", "null"], "exclusiveMinimum": 1})
    );
    assert_eq!(
        properties["e"],
        json!({"type": ["string", "null"], "enum": ["a", null]})
    );
    assert_eq!(import.tools[0].name, "get_a");
}

#[test]
fn what_does_not_map_is_left_out_and_said() {
    let value = document(json!({
        "/cookie": {"get": {"parameters": [{"name": "s", "in": "cookie", "schema": {"type": "string"}}]}},
        "/deep": {"get": {"parameters": [{"name": "f", "in": "query", "style": "deepObject", "schema": {"type": "object"}}]}},
        "/must": {"get": {"parameters": [{"name": "f", "in": "query", "required": true, "schema": {"type": "object"}}]}},
        "/file": {"post": {"requestBody": {"required": true, "content": {"multipart/form-data": {"schema": {}}}}}},
        "/head": {"head": {}},
        "/remote": {"get": {"parameters": [{"name": "r", "in": "query", "schema": {"$ref": "https://evil.example/s.json"}}]}},
        "/lost": {"get": {"parameters": [{"name": "r", "in": "query", "schema": {"$ref": "#/nowhere"}}]}},
        "/shapes": {"post": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"oneOf": [
            {"type": "object", "required": ["cpf"], "properties": {"cpf": {"type": "string"}}},
            {"type": "object", "required": ["cnpj"], "properties": {"cnpj": {"type": "string"}}}
        ]}}}}}}
    }));
    let import = import(&value);
    let told = |operation: &str| -> Vec<&str> {
        let of = import
            .unmapped
            .iter()
            .filter(|one| one.operation == operation);
        of.map(|one| one.why.as_str()).collect()
    };
    assert_eq!(told("GET /cookie"), ["cookies are not sent"]);
    assert_eq!(told("GET /deep"), ["an object can't be written there"]);
    assert_eq!(
        told("GET /must"),
        ["the parameter `f`: an object can't be written there"]
    );
    assert_eq!(told("POST /file"), ["its body is neither JSON nor a form"]);
    assert_eq!(told("HEAD /head"), ["HEAD is not a call of a tool"]);
    assert!(told("GET /remote")[0].contains("never fetched"));
    assert!(told("GET /lost")[0].contains("leads nowhere"));
    let shapes = import
        .tools
        .iter()
        .find(|tool| tool.name == "post_shapes")
        .unwrap();
    assert_eq!(shapes.parameters["required"], json!([]));
    assert!(shapes.parameters["properties"]["cnpj"].is_object());
    let names: Vec<&str> = import.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "get_cookie",
            "get_deep",
            "get_lost",
            "get_remote",
            "post_shapes"
        ]
    );
}

#[test]
fn circles_and_documents_that_multiply_end() {
    let value = json!({
        "openapi": "3.0.0", "servers": [{"url": "https://a.example"}],
        "components": {"schemas": {"No": {"type": "object", "properties": {"filho": {"$ref": "#/components/schemas/No"}}}},
                       "parameters": {"a": {"$ref": "#/components/parameters/b"}, "b": {"$ref": "#/components/parameters/a"}}},
        "paths": {"/a": {"post": {
            "parameters": [{"$ref": "#/components/parameters/a"}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/No"}}}}}}}
    });
    let import = super::tests::import(&value);
    assert_eq!(import.tools[0].parameters["properties"]["filho"], json!({}));
    assert!(
        import
            .unmapped
            .iter()
            .any(|one| one.why.contains("contains itself"))
    );
    assert!(import.unmapped.iter().any(|one| one.why.contains("circle")));

    let mut schemas = Map::new();
    for n in 0..10 {
        let next = json!({"$ref": format!("#/components/schemas/s{}", n + 1)});
        let many: Map<String, Value> = (0..10).map(|m| (format!("p{m}"), next.clone())).collect();
        schemas.insert(
            format!("s{n}"),
            json!({"type": "object", "properties": many}),
        );
    }
    schemas.insert("s10".into(), json!({"type": "string"}));
    let bomb = json!({
        "openapi": "3.0.0", "servers": [{"url": "https://a.example"}], "components": {"schemas": schemas},
        "paths": {"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/s0"}}}}}}}
    });
    let import = super::tests::import(&bomb);
    assert!(
        import
            .unmapped
            .iter()
            .any(|one| one.why.contains("too large")),
        "{:?}",
        import.unmapped
    );
}

#[test]
fn servers_and_credentials_are_found_or_missed_aloud() {
    let bare = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}});
    let document = Document::read(&bare.to_string()).unwrap();
    let none = document.import(&[], None).unwrap();
    assert!(none.unmapped[0].why.contains("names no server"));
    let with = document
        .import(&[], Some("https://a.example:8443/docs/openapi.json"))
        .unwrap();
    assert_eq!(http(&with.tools[0]).url, "https://a.example:8443/a");

    let mut value = document_with_schemes();
    for (scheme, kind) in [
        ("basico", Some(Kind::Basic)),
        ("portador", Some(Kind::Bearer)),
        (
            "consulta",
            Some(Kind::Query {
                parameter: "k".into(),
            }),
        ),
        ("biscoito", None),
        ("falta", None),
    ] {
        value["paths"]["/a"]["get"]["security"] = json!([{scheme: []}]);
        let import = super::tests::import(&value);
        assert_eq!(
            import.credentials.first().map(|one| one.kind.clone()),
            kind,
            "{scheme}"
        );
        assert_eq!(import.tools.is_empty(), kind.is_none(), "{scheme}");
    }
    value["paths"]["/a"]["get"]["security"] = json!([{}, {"biscoito": []}]);
    assert_eq!(
        super::tests::import(&value).tools.len(),
        1,
        "none is a way too"
    );
}

fn document_with_schemes() -> Value {
    let mut value = document(json!({"/a": {"get": {}}}));
    value["components"] = json!({"securitySchemes": {
        "basico": {"type": "http", "scheme": "Basic"},
        "portador": {"type": "http", "scheme": "bearer"},
        "consulta": {"type": "apiKey", "in": "query", "name": "k"},
        "biscoito": {"type": "apiKey", "in": "cookie", "name": "k"}
    }});
    value
}

#[test]
fn names_of_parameters_never_collide_and_bodies_keep_theirs() {
    let value = document(json!({"/a/{id}": {"put": {
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object",
            "properties": {"id": {"type": "string"}, "nome completo": {"type": "string"}}}}}}
    }}}));
    let import = import(&value);
    let tool = &import.tools[0];
    assert_eq!(http(tool).encoding, Encoding::Form);
    let values = json!({"id": "1", "id_2": "2", "nome_completo": "Ana"})
        .as_object()
        .unwrap()
        .clone();
    let built = crate::request::build(http(tool), &values).unwrap();
    assert_eq!(built.url, "https://api.example/v1/a/1");
    assert_eq!(
        String::from_utf8(built.body).unwrap(),
        "id=2&nome%20completo=Ana"
    );
}

#[test]
fn what_is_no_document_is_said_to_be_none() {
    let read = |text: &str| Document::read(text).map(|_| ()).unwrap_err();
    assert_eq!(read("{\"swagger\": \"2.0\"}"), ImportError::Swagger2);
    assert_eq!(read("{}"), ImportError::NotOpenApi);
    assert_eq!(read("openapi: '2.0'"), ImportError::NotOpenApi);
    assert!(matches!(read("{"), ImportError::Unreadable(_)));
    assert!(matches!(read("a: [b"), ImportError::Unreadable(_)));
    assert_eq!(
        read(&" ".repeat(DOCUMENT_MAX_BYTES + 1)),
        ImportError::TooLarge
    );
    let many: Map<String, Value> = (0..100)
        .map(|n| (format!("/p{n}"), json!({"get": {}})))
        .collect();
    let value = document(Value::Object(many));
    let refused = Document::read(&value.to_string())
        .unwrap()
        .import(&[], None);
    assert_eq!(refused, Err(ImportError::TooMany));
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "$ref",
        "type",
        "properties",
        "items",
        "allOf",
        "oneOf",
        "in",
        "name",
        "schema",
        "parameters",
        "requestBody",
        "content",
        "application/json",
        "required",
        "get",
        "post",
        "path",
        "query",
        "object",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
        Just(json!("#/paths/~1a")),
    ];
    leaf.prop_recursive(6, 48, 6, move |inside| {
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(words.to_vec()), inside, 0..5)
                .prop_map(|members| members
                    .into_iter()
                    .map(|(k, v)| (k.to_owned(), v))
                    .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_document_makes_the_import_fall_and_every_tool_is_sound(item in any_json()) {
        let value = document(json!({"/a": item.clone(), "/b/{x}": {"post": item}}));
        let import = import(&value);
        for tool in &import.tools {
            prop_assert_eq!(check::check(tool), vec![]);
        }
    }
}
