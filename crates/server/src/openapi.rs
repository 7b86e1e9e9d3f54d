//! The API's routes and their description, made from the handlers themselves.

use axum::Json;
use axum::Router;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::Server;
use crate::problem::Refused;
use crate::resource;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Seaway",
        description = "Every ability of the desk and the admin. Errors are application/problem+json. Writes take an Idempotency-Key."
    ),
    components(schemas(Refused))
)]
struct Described;

/// The routes and the document that describes them.
pub fn api() -> (Router<Server>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Described::openapi())
        .nest("/api/v1", resource::outside())
        .nest("/api/v1/workspaces/{ws}", resource::inside())
        .split_for_parts()
}

fn document() -> Value {
    let (_, described) = api();
    let mut document = serde_json::to_value(described).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({
        "session": { "type": "apiKey", "in": "cookie", "name": "seaway", "description": "POST /api/v1/session. Over HTTPS the cookie is __Host-seaway. The scopes name the permission that is needed." },
        "key": { "type": "http", "scheme": "basic", "description": "An API key (SK…:secret) or the account (AC…:auth token)." },
    });
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        let named: Vec<String> = path.split(['{', '}']).skip(1).step_by(2).map(str::to_owned).collect();
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete(operation, method, &named);
            operation["operationId"] = operation_id(method, path).into();
        }
    }
    document
}

/// Handlers share names such as `list`; method and path are an operation's own.
fn operation_id(method: &str, path: &str) -> String {
    let inside = path.trim_start_matches("/api/v1").trim_start_matches("/workspaces/{ws}");
    let words = inside.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// What is the same everywhere: path parameters, the request's key, the form of refusals.
fn complete(operation: &mut Value, method: &str, named: &[String]) {
    let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    for name in named {
        if !parameters.iter().any(|p| p["name"] == name.as_str()) {
            parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
        }
    }
    if method != "get" {
        let about = "Any text of 1 to 200 characters. The same key with the same request gets the same answer and does nothing twice.";
        parameters.push(
            json!({ "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string" }, "description": about }),
        );
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    operation["responses"]["default"] = json!({
        "description": "Refused",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    let scopes: Vec<Value> = operation["security"].as_array().into_iter().flatten().filter_map(|one| one.get("session").cloned()).collect();
    if let Some(scopes) = scopes.first() {
        operation["security"] = json!([{ "session": scopes }, { "key": scopes }]);
    }
}

/// The OpenAPI 3.1 document, as text.
pub fn openapi() -> String {
    serde_json::to_string_pretty(&document()).unwrap_or_default() + "\n"
}

/// GET /api/v1/openapi.json
pub async fn show() -> Json<Value> {
    Json(document())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_operation_has_an_id_of_its_own() {
        let document = document();
        let ids: Vec<&str> = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        assert!(ids.len() > 90 && ids.contains(&"get_bot_facts_id") && ids.contains(&"post_session"), "{ids:?}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
}
