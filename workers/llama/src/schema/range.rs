//! Which digits are the whole numbers between two?

/// A rule's body for the numbers from one to another; none: there are none.
pub(super) fn whole(from: i64, to: i64) -> Option<String> {
    if from > to {
        return None;
    }
    let mut ways = Vec::new();
    if from < 0 {
        let least = (-to).max(1);
        let digits = positive(least.unsigned_abs(), from.unsigned_abs());
        ways.extend(digits.into_iter().map(|way| format!("\"-\" {way}")));
    }
    if to >= 0 {
        ways.extend(positive(from.max(0).unsigned_abs(), to.unsigned_abs()));
    }
    Some(ways.join(" | "))
}

/// For numbers that are not negative, one way for each count of digits and more where they are needed.
fn positive(from: u64, to: u64) -> Vec<String> {
    let mut ways = Vec::new();
    let mut low = from;
    loop {
        let digits = low.checked_ilog10().unwrap_or(0);
        let high = to.min(10u64.saturating_pow(digits + 1) - 1);
        same(&low.to_string(), &high.to_string(), "", &mut ways);
        if high >= to {
            return ways;
        }
        low = high + 1;
    }
}

/// For numbers with the same count of digits.
fn same(low: &str, high: &str, before: &str, ways: &mut Vec<String>) {
    let (Some(l), Some(h)) = (low.chars().next(), high.chars().next()) else {
        ways.push(before.trim().to_owned());
        return;
    };
    let (low, high) = (&low[1..], &high[1..]);
    let is = |text: &str, digit: char| text.chars().all(|c| c == digit);
    let rest = low.len();
    if l == h && !(is(low, '0') && is(high, '9') && rest > 0) {
        return same(low, high, &format!("{before}[{l}] "), ways);
    }
    // Where the first digit is the lowest or highest, the others are bounded as well.
    let (mut l, mut h) = (l, h);
    if !is(low, '0') {
        same(low, &"9".repeat(rest), &format!("{before}[{l}] "), ways);
        l = char::from(l as u8 + 1);
    }
    if !is(high, '9') {
        same(&"0".repeat(rest), high, &format!("{before}[{h}] "), ways);
        h = char::from(h as u8 - 1);
    }
    if l <= h {
        let more = if rest > 0 { format!(" [0-9]{{{rest}}}") } else { String::new() };
        ways.push(format!("{before}[{l}-{h}]{more}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether a way of the kind written here takes a text.
    fn takes(way: &str, text: &str) -> bool {
        let mut rest = text.chars();
        for part in way.split(' ') {
            let (part, times) = match part.split_once('{') {
                Some((part, times)) => (part, times.trim_end_matches('}').parse().unwrap()),
                None => (part, 1),
            };
            for _ in 0..times {
                let Some(c) = rest.next() else { return false };
                let fits = match part.as_bytes() {
                    b"\"-\"" => c == '-',
                    [b'[', one, b']'] => c == char::from(*one),
                    [b'[', low, b'-', high, b']'] => (char::from(*low)..=char::from(*high)).contains(&c),
                    other => panic!("{other:?}"),
                };
                if !fits {
                    return false;
                }
            }
        }
        rest.next().is_none()
    }

    proptest! {
        #[test]
        fn numbers_between_are_taken_and_no_others(
            a in -3000i64..3000, width in 0i64..4000, n in -8000i64..8000, far in 0i64..1_000_000_000_000,
        ) {
            let body = whole(a, a + width).unwrap();
            let taken = body.split(" | ").any(|way| takes(way, &n.to_string()));
            prop_assert_eq!(taken, (a..=a + width).contains(&n), "{}", body);
            let body = whole(a, far).filter(|_| a <= far);
            let all = |n: i64| body.as_ref().is_none_or(|body| body.split(" | ").any(|way| takes(way, &n.to_string())));
            prop_assert!(all(a.min(far)) && all(far) && all(a.midpoint(far)));
            prop_assert!(body.is_none_or(|body| !body.split(" | ").any(|way| takes(way, &(far + 1).to_string()))));
        }
    }

    #[test]
    fn none_are_between_the_wrong_way_round() {
        assert_eq!(whole(2, 1), None);
        assert_eq!(whole(0, 0).as_deref(), Some("[0]"));
        assert_eq!(
            whole(1, 120).as_deref(),
            Some("[1-9] | [1-9] [0-9]{1} | [1] [2] [0] | [1] [0-1] [0-9]{1}")
        );
    }
}
