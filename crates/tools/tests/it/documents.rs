//! OpenAPI documents piece by piece: where each part goes, and what is said of a part that is left out.

use ponte_tools::openapi::{Document, Import, ImportError, Kind, Listed, Needed, TOOLS_MAX};
use ponte_tools::tool::{Action, Http};
use ponte_tools::{Effects, Tool};
use serde_json::{Map, Value, json};

fn document(extra: &Value, paths: &Value) -> Document {
    let mut root =
        json!({"openapi": "3.1.0", "servers": [{"url": "https://a.example"}], "paths": paths});
    for (name, member) in extra.as_object().unwrap() {
        root[name] = member.clone();
    }
    Document::read(&root.to_string()).unwrap()
}

fn one(operation: Value) -> Import {
    let paths = json!({"/x": {"post": operation}});
    document(&json!({}), &paths).import(&[], None).unwrap()
}

fn lost(import: &Import) -> Vec<(&str, &str)> {
    import
        .unmapped
        .iter()
        .map(|one| (one.what.as_str(), one.why.as_str()))
        .collect()
}

fn http(tool: &Tool) -> &Http {
    match &tool.action {
        Action::Http(http) => http,
        Action::Builtin(_) | Action::Mcp(_) => panic!("{tool:?}"),
    }
}

#[test]
fn what_is_read_is_openapi_3_in_json_or_yaml() {
    for (text, error) in [
        ("{\"swagger\": \"2.0\"}", ImportError::Swagger2),
        ("swagger: '2.0'\nopenapi: 3.0.0", ImportError::Swagger2),
        ("openapi: 2.0.0", ImportError::NotOpenApi),
        ("openapi: 3.1", ImportError::NotOpenApi),
        ("{}", ImportError::NotOpenApi),
        ("texto", ImportError::NotOpenApi),
    ] {
        assert_eq!(Document::read(text).unwrap_err(), error, "{text}");
    }
    for broken in ["{\"openapi\": ", "a: [1", "\t- x: {"] {
        let refused = Document::read(broken).unwrap_err();
        assert!(matches!(refused, ImportError::Unreadable(_)), "{broken}");
    }
    assert!(
        Document::read("openapi: 3.0.3")
            .unwrap()
            .operations()
            .is_empty()
    );
    let large = format!("{{\"openapi\":\"3.0.0\"{}}}", " ".repeat(8 << 20));
    assert_eq!(Document::read(&large).unwrap_err(), ImportError::TooLarge);
}

#[test]
fn operations_are_listed_with_what_helps_to_pick() {
    let paths = json!({
        "/a": {"get": {"operationId": "ler", "summary": "Lê", "deprecated": true}, "head": {}},
        "/b/{id}": {"delete": {"deprecated": "true"}, "parameters": [], "outro": {}}
    });
    let listed = |id: &str, method: &str, path: &str, summary: &str, deprecated| Listed {
        id: id.into(),
        method: method.into(),
        path: path.into(),
        summary: summary.into(),
        deprecated,
    };
    assert_eq!(
        document(&json!({}), &paths).operations(),
        [
            listed("ler", "GET", "/a", "Lê", true),
            listed("HEAD /a", "HEAD", "/a", "", false),
            listed("DELETE /b/{id}", "DELETE", "/b/{id}", "", false),
        ]
    );
}

#[test]
fn an_import_takes_as_many_as_an_assistant_can_choose_from() {
    let paths = |count: usize| -> Value {
        let path = |n: usize| {
            (
                format!("/p{n}"),
                json!({"get": {"operationId": format!("op{n}")}}),
            )
        };
        (0..count).map(path).collect::<Map<String, Value>>().into()
    };
    let import = |count: usize, picked: &[String]| {
        document(&json!({}), &paths(count))
            .import(picked, None)
            .map(|import| import.tools.len())
    };
    assert_eq!(import(TOOLS_MAX, &[]), Ok(TOOLS_MAX));
    assert_eq!(import(TOOLS_MAX + 1, &[]), Err(ImportError::TooMany));
    assert_eq!(import(TOOLS_MAX + 1, &["op64".into()]), Ok(1));
    assert_eq!(
        import(3, &["op1".into(), "op3".into()]),
        Err(ImportError::NoSuchOperation("op3".into()))
    );
}

#[test]
fn methods_decide_what_a_tool_does() {
    for (method, effects, confirm) in [
        ("get", Effects::Reads, false),
        ("post", Effects::Writes, true),
        ("put", Effects::Writes, true),
        ("patch", Effects::Writes, true),
        ("delete", Effects::Writes, true),
    ] {
        let paths = json!({"/x": {method: {}}});
        let import = document(&json!({}), &paths).import(&[], None).unwrap();
        let tool = &import.tools[0];
        assert_eq!((tool.effects, tool.confirm), (effects, confirm), "{method}");
        assert_eq!(tool.name, format!("{method}_x"));
        assert_eq!(tool.description, format!("{} /x", method.to_uppercase()));
        assert_eq!(tool.title, None);
    }
    for method in ["head", "options", "trace"] {
        let paths = json!({"/x": {method: {}}});
        let import = document(&json!({}), &paths).import(&[], None).unwrap();
        let why = format!("{} is not a call of a tool", method.to_uppercase());
        assert_eq!(lost(&import), [("operation", why.as_str())]);
    }
}

#[test]
fn texts_become_title_and_description() {
    for (operation, title, description) in [
        (json!({"summary": "Lê"}), Some("Lê"), "Lê"),
        (json!({"description": "Tudo"}), None, "Tudo"),
        (
            json!({"summary": "Lê", "description": "Tudo"}),
            Some("Lê"),
            "Lê. Tudo",
        ),
    ] {
        let import = one(operation);
        let tool = &import.tools[0];
        assert_eq!(
            (tool.title.as_deref(), tool.description.as_str()),
            (title, description)
        );
    }
    let long = one(json!({"summary": "é".repeat(101), "description": "d".repeat(2_000)}));
    let tool = &long.tools[0];
    assert_eq!(tool.title.as_ref().unwrap().chars().count(), 100);
    assert_eq!(tool.description.chars().count(), 1_024);
}

#[test]
fn names_are_made_plain_and_their_own() {
    for (id, name) in [
        ("listPetsByTag", "list_pets_by_tag"),
        ("get2Items", "get2_items"),
        ("HTTPServer", "httpserver"),
        ("a--b__c", "a_b_c"),
        ("9lives", "op_9lives"),
        ("_x_", "x"),
        ("hand_offs", "hand_offs"),
    ] {
        let import = one(json!({"operationId": id}));
        assert_eq!(import.tools[0].name, name, "{id}");
    }
    let same = json!({
        "/a": {"get": {"operationId": "x-y"}}, "/b": {"get": {"operationId": "x_y"}},
        "/c": {"get": {"operationId": "X.Y"}}
    });
    let import = document(&json!({}), &same).import(&[], None).unwrap();
    let names: Vec<&str> = import.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["x_y", "x_y_2", "x_y_3"]);
    let reserved = one(json!({"operationId": "handOff"}));
    assert_eq!(lost(&reserved), [("name", "the name of a built-in tool")]);
}

#[test]
fn parameters_go_where_they_belong_or_are_left_out_aloud() {
    let string = json!({"type": "string"});
    for (parameter, why) in [
        (
            json!({"in": "query", "name": "p", "schema": {"type": "object"}}),
            Some("an object can't be written there"),
        ),
        (
            json!({"in": "header", "name": "p", "schema": {"type": "array"}}),
            Some("a list can't be written there"),
        ),
        (
            json!({"in": "query", "name": "p", "schema": {"type": "array"}, "explode": false}),
            Some("only lists that repeat the name are written"),
        ),
        (
            json!({"in": "query", "name": "p", "schema": {"type": "array"}, "style": "pipeDelimited"}),
            Some("only lists that repeat the name are written"),
        ),
        (
            json!({"in": "cookie", "name": "p", "schema": string}),
            Some("cookies are not sent"),
        ),
        (
            json!({"in": "corpo", "name": "p", "schema": string}),
            Some("it says not where it belongs"),
        ),
        (
            json!({"in": "query", "name": "p", "content": {}}),
            Some("it is a document of its own"),
        ),
        (
            json!({"in": "query", "name": "p", "schema": {"type": "array"}, "style": "form"}),
            None,
        ),
        (json!({"in": "header", "name": "p"}), None),
        (json!({"in": "query", "name": "p", "schema": string}), None),
    ] {
        let import = one(json!({"parameters": [parameter]}));
        assert_eq!(import.tools.len(), 1, "{parameter}");
        let expected: Vec<(&str, &str)> =
            why.into_iter().map(|why| ("parameter `p`", why)).collect();
        assert_eq!(lost(&import), expected, "{parameter}");
        let request = http(&import.tools[0]);
        let written = request.query.len() + request.headers.len();
        assert_eq!(written, usize::from(why.is_none()), "{parameter}");
        let mut required = parameter.clone();
        required["required"] = json!(true);
        let import = one(json!({"parameters": [required]}));
        match why {
            Some(why) => {
                let why = format!("the parameter `p`: {why}");
                assert_eq!(lost(&import), [("operation", why.as_str())]);
            }
            None => assert_eq!(import.tools[0].parameters["required"], json!(["p"])),
        }
    }
    for own in ["Accept", "content-type", "AUTHORIZATION"] {
        let import = one(json!({"parameters": [{"in": "header", "name": own, "required": true}]}));
        assert!(
            http(&import.tools[0]).headers.is_empty(),
            "{own} is the server's"
        );
        assert_eq!(lost(&import), []);
    }
}

#[test]
fn paths_are_filled_and_the_operations_own_parameters_win() {
    let paths = json!({"/l/{loja id}/{n}/{livre}": {
        "parameters": [
            {"in": "path", "name": "loja id", "schema": {"type": "integer"}},
            {"in": "path", "name": "n", "schema": {"type": "integer"}, "description": "velho"}
        ],
        "get": {"parameters": [{"in": "path", "name": "n", "schema": {"type": "string"}, "description": "novo"}]}
    }});
    let import = document(&json!({}), &paths).import(&[], None).unwrap();
    let tool = &import.tools[0];
    assert_eq!(http(tool).url, "https://a.example/l/{loja_id}/{n}/{livre}");
    assert_eq!(
        tool.parameters["properties"],
        json!({
            "loja_id": {"type": "integer"}, "livre": {"type": "string"},
            "n": {"type": "string", "description": "novo"}
        })
    );
    assert_eq!(
        tool.parameters["required"],
        json!(["loja_id", "n", "livre"])
    );
    let matrix = json!({"/x/{a}": {"get": {"parameters": [{"in": "path", "name": "a", "style": "matrix"}]}}});
    let import = document(&json!({}), &matrix).import(&[], None).unwrap();
    assert_eq!(
        lost(&import),
        [(
            "operation",
            "the parameter `a`: only the simple style is written"
        )]
    );
}

#[test]
fn bodies_are_json_a_form_or_left_out_aloud() {
    let body = |kind: &str, required: bool, schema: Value| {
        one(json!({"requestBody": {"required": required, "content": {kind: {"schema": schema}}}}))
    };
    let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {}}});
    for kind in [
        "application/json; charset=utf-8",
        "application/vnd.x+json",
        "*/*",
    ] {
        let import = body(kind, true, schema.clone());
        assert_eq!(
            http(&import.tools[0]).body,
            Some(json!({"a": "{a}", "b": "{b}"})),
            "{kind}"
        );
        assert_eq!(import.tools[0].parameters["required"], json!(["a"]));
    }
    let optional = body("application/json", false, schema.clone());
    assert_eq!(optional.tools[0].parameters["required"], json!([]));
    let form = body("application/x-www-form-urlencoded", true, schema.clone());
    let value = serde_json::to_value(http(&form.tools[0])).unwrap();
    assert_eq!(value["encoding"], "form");
    let list = body(
        "application/json",
        true,
        json!({"type": "array", "items": {"type": "integer"}}),
    );
    assert_eq!(http(&list.tools[0]).body, Some(json!("{body}")));
    assert_eq!(list.tools[0].parameters["required"], json!(["body"]));
    assert_eq!(
        lost(&body("multipart/form-data", true, schema.clone())),
        [("operation", "its body is neither JSON nor a form")]
    );
    let left = body("multipart/form-data", false, schema);
    assert_eq!(lost(&left), [("body", "neither JSON nor a form")]);
    assert_eq!(http(&left.tools[0]).body, None);
    let missing = one(json!({"requestBody": {"$ref": "#/components/requestBodies/Falta"}}));
    assert_eq!(
        lost(&missing),
        [
            ("schema", "`#/components/requestBodies/Falta` leads nowhere"),
            ("operation", "its body can't be found")
        ]
    );
}

#[test]
fn several_shapes_stand_side_by_side() {
    let import = one(
        json!({"requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object", "oneOf": [
                {"properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"type": "integer"}}, "required": ["b"]}
            ]
        }}}}}),
    );
    assert_eq!(
        http(&import.tools[0]).body,
        Some(json!({"a": "{a}", "b": "{b}"}))
    );
    assert_eq!(import.tools[0].parameters["required"], json!([]));
    assert_eq!(
        lost(&import),
        [(
            "body",
            "several shapes: their members stand side by side, none required"
        )]
    );
}

fn unfolded(schema: Value) -> (Value, Vec<String>) {
    let extra = json!({"components": {"schemas": {
        "Nome": {"type": "string", "maxLength": 9},
        "Arvore": {"type": "object", "properties": {"f": {"$ref": "#/components/schemas/Arvore"}}},
        "Volta": {"$ref": "#/components/schemas/Volta"}
    }}});
    let paths =
        json!({"/x": {"get": {"parameters": [{"in": "query", "name": "p", "schema": schema}]}}});
    let import = document(&extra, &paths).import(&[], None).unwrap();
    let lost = import.unmapped.iter().map(|one| one.why.clone()).collect();
    (import.tools[0].parameters["properties"]["p"].clone(), lost)
}

#[test]
fn schemas_are_unfolded_and_translated() {
    for (schema, wanted) in [
        (
            json!({"$ref": "#/components/schemas/Nome"}),
            json!({"type": "string", "maxLength": 9}),
        ),
        (
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true}),
            json!({"type": "integer", "exclusiveMinimum": 1}),
        ),
        (
            json!({"type": "integer", "maximum": 9, "exclusiveMaximum": false}),
            json!({"type": "integer", "maximum": 9}),
        ),
        (
            json!({"type": "integer", "exclusiveMaximum": 9}),
            json!({"type": "integer", "exclusiveMaximum": 9}),
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a"]}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        ),
        (
            json!({"type": "string", "nullable": false}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "string", "example": "x", "x-y": 1, "xml": {}}),
            json!({"type": "string"}),
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/Nome"}]}),
            json!({"anyOf": [{"type": "string"}, {"type": "string", "maxLength": 9}]}),
        ),
        (
            json!({"allOf": [{"type": "string"}, {"minLength": 2}, {"type": "integer"}]}),
            json!({"type": "string", "minLength": 2}),
        ),
        (
            json!({"type": "array", "items": {"type": "string", "readOnly": true}, "maxItems": 3}),
            json!({"type": "array", "items": {"type": "string"}, "maxItems": 3}),
        ),
        (json!(true), json!({})),
    ] {
        assert_eq!(unfolded(schema.clone()), (wanted, vec![]), "{schema}");
    }
    let long = unfolded(json!({"type": "string", "description": "é".repeat(400)})).0;
    assert_eq!(long["description"], "é".repeat(300));
}

#[test]
fn what_a_schema_loses_is_said_once() {
    for (schema, wanted, why) in [
        (
            json!({"type": "string", "not": {"enum": ["x"]}}),
            json!({"type": "string"}),
            "`not` is left out",
        ),
        (
            json!({"$ref": "#/falta"}),
            json!({}),
            "`#/falta` leads nowhere",
        ),
        (
            json!({"$ref": "outro.yaml#/a"}),
            json!({}),
            "`outro.yaml#/a` is another document, which is never fetched",
        ),
        (
            json!({"$ref": "#/components/schemas/Volta"}),
            json!({}),
            "`#/components/schemas/Volta` contains itself: anything is taken there",
        ),
    ] {
        assert_eq!(
            unfolded(schema.clone()),
            (wanted, vec![why.to_owned()]),
            "{schema}"
        );
    }
    let twice = json!({"anyOf": [{"$ref": "#/falta"}, {"$ref": "#/falta"}]});
    assert_eq!(unfolded(twice).1, ["`#/falta` leads nowhere"]);
}

#[test]
fn objects_lose_what_only_the_server_writes() {
    let import = one(
        json!({"requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object", "required": ["id", "nome", "fora"], "additionalProperties": {"type": "string"},
            "properties": {"id": {"type": "string", "readOnly": true}, "nome": {"type": "string", "readOnly": false}}
        }}}}}),
    );
    let tool = &import.tools[0];
    assert_eq!(http(tool).body, Some(json!({"nome": "{nome}"})));
    assert_eq!(tool.parameters["required"], json!(["nome"]));
}

#[test]
fn credentials_are_named_by_how_they_are_shown() {
    let oauth = |flows: Value| json!({"type": "oauth2", "flows": flows});
    for (scheme, kind) in [
        (
            json!({"type": "apiKey", "in": "header", "name": "X-Key"}),
            Ok(Kind::Header {
                header: "X-Key".into(),
            }),
        ),
        (
            json!({"type": "apiKey", "in": "query", "name": "key"}),
            Ok(Kind::Query {
                parameter: "key".into(),
            }),
        ),
        (
            json!({"type": "apiKey", "in": "cookie", "name": "s"}),
            Err("a key in a cookie is not sent"),
        ),
        (
            json!({"type": "http", "scheme": "BEARER"}),
            Ok(Kind::Bearer),
        ),
        (json!({"type": "http", "scheme": "basic"}), Ok(Kind::Basic)),
        (
            json!({"type": "http", "scheme": "digest"}),
            Err("the security scheme `http` is not known"),
        ),
        (json!({"type": "openIdConnect"}), Ok(Kind::Bearer)),
        (
            json!({"type": "mutualTLS"}),
            Err("the security scheme `mutualTLS` is not known"),
        ),
        (
            oauth(json!({"clientCredentials": {"tokenUrl": "https://t"}})),
            Ok(Kind::ClientCredentials {
                token_url: "https://t".into(),
                scopes: vec!["ler".into()],
            }),
        ),
        (
            oauth(
                json!({"authorizationCode": {"tokenUrl": "https://t", "authorizationUrl": "https://a"}}),
            ),
            Ok(Kind::AuthorizationCode {
                authorize_url: "https://a".into(),
                token_url: "https://t".into(),
                scopes: vec!["ler".into()],
            }),
        ),
        (
            oauth(json!({"authorizationCode": {"tokenUrl": "https://t"}})),
            Err("only the OAuth flows clientCredentials and authorizationCode are used"),
        ),
        (
            oauth(json!({"implicit": {}})),
            Err("only the OAuth flows clientCredentials and authorizationCode are used"),
        ),
    ] {
        let extra = json!({"components": {"securitySchemes": {"minhaChave": scheme}}});
        let paths = json!({"/x": {"get": {"security": [{"minhaChave": ["ler", 7]}]}}});
        let import = document(&extra, &paths).import(&[], None).unwrap();
        match kind {
            Ok(kind) => {
                let name = "minha_chave".to_owned();
                assert_eq!(http(&import.tools[0]).credential.as_ref(), Some(&name));
                assert_eq!(import.credentials, [Needed { name, kind }]);
            }
            Err(why) => assert_eq!(lost(&import), [("operation", why)], "{scheme}"),
        }
    }
}

#[test]
fn of_several_ways_to_prove_it_the_first_that_works_is_taken() {
    let extra = json!({"security": [{"a": []}], "components": {"securitySchemes": {
        "a": {"type": "http", "scheme": "bearer"}, "b": {"type": "mutualTLS"}
    }}});
    for (security, credential, why) in [
        (json!([{"b": []}, {"a": []}]), Some("a"), None),
        (json!([{"b": []}, {}]), None, None),
        (json!([]), None, None),
        (json!([7]), None, None),
        (
            json!([{"a": [], "b": []}]),
            None,
            Some("it wants several credentials at once"),
        ),
        (
            json!([{"c": []}]),
            None,
            Some("the security scheme `c` is not in the document"),
        ),
    ] {
        let paths = json!({"/x": {"get": {"security": security}}});
        let import = document(&extra, &paths).import(&[], None).unwrap();
        match why {
            Some(why) => assert_eq!(lost(&import), [("operation", why)]),
            None => assert_eq!(
                http(&import.tools[0]).credential.as_deref(),
                credential,
                "{security}"
            ),
        }
    }
    let paths = json!({"/x": {"get": {}, "post": {}}});
    let import = document(&extra, &paths).import(&[], None).unwrap();
    assert_eq!(
        import.credentials.len(),
        1,
        "the document's own, named once"
    );
}

#[test]
fn servers_come_from_the_nearest_place_and_lead_to_an_address() {
    let url = |servers: Value, base: Option<&str>| {
        let paths = json!({"/x": {"get": {}}});
        let import = document(&json!({"servers": servers}), &paths)
            .import(&[], base)
            .unwrap();
        import.tools.first().map_or_else(
            || Err(import.unmapped[0].why.clone()),
            |tool| Ok(http(tool).url.clone()),
        )
    };
    let ok = |url: &str| Ok(url.to_owned());
    assert_eq!(
        url(json!([{"url": "http://b.example/v1/"}]), None),
        ok("http://b.example/v1/x")
    );
    assert_eq!(
        url(
            json!([{"url": "https://{h}.example/{v}", "variables": {"h": {"default": "c"}, "v": {"default": "v2"}}}]),
            None
        ),
        ok("https://c.example/v2/x")
    );
    assert_eq!(
        url(json!([{"url": "/v3"}]), Some("https://d.example:1/a?b#c")),
        ok("https://d.example:1/v3/x")
    );
    assert_eq!(
        url(json!([]), Some("https://d.example")),
        ok("https://d.example/x")
    );
    assert_eq!(
        url(json!([]), None),
        Err("the document names no server: say which".into())
    );
    for wrong in ["ftp://a.example", "https://{h}.example"] {
        assert_eq!(
            url(json!([{"url": wrong}]), None),
            Err("its server is no http:// or https:// address".into())
        );
    }
    let paths = json!({"/x": {
        "servers": [{"url": "https://item.example"}],
        "get": {"servers": [{"url": "https://own.example"}]}, "post": {"servers": []}
    }});
    let import = document(&json!({}), &paths).import(&[], None).unwrap();
    let urls: Vec<&str> = import
        .tools
        .iter()
        .map(|tool| http(tool).url.as_str())
        .collect();
    assert_eq!(urls, ["https://own.example/x", "https://item.example/x"]);
}
