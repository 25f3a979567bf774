//! Layer: real. Does a value fit a schema of the API's document? As much of JSON Schema as the document uses.

use serde_json::Value;

/// The document.
pub(crate) fn document() -> Value {
    serde_json::from_str(tom_server::OPENAPI).unwrap()
}

/// What is wrong with a value, place by place. Panics over a keyword it does not know.
pub(crate) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(document, schema, value, "", &mut faults);
    faults
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("{at}: {what}"));
    for (keyword, wanted) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "description" => {}
            "$ref" => {
                let place = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                let found = document.pointer(place).unwrap_or_else(|| panic!("{place} leads nowhere"));
                return check(document, found, value, at, faults);
            }
            "type" => {
                let one = std::slice::from_ref(wanted);
                let types = wanted.as_array().map_or(one, Vec::as_slice);
                if !types.iter().any(|name| is(value, name.as_str().unwrap())) {
                    fault(format!("{value} is not {wanted}"));
                }
            }
            "enum" => {
                if !wanted.as_array().unwrap().contains(value) {
                    fault(format!("{value} is none of {wanted}"));
                }
            }
            "minimum" | "maximum" => {
                let (bound, low) = (wanted.as_f64().unwrap(), keyword == "minimum");
                if value.as_f64().is_some_and(|n| if low { n < bound } else { n > bound }) {
                    fault(format!("{value} is beyond {keyword} {bound}"));
                }
            }
            "minLength" | "maxLength" => {
                let (bound, low) = (wanted.as_u64().unwrap() as usize, keyword == "minLength");
                let length = value.as_str().map(|text| text.chars().count());
                if length.is_some_and(|n| if low { n < bound } else { n > bound }) {
                    fault(format!("{value} is beyond {keyword} {bound}"));
                }
            }
            "format" => {
                assert_eq!(wanted, "date-time");
                if value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_err()) {
                    fault(format!("{value} is no moment"));
                }
            }
            "required" => {
                for name in wanted.as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
                    if value.as_object().is_some_and(|object| !object.contains_key(name)) {
                        fault(format!("{name} is missing"));
                    }
                }
            }
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(document, wanted, item, &format!("{at}/{n}"), faults);
                }
                return rest(document, schema, value, at, faults);
            }
            "properties" | "additionalProperties" => {}
            other => panic!("the schema at {at} says {other:?}, which this check does not know"),
        }
    }
    rest(document, schema, value, at, faults);
}

fn rest(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (name, part) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(known), _) => check(document, known, part, &at, faults),
            (None, Value::Bool(false)) => faults.push(format!("{at}: not in the document")),
            (None, more @ Value::Object(_)) => check(document, more, part, &at, faults),
            (None, _) => {}
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

#[test]
fn the_check_finds_what_is_wrong() {
    let document = document();
    let schema = serde_json::json!({"$ref": "#/components/schemas/Part"});
    let faulty = |value: Value| faults(&document, &schema, &value).len();
    assert_eq!(faulty(serde_json::json!({"status": "ok", "detail": null})), 0);
    assert_eq!(faulty(serde_json::json!({"status": "ok"})), 1);
    assert_eq!(faulty(serde_json::json!({"status": "fine", "detail": null})), 1);
    assert_eq!(faulty(serde_json::json!({"status": "ok", "detail": 1, "more": 2})), 2);
    assert_eq!(faulty(serde_json::json!([])), 1);
}
