//! What do SIP messages look like as text, and what are their parts?

pub(crate) mod address;
pub(crate) mod check;
pub(crate) mod frame;
pub(crate) mod headers;
pub(crate) mod message;
pub(crate) mod method;
pub(crate) mod parse;
pub(crate) mod scan;
pub(crate) mod uri;
pub(crate) mod via;
