//! Layer: pure. Which address a number or an address stands for.

use super::callee;
use crate::text::uri::Uri;

#[test]
fn numbers_are_called_at_the_trunk_and_addresses_as_they_are() {
    let trunk = Uri::read("sip:fritz.box:5070").unwrap();
    let called = |to: &str| callee(to, Some(&trunk)).map(|uri| uri.to_string());
    assert_eq!(called("+49 (30) 12 34-56").as_deref(), Some("sip:+4930123456@fritz.box:5070"));
    assert_eq!(called("**9#").as_deref(), Some("sip:**9%23@fritz.box:5070"));
    assert_eq!(called("tel:+49301").as_deref(), Some("sip:+49301@fritz.box:5070"));
    assert_eq!(called("sip:a@b.example;transport=tcp").as_deref(), Some("sip:a@b.example;transport=tcp"));
    assert_eq!(called("a b\r\nEvil: x"), None);
    assert_eq!(called(""), None);
    assert_eq!(callee("+4930", None), None);
}
