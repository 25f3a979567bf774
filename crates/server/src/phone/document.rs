//! Which document makes a carrier open a stream?

use serde_json::{Map, Value, json};
use tom_wire::phone::PhoneDialect;

/// A document, with its type.
pub(crate) fn document(
    dialect: PhoneDialect,
    socket: &str,
    told: &[(&str, String)],
) -> Option<(&'static str, String)> {
    let with_query = || {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(told);
        let query = query.finish();
        if query.is_empty() { socket.to_owned() } else { format!("{socket}?{query}") }
    };
    let xml = |inside: String| {
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>{inside}</Response>\n");
        Some(("application/xml", text))
    };
    match dialect {
        // Its addresses must have no query.
        PhoneDialect::Twilio => {
            let parameters: String = told
                .iter()
                .map(|(name, value)| format!("<Parameter name=\"{name}\" value=\"{}\"/>", escaped(value)))
                .collect();
            xml(format!("<Connect><Stream url=\"{}\">{parameters}</Stream></Connect>", escaped(socket)))
        }
        PhoneDialect::Telnyx => xml(format!(
            "<Connect><Stream url=\"{}\" track=\"inbound_track\" codec=\"PCMU\" bidirectionalMode=\"rtp\" \
             bidirectionalCodec=\"PCMU\"/></Connect>",
            escaped(&with_query())
        )),
        PhoneDialect::Plivo => xml(format!(
            "<Stream bidirectional=\"true\" keepCallAlive=\"true\" contentType=\"audio/x-mulaw;rate=8000\">{}</Stream>",
            escaped(&with_query())
        )),
        PhoneDialect::Vonage => {
            let headers: Map<String, Value> =
                told.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.clone()))).collect();
            let endpoint = json!({
                "type": "websocket",
                "uri": socket,
                "content-type": "audio/l16;rate=16000",
                "headers": headers,
            });
            Some(("application/json", json!([{"action": "connect", "endpoint": [endpoint]}]).to_string()))
        }
        PhoneDialect::Exotel => Some(("application/json", json!({"url": with_query()}).to_string())),
        _ => None,
    }
}

/// A text as XML writes it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
