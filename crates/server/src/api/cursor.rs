//! How is a place in the list of calls written, so that nobody builds on what is inside?

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tom_store::Key;

/// What stands before the place; the number is the cursor's version.
const MARK: &str = "1.";

/// The place after a call.
pub(crate) fn write(key: &Key) -> String {
    URL_SAFE_NO_PAD.encode(format!("{MARK}{}.{}", key.started_ms, key.id))
}

/// The place, if that is one that [`write`] wrote.
pub(crate) fn read(cursor: &str) -> Option<Key> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (started_ms, id) = text.strip_prefix(MARK)?.split_once('.')?;
    let key =
        Key { started_ms: started_ms.parse().ok()?, id: id.parse::<tom_base::CallId>().ok()?.to_string() };
    (write(&key) == cursor).then_some(key)
}

#[cfg(test)]
mod tests;
